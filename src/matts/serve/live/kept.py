"""The last readings of every asset, and the windows that new ones complete.

A batch of new readings stands behind those that are kept of their assets, so that a detector sees
them as it sees a stored file.
"""

from dataclasses import replace
from typing import NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

from matts.domain import Bools, Floats, Ints, State, Windows


class Order(NamedTuple):
    """n new readings of A assets, those of an asset together, in the order in which they came."""

    sorted: Ints  # [n], which reading stands there
    slots: Ints  # [A], the assets
    counts: Ints  # [A], how many readings of each
    rank: Ints  # [n], how many of the same asset stand before it

    @classmethod
    def of(cls, own: Ints) -> Self:
        """From the asset of each reading: [n]."""
        order = np.argsort(own, kind="stable")
        slots, first, counts = np.unique(own[order], return_index=True, return_counts=True)
        return cls(order, slots, counts, np.arange(len(own)) - np.repeat(first, counts))

    def each(self, values: Ints) -> Ints:
        """What holds for each asset, for each of its readings: [A] -> [n]."""
        return np.repeat(values, self.counts)

    def ages(self, before: Ints, breaks: Bools) -> Ints:
        """How many readings the segment of each has had, that one too: [A], [n] -> [n]."""
        place = np.arange(len(self.rank))
        begun = np.maximum.accumulate(np.where(breaks, place, -1))
        new = begun >= place - self.rank  # since the asset's first reading of these
        return np.where(new, place - begun + 1, self.each(before) + self.rank + 1)


class Run(NamedTuple):
    """One asset's new readings among the rows."""

    slot: int
    rows: slice


class Chunk(NamedTuple):
    """New readings behind what is kept of their assets: R rows in all."""

    windows: Windows  # [N], one for each new reading with enough before it
    judged: Ints  # [N], the new reading that each ends at
    runs: list[Run]
    starts: Bools  # [R], whether the row begins a segment; told of new ones alone

    @property
    def new(self) -> Ints:
        """[n]: the rows of the new readings, asset by asset."""
        return np.concatenate([np.arange(rows.start, rows.stop) for _, rows in self.runs])

    @property
    def owners(self) -> Ints:
        """[n]: the asset of each of them."""
        counts = [rows.stop - rows.start for _, rows in self.runs]
        return np.repeat([slot for slot, _ in self.runs], counts)

    def where(self, keep: Bools) -> Self:
        """The windows marked true."""
        return self._replace(windows=self.windows.where(keep), judged=self.judged[keep])


def grown(needed: int, there: int) -> int:
    """How many places to add where so many are needed: as many as there are, if any.

    >>> grown(5, 4), grown(9, 4), grown(4, 4)
    (4, 5, 0)
    """
    return max(needed - there, there) if needed > there else 0


class Kept:
    """The last readings of each asset, one fewer than a score looks back at, but one."""

    def __init__(self, sensors: tuple[str, ...], length: int, reach: int) -> None:
        self.sensors, self.length = sensors, length
        self.back = max(reach - 1, length - 1, 1)
        self.rows = np.zeros((0, self.back, len(sensors)))
        self.ages = np.zeros(0, np.int64)  # readings of the segment so far
        self.counts = np.zeros(0, np.int64)  # readings so far

    def widen(self, assets: int) -> None:
        """Make room for so many assets, and for more: they often come one by one."""
        new = grown(assets, len(self.ages))
        self.rows = np.concatenate([self.rows, np.zeros((new, *self.rows.shape[1:]))])
        self.ages = np.concatenate([self.ages, np.zeros(new, np.int64)])
        self.counts = np.concatenate([self.counts, np.zeros(new, np.int64)])

    def forget(self, slots: Ints | slice) -> None:
        """The next reading of these assets is their first."""
        self.ages[slots] = self.counts[slots] = 0

    def take(self, own: Ints, rows: Floats, breaks: Bools, names: NDArray[np.str_] | None) -> Chunk:
        """Remember n new readings: [n] slots of assets, [n, C], [n] whether one begins a segment.

        `names` are those of all assets, where detectors are to know them.
        """
        order = Order.of(own)
        ends = np.cumsum(self.back + order.counts)
        new = order.each(ends - order.counts) + order.rank  # the row of each
        ages = order.ages(self.ages[order.slots], breaks[order.sorted])
        every = self._rows(order, ends)
        every[new] = rows[order.sorted]
        starts = np.zeros(len(every), np.bool_)
        starts[new] = ages == 1
        windows = self._windows(order, every, starts, ends)
        if names is not None:
            owners = np.repeat(names[order.slots], self.back + order.counts)
            windows = replace(windows, row_assets=owners)
        full = ages >= self.length
        self._keep(order, every, ends, ages)
        spans = zip(order.slots.tolist(), ends.tolist(), order.counts.tolist(), strict=True)
        runs = [Run(slot, slice(end - count, end)) for slot, end, count in spans]
        return Chunk(replace(windows, last=new[full]), order.sorted[full], runs, starts)

    def _rows(self, order: Order, ends: Ints) -> Floats:
        """Room for all rows, with those in place that are kept: [R, C]."""
        every = np.empty((ends[-1], len(self.sensors)))
        old = (ends - order.counts - self.back)[:, None] + np.arange(self.back)
        every[old.ravel()] = self.rows[order.slots].reshape(-1, len(self.sensors))
        return every

    def _windows(self, order: Order, every: Floats, starts: Bools, ends: Ints) -> Windows:
        """All rows, cut where an asset or a segment ends; no window yet."""
        first = ends - order.counts
        cuts = starts.copy()
        cuts[first - self.back] = True
        # what is kept from before the segment, or from nowhere, is a segment of its own
        cuts[first - np.minimum(self.ages[order.slots], self.back)] = True
        numbers = np.arange(len(every)) + np.repeat(
            self.counts[order.slots] - first, self.back + order.counts
        )
        none, last = np.zeros((len(every), 0), np.bool_), np.zeros(0, np.int64)
        segments: Ints = np.cumsum(cuts, dtype=np.int64)
        return Windows(every, none, last, self.length, self.sensors, (), numbers, segments)

    def _keep(self, order: Order, every: Floats, ends: Ints, ages: Ints) -> None:
        """The last rows of each asset; how old its segment is."""
        latest = (ends - self.back)[:, None] + np.arange(self.back)
        self.rows[order.slots] = every[latest]
        self.ages[order.slots] = ages[np.cumsum(order.counts) - 1]
        self.counts[order.slots] += order.counts

    def latest(self, slot: int) -> Windows:
        """The last readings of an asset as one window, however old its segment is."""
        rows, none = self.rows[slot], np.zeros((self.back, 0), np.bool_)
        return Windows(rows, none, np.array([len(rows) - 1]), 1, self.sensors, ())

    def state(self) -> State:
        """All of it."""
        return State({"rows": self.rows, "ages": self.ages, "counts": self.counts}, {})

    def restore(self, state: State) -> None:
        """Go on from there; where more is wanted than was kept, segments begin with that."""
        old, ages, counts = (state.arrays[name] for name in ("rows", "ages", "counts"))
        there = min(old.shape[1], self.back)
        self.rows = np.zeros((len(old), self.back, len(self.sensors)))
        self.rows[:, self.back - there :] = old[:, old.shape[1] - there :]
        self.ages = np.minimum(ages, there) if there < self.back else ages.copy()
        self.counts = counts.copy()
