"""How good each sensor of each reading is, and what stands for what is missing."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from matts.domain import Bools, Floats, Ints, State
from matts.monitor.reference import TrainingReference
from matts.serve.live.kept import grown
from matts.serve.live.settings import LiveSettings
from matts.source.settings import MissingSettings

GRADES = ("good", "imputed", "missing", "stuck", "out_of_range", "late")
GOOD, IMPUTED, MISSING, STUCK, OUT, TOO_LATE = range(len(GRADES))
FEWEST = 10  # equal readings that may be chance
Grades = NDArray[np.uint8]

TENFOLD = 10.0  # so much larger than ever, or smaller: probably another unit
STATE = ("last", "equal", "gone")


class Graded(NamedTuple):
    """n readings of F sensors."""

    values: Floats  # [n, F], as judged: NaN where nothing is known
    grades: Grades  # [n, F], codes of GRADES


class Quality:
    """What is remembered of each sensor of each asset to grade the next reading."""

    def __init__(
        self, reference: TrainingReference, missing: MissingSettings, settings: LiveSettings
    ) -> None:
        sensors = len(reference.sensors)
        margin = settings.margin * (reference.high - reference.low) + _rounding(reference)
        self.low, self.high = reference.low - margin, reference.high + margin
        self.largest = np.maximum(np.abs(reference.low), np.abs(reference.high))
        positive = np.sign(reference.low) == np.sign(reference.high)
        nearest = np.minimum(np.abs(reference.low), np.abs(reference.high))
        self.smallest = np.where(positive, nearest, 0.0)
        self.still = np.maximum(settings.stuck * reference.still, FEWEST)
        self.limit = _limit(missing, settings)
        self.last = np.zeros((0, sensors))  # what each sensor said last
        self.equal = np.zeros((0, sensors), np.int64)  # how often in a row
        self.gone = np.zeros((0, sensors), np.int64)  # and how many readings ago

    def widen(self, assets: int) -> None:
        """Make room for so many assets, and for more."""
        new = grown(assets, len(self.last))
        blank = np.zeros((new, self.last.shape[1]))
        self.last = np.concatenate([self.last, blank * np.nan])
        self.equal = np.concatenate([self.equal, blank.astype(np.int64)])
        self.gone = np.concatenate([self.gone, blank.astype(np.int64)])

    def forget(self, slots: Ints) -> None:
        """Nothing is known of these assets."""
        self.last[slots], self.equal[slots], self.gone[slots] = np.nan, 0, 0

    def grade(self, own: Ints, given: Floats, breaks: Bools) -> Graded:
        """Grade readings in the order in which they came: [n] assets, [n, F], [n].

        Each asset at most once; where a segment begins nothing before it counts.
        """
        self.forget(own[breaks])
        known, last = ~np.isnan(given), self.last[own]
        equal = np.where(given == last, self.equal[own] + 1, np.where(known, 1, self.equal[own]))
        gone = np.where(known, 0, self.gone[own] + 1)
        self.last[own] = held = np.where(known, given, last)
        self.equal[own], self.gone[own] = equal, gone
        imputed = ~known & (gone <= self.limit) & ~np.isnan(held)
        grades = np.full(given.shape, GOOD, np.uint8)
        grades[(given < self.low) | (given > self.high)] = OUT
        grades[known & (equal > self.still)] = STUCK
        grades[~known] = MISSING
        grades[imputed] = IMPUTED
        return Graded(np.where(imputed, held, given), grades)

    def of_another_unit(self, given: Floats) -> Bools:
        """[..., F]: whether numbers are ten times what they ever were, or a tenth."""
        size = np.abs(given)
        large = (size >= TENFOLD * self.largest) & (self.largest > 0)
        small = (size <= self.smallest / TENFOLD) & (size > 0)
        return np.asarray((large | small) & ((given < self.low) | (given > self.high)))

    def state(self) -> State:
        """What is remembered."""
        return State({name: getattr(self, name) for name in STATE}, {})

    def restore(self, state: State) -> None:
        """Go on from there."""
        self.last, self.equal, self.gone = (state.arrays[name].copy() for name in STATE)


def _rounding(reference: TrainingReference) -> Floats:
    """[F]: what a sensor that never moved may be off."""
    return np.asarray(1e-9 * np.maximum(np.abs(reference.low), np.abs(reference.high)))


def _limit(missing: MissingSettings, settings: LiveSettings) -> int:
    """For how many readings the last known one stands for a missing one."""
    if settings.fill == "trained":
        return missing.limit if missing.fill == "previous" else 0
    return settings.limit if settings.fill == "previous" else 0
