"""What one judged reading says to the alarms."""

from collections.abc import Sequence

import numpy as np

from matts.domain import Bools, Floats
from matts.monitor.reference import TrainingReference
from matts.serve.alarms.alarm import Signal
from matts.serve.live.judged import Judged
from matts.serve.live.quality import GRADES

LARGEST = 5  # contributions that an alarm names
DROPPED = ("late", "duplicate", "no known sensor", "too many assets", "failed")  # nothing to grade
RARE = 0.05  # a sensor that is missing more often in training than this may be missing
GOOD, IMPUTED, MISSING = (GRADES.index(name) for name in ("good", "imputed", "missing"))


def anomaly(judged: Judged, deployed: str) -> Signal:
    """How strange the deployed detector finds it."""
    at = (judged.asset, judged.time, judged.number, "anomaly")
    value = judged.surprises.get(deployed, np.nan)
    return Signal(*at, value, judged.limit, judged.fault)


def largest(shares: Floats | None, sensors: Sequence[str]) -> tuple[tuple[str, float], ...]:
    """The sensors that contribute most, and their shares."""
    if shares is None:
        return ()
    order = np.argsort(-shares, kind="stable")[:LARGEST]
    return tuple((sensors[k], float(shares[k])) for k in order)


class Grader:
    """Counts the sensors of a reading that say nothing usable."""

    def __init__(self, reference: TrainingReference, sensors: Sequence[str]) -> None:
        missing = dict(zip(reference.sensors, reference.missing, strict=True))
        self.often = np.array([missing.get(name, 0.0) > RARE for name in sensors])
        self.sensors = tuple(sensors)

    def bad(self, judged: Judged) -> Bools:
        """[F]: which sensors say nothing usable, though in training they did."""
        absent = (judged.grades == IMPUTED) | (judged.grades == MISSING)
        return np.asarray((judged.grades != GOOD) & ~(absent & self.often))

    def signal(self, judged: Judged, bad: Bools) -> Signal:
        """How many, which, and why."""
        which = np.flatnonzero(bad)[:LARGEST]
        told = ", ".join(f"{self.sensors[k]} {GRADES[judged.grades[k]]}" for k in which)
        value = np.nan if judged.note in DROPPED else float(bad.sum())
        at = (judged.asset, judged.time, judged.number, "quality")
        return Signal(*at, value, 1.0, text=told)
