"""How much a column tells of a truth some readings before or after: all columns at once."""

from collections.abc import Iterator

import numpy as np

from matts.domain import Bools, Floats, Ints
from matts.tabular.rows import Rows

LEAST = 20  # rows that a class needs to count: a few may fall on a glitch by chance

LITTLE = 1e-2  # what is left of a constant column: its squares add up to the number of rows else


class Columns:
    """Columns [R, C] as the sums need them: centred and scaled, NaN as absent."""

    def __init__(self, values: Floats) -> None:
        there = np.isfinite(values)
        count = np.maximum(there.sum(axis=0), 1)
        off = np.where(there, values - np.where(there, values, 0.0).sum(axis=0) / count, 0.0)
        scale = np.sqrt(np.square(off).sum(axis=0) / count)
        scaled = off / np.where(scale > 0, scale, 1.0)
        self.size = values.shape[1]
        stacked = np.hstack([scaled, there, np.square(scaled)])
        self.stacked = stacked.astype(np.float32).T  # four digits are plenty, and half the work

    def sums(self, weights: Floats) -> tuple[Floats, Floats, Floats]:
        """Sums of readings, of their number and of their squares by weight [R, k]: [C, k] each."""
        every = (self.stacked @ weights.astype(np.float32)).astype(np.float64)
        return every[: self.size], every[self.size : -self.size], every[-self.size :]


def by_class(columns: Columns, codes: Floats) -> Floats:
    """The correlation ratio η of each column given the class of a row (NaN: none): [C].

    1 where a class has one value alone, whatever the values are; |r| for two classes. Pearson,
    Proceedings of the Royal Society 71, 1903.
    """
    classes, counts = np.unique(codes[~np.isnan(codes)], return_counts=True)
    classes = classes[counts >= LEAST]
    if len(classes) < 2:  # noqa: PLR2004 (one class has nothing to be told from)
        return np.zeros(columns.size)
    total, number, squares = columns.sums((codes[:, None] == classes).astype(np.float64))
    all_of_it = np.square(total.sum(axis=1)) / np.maximum(number.sum(axis=1), 1)
    between = (np.square(total) / np.maximum(number, 1)).sum(axis=1) - all_of_it
    return _root_of_share(between, squares.sum(axis=1) - all_of_it)


def by_number(columns: Columns, truth: Floats) -> Floats:
    """|r| of each column and a number (NaN unknown): [C]."""
    known = ~np.isnan(truth)
    if known.sum() < LEAST:
        return np.zeros(columns.size)
    off = np.where(known, truth - truth[known].mean(), 0.0)
    weights = np.column_stack([known.astype(np.float64), off, np.square(off)])
    total, number, squares = columns.sums(weights)
    count = np.maximum(number[:, 0], 1)
    together = total[:, 1] - total[:, 0] * number[:, 1] / count
    own = squares[:, 0] - np.square(total[:, 0]) / count
    other = number[:, 2] - np.square(number[:, 1]) / count
    return _root_of_share(np.square(together), own * other)


def _root_of_share(part: Floats, whole: Floats) -> Floats:
    real = whole > LITTLE
    share = np.where(real, part / np.where(real, whole, 1.0), 0.0)
    return np.asarray(np.sqrt(np.clip(share, 0.0, 1.0)))


def moved(values: Floats, machine: Ints, by: int) -> Floats:
    """What a truth is `by` readings later on the same machine: [R], NaN beyond its record.

    >>> moved(np.array([1.0, 2.0, 3.0]), np.array([0, 0, 1]), 1).tolist()
    [2.0, nan, nan]
    """
    there = np.arange(len(values)) + by
    inside = (there >= 0) & (there < len(values))
    place = np.where(inside, there, 0)
    return np.where(inside & (machine[place] == machine), values[place], np.nan)


def ranked(values: Floats) -> Floats:
    """The rank of each value in its column, the mean one of equal values: NaN stays."""
    from scipy.stats import rankdata  # noqa: PLC0415 (it takes half a second)

    return np.asarray(rankdata(values, axis=0, nan_policy="omit"), np.float64)


def sample(rows: Rows, most: int) -> Bools:
    """Which rows are of the machines that are looked at, evenly chosen: about `most` rows."""
    machines, counts = np.unique(rows.machines, return_counts=True)
    wanted = int(np.clip(np.ceil(most / counts.mean()), 1, len(machines)))
    chosen = machines[np.linspace(0, len(machines) - 1, wanted).round().astype(int)]
    return np.isin(rows.machines, chosen)


def shifts(most: int) -> Iterator[int]:
    """0, 1, -1, 2, -2 …: the plainest first."""
    yield 0
    for by in range(1, most + 1):
        yield from (by, -by)
