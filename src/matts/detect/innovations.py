"""Scores and likelihoods from what a filter did not foresee."""

from collections.abc import Callable, Iterator, Mapping
from typing import NamedTuple, Protocol

import numpy as np

from matts.detect.state_space import Innovations, Memory, Model, begin, innovate
from matts.domain import Bools, Floats, Ints, Windows
from matts.windows import FARTHEST, Scaler

LONGEST = 20_000  # readings that a filter is fitted on, the latest
BLOCK = 4096  # rows filtered at a time: they stay in the processor's cache
FLOOR = 1e-6  # the least variance of an innovation, in squared spreads: rounding is below it
TINY = 1e-300  # keeps a logarithm finite


class Series(NamedTuple):
    """The rows of windows as one series a sensor."""

    values: Floats  # [F, R], in spreads from the healthy mean; NaN: missing
    starts: Bools  # [R], whether a segment begins


class Fit(NamedTuple):
    """How well models foresee series, whatever the scale of their variances."""

    log_likelihood: Floats  # [S]
    scale: Floats  # [S], what to multiply the variances with


def healthy_scale(windows: Windows) -> Scaler:
    """Mean and spread of each sensor in healthy rows, of all rows where none is."""
    healthy = windows.row_healthy
    return Scaler.fit(windows.rows[healthy] if healthy.any() else windows.rows)


def series_of(rows: Floats, scaler: Scaler) -> Floats:
    """[R, F] rows, scaled -> [F, R]."""
    scaled = rows - scaler.mean  # the mean has 64 bits
    with np.errstate(over="ignore"):  # beyond all numbers is beyond `FARTHEST`
        scaled /= scaler.spread
    np.clip(scaled, -FARTHEST, FARTHEST, out=scaled)
    return np.ascontiguousarray(scaled.T)


def healthy_series(windows: Windows, scaler: Scaler) -> Series:
    """The latest rows to fit on: one that is not known healthy, or endless, counts as missing."""
    values = series_of(windows.rows[-LONGEST:], scaler)
    healthy = windows.row_healthy[-LONGEST:]
    values[~healthy | (np.abs(values) >= FARTHEST)] = np.nan
    starts = segment_starts(windows)[-LONGEST:]
    starts[:1] = True
    return Series(values, starts)


def segment_starts(windows: Windows) -> Bools:
    """[R]: whether each row is the first of its segment."""
    starts = np.zeros(len(windows.rows), np.bool_)
    starts[:1] = True
    if windows.segments is not None:
        starts[1:] = np.diff(windows.segments) != 0
    return starts


class Filter(Protocol):
    """A filter of all sensors of one machine, which goes on where it stopped."""

    def squares(self, series: Floats, starts: Bools) -> Floats:
        """What it finds in readings [F, R] -> [F, R], NaN where there is none; it remembers.

        `starts` [R] is whether a reading begins a segment, where it forgets all.
        """
        ...

    @property
    def memory(self) -> dict[str, Floats]:
        """What it remembers, by name."""
        ...

    def recall(self, memory: Mapping[str, Floats]) -> None:
        """Go on from such a memory."""
        ...


class EachAlone:
    """The filter of a model that takes each sensor by itself: it finds v²/f."""

    def __init__(self, model: Model) -> None:
        self.model, self.known = model, begin(model)

    def squares(self, series: Floats, starts: Bools) -> Floats:
        """[F, R], [R] -> [F, R]."""
        return _squares(innovate(self.model, series, starts, self.known))

    @property
    def memory(self) -> dict[str, Floats]:
        """What is known of the next state of each sensor."""
        return self.known._asdict()

    def recall(self, memory: Mapping[str, Floats]) -> None:
        """Go on from there."""
        self.known = Memory(**{name: array.copy() for name, array in memory.items()})


def shared(squares: Callable[[Floats, Bools], Floats], scaler: Scaler, windows: Windows) -> Floats:
    """[N, F]: what a filter finds at the last readings, over the number of sensors there.

    The filter is given a block of readings after the other, [F, R] and [R], and remembers.
    """
    parts = np.zeros((len(windows), len(windows.sensors)))
    order = np.argsort(windows.last, kind="stable")
    last, starts = windows.last[order], segment_starts(windows)
    for rows in _blocks(last, starts):
        found = squares(series_of(windows.rows[rows], scaler), starts[rows])
        inside = slice(*np.searchsorted(last, [rows.start, rows.stop]))
        parts[order[inside]] = shares_of(found[:, last[inside] - rows.start])
    return parts


def _blocks(last: Ints, starts: Bools) -> Iterator[slice]:
    """The rows from the start of the first window's segment to the end of the last window."""
    if len(last):
        begins = np.flatnonzero(starts[: last[0] + 1])[-1]
        for row in range(int(begins), int(last[-1]) + 1, BLOCK):
            yield slice(row, min(row + BLOCK, int(last[-1]) + 1))


def shares_of(squares: Floats) -> Floats:
    """What a filter found, over the number of sensors there: [F, N] -> [N, F]; changes it."""
    missing = np.isnan(squares)
    squares[missing] = 0
    squares /= np.maximum(len(squares) - missing.sum(axis=0), 1)
    return np.asarray(squares.T)


def _squares(found: Innovations) -> Floats:
    """v²/f: [S, R]."""
    squares = np.square(found.errors)
    squares /= found.variances
    return np.asarray(squares)


def judge(model: Model, series: Series, burn: int) -> Fit:
    """The likelihood of the best scale of all variances, without each segment's first `burn`.

    Of a normal innovation v with variance s f it is greatest where s is the mean of v²/f.
    """
    found = innovate(model, *series)
    copies = len(found.errors) // len(series.values)
    counted = np.tile(_known_before(series, burn), (copies, 1))
    count = np.maximum(counted.sum(axis=1), 1)
    scale = np.where(counted, _squares(found), 0).sum(axis=1) / count
    logs = np.where(counted, np.log(found.variances), 0).sum(axis=1)
    each = 1 + np.log(2 * np.pi) + np.log(np.maximum(scale, TINY))
    return Fit(-(count * each + logs) / 2, scale)


def _known_before(series: Series, burn: int) -> Bools:
    """[F, R]: which readings are there and follow at least `burn` others of their segment."""
    there = ~np.isnan(series.values)
    place = np.arange(len(series.starts))
    first = np.maximum.accumulate(np.where(series.starts, place, 0))
    count = np.cumsum(there, axis=1)
    before = (count - there)[:, first]
    return np.asarray(there & (count - before > burn))


def steady_scale(scale: Floats, series: Series) -> Floats:
    """[S]: the scale of the variances, no less than rounding; 1 for a sensor that never moved."""
    known = ~np.isnan(series.values)
    moved = (np.where(known, np.abs(series.values), 0) > FLOOR).any(axis=1)
    return np.asarray(np.where(moved, np.maximum(scale, FLOOR), 1.0))
