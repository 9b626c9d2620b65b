"""What virtual sensors are off: N windows, T readings a window, F sensors."""

import numpy as np

from matts.causes.healthy import Healthy, squared_residuals
from matts.detect.virtual_sensors import VirtualSensorsDetector
from matts.domain import BadInputError, Detector, Floats, Windows


def residual(detector: Detector, windows: Windows, healthy: Healthy) -> Floats:
    """The squared residuals of the last reading, in healthy spreads of theirs: [N, F]."""
    found = squared_residuals(_asked(detector), windows.last_rows)
    return np.asarray(found / healthy.spread)


def residual_steps(detector: Detector, windows: Windows, healthy: Healthy) -> Floats:
    """The same of every reading of the window: [N, T, F]."""
    values = windows.values
    found = squared_residuals(_asked(detector), values.reshape(-1, values.shape[2]))
    return np.asarray(found.reshape(values.shape) / healthy.spread)


def _asked(detector: Detector) -> VirtualSensorsDetector:
    if not isinstance(detector, VirtualSensorsDetector):
        msg = f"this method asks virtual sensors, got a {type(detector).__name__}"
        raise BadInputError(msg)
    return detector
