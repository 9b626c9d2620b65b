"""What lies within so many minutes after each row, of the same machine."""

from dataclasses import dataclass

import numpy as np

from matts.domain import BadInputError, Bools, Ints
from matts.tabular.rows import Rows


@dataclass(frozen=True)
class Ahead:
    """For each row at time t the rows of its machine within (t, t + h]: those from begin to end."""

    begin: Ints  # [R]
    end: Ints  # [R], one behind the last
    whole: Bools  # [R], whether the run of readings lasts to t + h, with some within
    then: Ints  # [R], the first row at or after t + h, -1 where its run of readings ends before

    def any(self, marked: Bools) -> Bools:
        """Whether some row within the horizon is marked: [R]."""
        return _some(marked, self.begin, self.end)

    def any_to_then(self, marked: Bools) -> Bools:
        """Whether some row after this one, up to and with `then`, is marked: [R]."""
        own = np.arange(len(self.then)) + 1
        return _some(marked, own, np.maximum(self.then + 1, own))

    def first(self, marked: Bools) -> Ints:
        """The first marked row within the horizon: [R], -1 where there is none."""
        none = len(marked)
        places = np.where(marked, np.arange(none), none)
        after = np.r_[np.minimum.accumulate(places[::-1])[::-1], none]
        found = after[self.begin]
        return np.where(found < self.end, found, -1)


def _some(marked: Bools, begin: Ints, end: Ints) -> Bools:
    counts = np.r_[0, np.cumsum(marked)]
    return np.asarray(counts[end] > counts[begin])


def ahead_of(rows: Rows, minutes: int) -> Ahead:
    """The rows within the next minutes of each.

    Raises:
        BadInputError: the rows have no times.
    """
    if rows.times is None:
        msg = f"what comes within {minutes} minutes needs readings with times, and there are none"
        raise BadInputError(msg)
    times = rows.times.astype(np.int64)
    later = times + int(np.timedelta64(minutes, "m") / np.timedelta64(1, "ns"))
    begin, end, then = (np.zeros(len(rows), np.int64) for _ in range(3))
    for start, stop in spans(rows.first_of_machine):
        own = slice(start, stop)
        begin[own] = start + np.searchsorted(times[own], times[own], "right")
        end[own] = start + np.searchsorted(times[own], later[own], "right")
        then[own] = start + np.searchsorted(times[own], later[own], "left")
    last = last_rows(rows.first_of_segment)
    reaches = times[last] >= later if len(rows) else np.zeros(0, np.bool_)
    return Ahead(begin, end, reaches & (end > begin), np.where(reaches, then, -1))


def spans(first: Bools) -> list[tuple[int, int]]:
    """Begin and end of each run, from where runs begin: [R].

    >>> spans(np.array([True, False, True]))
    [(0, 2), (2, 3)]
    """
    begins = np.flatnonzero(first)
    ends = np.append(begins, len(first))[1:]
    return list(zip(begins.tolist(), ends.tolist(), strict=True))


def last_rows(first: Bools) -> Ints:
    """The last row of each row's run, from where runs begin: [R].

    >>> last_rows(np.array([True, False, True])).tolist()
    [1, 1, 2]
    """
    ends = np.r_[np.flatnonzero(first)[1:] - 1, len(first) - 1]
    return np.asarray(ends[np.cumsum(first) - 1]) if len(first) else np.zeros(0, np.int64)
