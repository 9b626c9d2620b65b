"""Runs: flagged readings that follow one another, the form of events and of alarms."""

import numpy as np

from matts.domain import Bools, Ints


def runs(flags: Bools, segments: Ints) -> Ints:
    """Start and stop (exclusive) of each run of flagged readings in one segment: [M, 2].

    >>> flags = np.array([True, True, False, True, True, True])
    >>> runs(flags, segments=np.array([0, 0, 0, 0, 0, 1])).tolist()
    [[0, 2], [3, 5], [5, 6]]
    """
    joined = flags[1:] & flags[:-1] & (segments[1:] == segments[:-1])
    starts = np.flatnonzero(flags & ~np.r_[False, joined])
    stops = np.flatnonzero(flags & ~np.r_[joined, False]) + 1
    return np.column_stack([starts, stops]).astype(np.int64)
