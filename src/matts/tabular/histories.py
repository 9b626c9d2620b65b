"""What a network sees of a row: the last readings of its machine, a few steps back, no later one.

Shapes: R rows of F sensors, N rows asked for, T steps, C = 2 F channels.
"""

from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from matts.domain import Bools, Floats, Ints
from matts.windows import Scaler

WITHIN = 0.1  # the share of a channel's variance that has to lie within machines


class Histories(NamedTuple):
    """Scaled channels of all rows, and which of them each window is made of."""

    channels: NDArray[np.float32]  # [R, C]
    places: Ints  # [N, T], the newest last

    def only(self, chosen: Ints | Bools) -> "Histories":
        """Some of the windows."""
        return self._replace(places=self.places[chosen])


def channels_of(values: Floats, segments: Ints, step: int) -> Floats:
    """Each sensor's mean over its last `step` readings, and that less its mean so far: [R, 2 F].

    Missing readings are left out of both; a mean of none is missing. Readings of one segment stand
    together, in time; nothing is known of another segment or of a later reading.

    >>> rows, segments = np.array([[1.0], [3.0], [8.0]]), np.array([0, 0, 1])
    >>> channels_of(rows, segments, 2).tolist()
    [[1.0, 0.0], [2.0, 0.0], [8.0, 0.0]]
    """
    near = _mean_of_last(values, first_rows(segments), step)
    return np.concatenate([near, near - _mean_so_far(values, segments)], axis=1)


def _mean_of_last(values: Floats, first: Ints, count: int) -> Floats:
    total, known = np.zeros_like(values), np.zeros(values.shape)
    own = np.arange(len(values))
    for back in range(count):
        before = own - back >= first
        seen = values[np.maximum(own - back, 0)]
        there = before[:, None] & ~np.isnan(seen)
        total += np.where(there, seen, 0)
        known += there
    return _quotient(total, known)


def _mean_so_far(values: Floats, segments: Ints) -> Floats:
    """Sums begin anew in each segment, so that no other one changes how they are rounded."""
    there = ~np.isnan(values)
    filled = np.where(there, values, 0)
    borders = np.flatnonzero(np.diff(segments)) + 1
    total = [np.cumsum(own, axis=0) for own in np.split(filled, borders)]
    known = [np.cumsum(own, axis=0) for own in np.split(there, borders)]
    return _quotient(np.concatenate(total), np.concatenate(known).astype(np.float64))


def _quotient(total: Floats, count: Floats) -> Floats:
    return np.asarray(np.divide(total, count, out=np.full(total.shape, np.nan), where=count > 0))


def first_rows(segments: Ints) -> Ints:
    """The row that each row's segment begins at: [R].

    >>> first_rows(np.array([4, 4, 7])).tolist()
    [0, 0, 2]
    """
    begins = np.diff(segments, prepend=segments[:1] - 1) != 0
    return np.asarray(np.maximum.accumulate(np.where(begins, np.arange(len(segments)), 0)))


def scaler_of(channels: Floats, groups: NDArray[np.str_]) -> Scaler:
    """Mean and spread of channels [n, C]; one that hardly moves within a machine is silenced.

    Such a one, as a machine's age, tells a network which machine it is; that is soon learnt by
    heart, and says nothing of another machine.

    >>> channels = np.array([[1.0, 5.0], [2.0, 5.1], [1.0, 9.0], [2.0, 9.1]])
    >>> abs(scaler_of(channels, np.array(["a", "a", "b", "b"]))(channels)[:, 1]).tolist()
    [0.0, 0.0, 0.0, 0.0]
    """
    scaler = Scaler.fit(channels)
    off = pd.DataFrame(channels).groupby(groups).transform(lambda own: own - own.mean())
    within = np.nan_to_num(np.nanvar(off.to_numpy(), axis=0))
    silent = within < WITHIN * np.square(scaler.spread)
    return Scaler(scaler.mean, np.where(silent, np.inf, scaler.spread))


def histories_of(
    channels: Floats, segments: Ints, rows: Ints, scaler: Scaler, shape: tuple[int, int]
) -> Histories:
    """Windows of `shape` (steps, readings a step) that end at these rows [N].

    What was before a segment began is its first reading.
    """
    steps, step = shape
    back = step * np.arange(steps - 1, -1, -1)
    places = np.maximum(rows[:, None] - back, first_rows(segments)[rows][:, None])
    return Histories(scaler(channels), places)
