"""What methods of blame hold a window against: healthy readings, and what errors they make."""

from dataclasses import dataclass
from typing import Self

import numpy as np
import pandas as pd

from matts.detect.autoencoder import AutoencoderDetector
from matts.detect.virtual_sensors import VirtualSensorsDetector
from matts.domain import BadInputError, Detector, Floats, Windows

BACKGROUND = 8  # healthy readings that stand for all of them
LEAST = 1e-9  # of the largest spread: a sensor without error is not infinitely certain


@dataclass(frozen=True)
class Healthy:
    """Healthy readings as one detector sees them."""

    mean: Floats  # [F], in units of the machine
    spread: Floats  # [F], the standard deviation of each sensor's part of the error
    background: Floats  # [B, F], some of the readings, evenly over their time

    @classmethod
    def of(cls, detector: Detector, windows: Windows) -> Self:
        """Measured on the healthy ones of known windows."""
        known = windows.healthy
        if not len(known):
            msg = f"to find causes, healthy windows are needed, got {len(windows)} faulty ones"
            raise BadInputError(msg)
        spread = errors_of(detector, known).std(axis=0)
        rows, some = known.last_rows, np.linspace(0, len(known) - 1, BACKGROUND).astype(np.int64)
        floor = max(LEAST * spread.max(initial=0.0), np.finfo(np.float64).tiny)
        there = pd.DataFrame(rows).replace([np.inf, -np.inf], np.nan)
        mean = there.mean().to_numpy()  # NaN: never there
        return cls(mean, np.maximum(spread, floor), rows[some])


def errors_of(detector: Detector, windows: Windows) -> Floats:
    """Each sensor's part of the error: [N, F].

    Of a network it is that of playing the window back, of virtual sensors that of the last reading.
    """
    if isinstance(detector, VirtualSensorsDetector):
        return squared_residuals(detector, windows.last_rows)
    if isinstance(detector, AutoencoderDetector):
        detector = detector.rescored("reconstruction")
    return detector.contributions(windows)


def squared_residuals(detector: VirtualSensorsDetector, rows: Floats) -> Floats:
    """How far a reading is off what its causes foresee, 0 of a sensor not judged: [R, F] -> [R, F].

    Without the biases that virtual sensors follow, so that a reading is explained the same live, in
    a chunk and in a whole file.
    """
    regression = detector.virtual.regression
    found = np.zeros(rows.shape)
    found[:, regression.judged] = np.square(regression(rows))
    return found
