"""What counts as a false alarm, and how many a threshold would have raised on a known record."""

from dataclasses import dataclass, replace
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from matts.domain import Bools, Floats, Ints, Windows

TAIL = 4  # readings: a window of the usual 5 still holds a faulty one so long after an event


def forgiven(faulty: Bools, segments: Ints) -> Bools:
    """The faulty readings and up to `TAIL` after them, in the same segment: [N], [N] -> [N].

    >>> forgiven(np.array([True] + 6 * [False]), np.array(6 * [0] + [1])).tolist()
    [True, True, True, True, True, False, False]
    """
    after = faulty.copy()
    for step in range(1, min(TAIL, len(faulty) - 1) + 1):
        after[step:] |= faulty[:-step] & (segments[step:] == segments[:-step])
    return after


@dataclass(frozen=True)
class Scored:
    """The scores of one part of the record, in its order, with the truth."""

    scores: Floats  # [N]
    faulty: Bools  # [N]
    segments: Ints  # [N]
    assets: NDArray[Any] | None = None  # [N]

    @classmethod
    def of(cls, windows: Windows, scores: Floats) -> Self:
        """What a detector said of windows: [N] scores."""
        segments = windows.segments
        rows = np.zeros(len(windows), np.int64) if segments is None else segments[windows.last]
        return cls(scores, windows.faulty, rows, windows.assets)

    def where(self, keep: Bools) -> Self:
        """The scores marked true."""
        return replace(
            self,
            scores=self.scores[keep],
            faulty=self.faulty[keep],
            segments=self.segments[keep],
            assets=None if self.assets is None else self.assets[keep],
        )

    @property
    def quiet(self) -> Bools:
        """[N]: where an alert would be a false alarm; everywhere in a part of faults alone."""
        known = ~forgiven(self.faulty, self.segments)
        return known if known.any() else ~known

    @property
    def ordinary(self) -> Floats:
        """[M]: the healthy scores."""
        return self.scores[self.quiet]

    @property
    def joints(self) -> Floats:
        """[J]: the lower of each two healthy scores that follow one another in a segment.

        At a limit that both reach they are one alarm: with as many scores as reach a limit, less
        the joints that do, all its alarms are counted without looking at a run.
        """
        quiet, segments = self.quiet, self.segments
        pairs = quiet[1:] & quiet[:-1] & (segments[1:] == segments[:-1])
        return np.asarray(np.minimum(self.scores[1:], self.scores[:-1])[pairs])


def count_alarms(parts: tuple[Scored, ...], limits: Floats) -> Ints:
    """False alarms, which are runs of false alerts, that each limit would have raised: [L] -> [L].

    >>> scores, none = np.array([1.0, 5.0, 3.0, 1.0, 4.0]), np.zeros(5, np.int64)
    >>> count_alarms((Scored(scores, none > 0, none),), np.array([1.0, 3.0, 4.0, 5.0])).tolist()
    [1, 2, 2, 1]
    """
    scores = np.sort(np.concatenate([part.ordinary for part in parts]))
    joints = np.sort(np.concatenate([part.joints for part in parts]))
    alerts = len(scores) - np.searchsorted(scores, limits)
    return np.asarray(alerts - (len(joints) - np.searchsorted(joints, limits)), np.int64)
