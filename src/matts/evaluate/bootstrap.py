"""F1 of each class with an interval, drawn over units that are independent of each other.

Rows of one event follow one another and are right or wrong together: an interval over rows would be
far too narrow. So events and the healthy stretches between them are drawn, or whole machines.
"""

from typing import NamedTuple

import numpy as np
import pandas as pd

from matts.domain import Bools, Floats, Ints
from matts.evaluate.diagnosis import resolve
from matts.evaluate.tables import truth_of

DRAWS = 1000
TAILS = (2.5, 97.5)  # per cent: a 95 % interval (Efron, The Annals of Statistics 7, 1979)
MANY = 20  # machines: so many are drawn as they are, of fewer the events


class Spread(NamedTuple):
    """F1 of each class and where it lies, [C] each; NaN of a class neither there nor named."""

    f1: Floats
    low: Floats
    high: Floats


def units_of(table: pd.DataFrame) -> Ints:
    """The unit of each row of a score table, from 0: its machine of many, else its stretch.

    A stretch is a run of rows with the same faults, or none, in a segment.
    """
    assets, _ = pd.factorize(table["asset"])
    if len(table) and assets.max() + 1 >= MANY:
        return np.asarray(assets, np.int64)
    where = np.column_stack([assets, table["segment"].to_numpy(), truth_of(table)])
    changes = (where[1:] != where[:-1]).any(axis=1)
    return np.concatenate([[0], np.cumsum(changes)]).astype(np.int64)[: len(table)]


def draw_units(units: int, seed: int) -> Ints:
    """How often each unit is drawn, draw by draw: [D, U]."""
    return np.random.default_rng(seed).multinomial(units, np.full(units, 1 / units), DRAWS)


def count_hits(predicted: Ints, truth: Bools, units: Ints) -> Ints:
    """Of each unit and class: hits, and names given plus truths: [N], [N, K], [N] -> [U, C, 2].

    Class 0 is healthy. A row with two faults is the one that it was named, if that is among them.

    >>> truth, units = np.array([[True], [True], [False]]), np.array([0, 0, 1])
    >>> count_hits(np.array([1, 0, 0]), truth, units).tolist()
    [[[0, 1], [1, 3]], [[1, 2], [0, 0]]]
    """
    classes, true = truth.shape[1] + 1, resolve(predicted, truth)
    size = (int(units.max(initial=-1)) + 1, classes)

    def count(rows: Bools, named: Ints) -> Ints:
        places = np.ravel_multi_index((units[rows], named[rows]), size)
        return np.bincount(places, minlength=size[0] * size[1]).reshape(size)

    every = np.ones(len(units), np.bool_)
    named = count(every, true) + count(every, predicted)
    return np.stack([count(predicted == true, true), named], axis=-1)


def f1_of(counts: Ints) -> Floats:
    """2 hits / (names + truths): [..., C, 2] -> [..., C]."""
    hits, named = counts[..., 0], counts[..., 1]
    shares = np.full(hits.shape, np.nan)
    np.divide(2 * hits, named, out=shares, where=named > 0)
    return shares


def spread_of(counts: Ints, seed: int = 0) -> Spread:
    """F1 of each class over all units, and between which values 95 % of the draws lie."""
    units, drawn = len(counts), draw_units(len(counts), seed)
    found = f1_of((drawn @ counts.reshape(units, -1)).reshape(DRAWS, *counts.shape[1:]))
    known = ~np.isnan(found).all(axis=0)
    low, high = np.full((2, counts.shape[1]), np.nan)
    low[known], high[known] = np.nanpercentile(found[:, known], TAILS, axis=0)
    return Spread(f1_of(counts.sum(axis=0)), low, high)
