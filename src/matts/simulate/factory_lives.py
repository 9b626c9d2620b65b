"""When machines of the factory run, fail and are mended.

a stop → calm → a fault begins → it grows with every minute of work → failure → the next stop

Planned service comes so long after the last stop, and takes away what grows.
"""

from collections.abc import Iterator
from typing import NamedTuple, Self

import numpy as np

from matts.domain import Bools, Floats, Ints
from matts.simulate.factory_faults import FAULTS

SHAPE = 1.6  # Weibull's, of the time until a fault begins: above 1, for the worn fail sooner
STEEPNESS = (2.0, 2.5)  # of growth
REPAIR, SERVICE = (45, 90), (20, 40)  # minutes of a stop after a failure, and of a planned one
NONE = -1  # the number of no fault


class Rhythm(NamedTuple):
    """How fast things go wrong, in minutes of usual work."""

    calm: float  # the scale of the time until a fault begins
    growth: tuple[float, float]  # from its beginning until the machine fails
    service: int  # from the end of a stop until planned service, whatever the work


class Life(NamedTuple):
    """A stop and what follows until the next one, in minutes of the record."""

    begin: int  # of the stop
    start: int  # of work
    onset: int
    end: int  # the last minute of work
    mended: bool  # the stop is for a failure
    failed: bool  # at its end
    fault: int
    growth: float
    steepness: float


class Lives(NamedTuple):
    """What happens to M machines in T minutes: arrays [M, T]."""

    fault: Ints  # the one that grows; NONE: none does
    severity: Floats  # 1 at failure
    stands: Bools
    mended: Bools  # stands because it failed
    since: Floats  # minutes since the last stop; 0 while it stands
    left: Floats  # minutes until it fails, is serviced or the record ends
    fails: Bools  # which of these is a failure

    @classmethod
    def draw(cls, work: Floats, rhythm: Rhythm, rng: np.random.Generator) -> Self:
        """Let machines live that have done so much work until each minute: [M, T]."""
        floats, flags = np.zeros((3, *work.shape)), np.zeros((3, *work.shape), np.bool_)
        severity, since, left = floats
        stands, mended, fails = flags
        found = cls(np.full(work.shape, NONE), severity, stands, mended, since, left, fails)
        for m, own in enumerate(work):
            for life in draw_lives(own, rhythm, rng):
                found.write(m, life, own)
        return found

    def write(self, m: int, life: Life, work: Floats) -> None:
        """Write down one life of a machine."""
        stop, run = slice(life.begin, life.start), slice(life.start, life.end + 1)
        whole, growing = slice(life.begin, life.end + 1), slice(life.onset, life.end + 1)
        self.stands[m, stop] = True
        self.mended[m, stop] = life.mended
        self.since[m, run] = np.arange(life.end + 1 - life.start)
        self.left[m, whole] = np.arange(life.end - life.begin, -1, -1)
        self.fails[m, whole] = life.failed
        if life.onset <= life.end:
            self.fault[m, growing] = life.fault
            done = (work[growing] - work[life.onset]) / life.growth
            self.severity[m, growing] = grown(done, life.steepness)

    def after(self, first: int) -> Self:
        """The same without the minutes before one."""
        return self._replace(**{name: each[:, first:] for name, each in self._asdict().items()})


def draw_lives(work: Floats, rhythm: Rhythm, rng: np.random.Generator) -> Iterator[Life]:
    """One life of a machine after the other, until the record ends."""
    shares = [fault.share for fault in FAULTS.values()]
    begin, failed = 0, False
    while begin < len(work):
        start = min(begin + int(rng.integers(*(REPAIR if failed else SERVICE))), len(work))
        done = work[start] if start < len(work) else work[-1]
        calm, growth = rhythm.calm * rng.weibull(SHAPE), rng.uniform(*rhythm.growth)
        onset, failure = np.searchsorted(work, done + np.array([calm, calm + growth])).tolist()
        end = min(failure, start + rhythm.service, len(work) - 1)
        fault, steepness = int(rng.choice(len(FAULTS), p=shares)), rng.uniform(*STEEPNESS)
        mended, failed = failed, failure == end and failure < len(work) - 1
        yield Life(begin, start, onset, end, mended, failed, fault, growth, steepness)
        begin = end + 1


def grown(done: Floats, steepness: float) -> Floats:
    """Severity after a share of the growth, exponential, from 0 to 1 (Saxena et al., 2008).

    >>> grown(np.array([0.0, 0.5, 1.0]), 2.0).round(2).tolist()
    [0.0, 0.27, 1.0]
    """
    return np.asarray(np.expm1(steepness * np.minimum(done, 1.0)) / np.expm1(steepness))
