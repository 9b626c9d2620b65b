"""What methods of blame hold a window against: healthy readings, and what errors they make."""

from dataclasses import dataclass
from typing import Self

import numpy as np

from matts.detect.autoencoder import AutoencoderDetector
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
        return cls(rows.mean(axis=0), np.maximum(spread, floor), rows[some])


def errors_of(detector: Detector, windows: Windows) -> Floats:
    """Each sensor's part of the error: [N, F]; of a network that of playing the window back."""
    if isinstance(detector, AutoencoderDetector):
        detector = detector.rescored("reconstruction")
    return detector.contributions(windows)
