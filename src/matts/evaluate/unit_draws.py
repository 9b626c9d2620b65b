"""Figures with intervals, from sums over machines that are drawn again and again.

Rows of one machine are right or wrong together, so machines are drawn, not rows. Every figure here
is made of sums that add up over machines: so a draw is a sum of sums, and a thousand are quick.
"""

from collections.abc import Callable
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from matts.domain import Bools, Floats, Ints
from matts.evaluate.bootstrap import DRAWS, MANY, TAILS, draw_units

MOST = 200  # units; of more machines several are drawn together
STRETCHES = 50  # of the rows, in their order, where there are fewer machines than MANY
CUTS = 500  # scores that part the rows of either kind, where there are more scores than that


class Spread(NamedTuple):
    """A figure, where it lies, and what it is in each draw: NaN where there is none."""

    value: float
    low: float
    high: float
    draws: Floats  # [D]


def units_of(machines: NDArray[np.str_]) -> Ints:
    """The unit of each row, from 0: its machine of many, else its stretch of the rows: [N].

    >>> units_of(np.array(["a"] * 100)).max(), units_of(np.arange(60).astype(str)).max()
    (np.int64(49), np.int64(59))
    """
    codes, names = pd.factorize(machines)
    if len(names) >= MANY:
        return np.asarray(codes % MOST, np.int64)
    return np.arange(len(machines)) * min(STRETCHES, len(machines)) // max(len(machines), 1)


def spread_of(figure: Callable[[Floats], Floats], sums: Floats, seed: int = 0) -> Spread:
    """A figure of sums [U, ...] over units: [..., sums] -> [...], whole and drawn."""
    with np.errstate(divide="ignore", invalid="ignore"):
        value = float(figure(sums.sum(axis=0)))
        flat = sums.reshape(len(sums), -1)
        drawn = figure((_draws(len(sums), seed) @ flat).reshape(-1, *sums.shape[1:]))
    if np.isnan(drawn).all():
        return Spread(value, np.nan, np.nan, drawn)
    low, high = np.nanpercentile(drawn, TAILS)
    return Spread(value, float(low), float(high), drawn)


@lru_cache(maxsize=8)
def _draws(units: int, seed: int) -> Floats:
    """How often each unit is drawn: [D, U]; the same for equal seeds, so figures can be paired."""
    return draw_units(units, seed).astype(np.float64)


def sum_by(units: Ints, *columns: Floats | Ints | Bools) -> Floats:
    """The sum of each column over the rows of each unit: [N] each -> [U, columns]."""
    size = int(units.max(initial=-1)) + 1
    return np.column_stack([np.bincount(units, column, size) for column in columns])


def confusion_by(units: Ints, truth: Ints, named: Ints, classes: int) -> Floats:
    """How often each class was named what, by unit: [U, C true, C named]."""
    shape = (int(units.max(initial=-1)) + 1, classes, classes)
    places = np.ravel_multi_index((units, truth, named), shape)
    return np.bincount(places, minlength=int(np.prod(shape))).reshape(shape).astype(np.float64)


def ranks_by(units: Ints, truth: Bools, scores: Floats) -> Floats:
    """How many rows of either kind lie between cuts of the score, the highest first: [U, B, 2].

    Every score is a cut where there are few; else so many lie evenly among the rows of each kind.
    """
    cuts = np.unique(scores)
    if len(cuts) > CUTS:
        shares = np.linspace(0, 1, CUTS)
        kinds = [np.quantile(scores[truth == k], shares) for k in (0, 1) if (truth == k).any()]
        cuts = np.unique(np.concatenate(kinds))
    bins = len(cuts) - np.searchsorted(cuts, scores, side="right")
    shape = (int(units.max(initial=-1)) + 1, len(cuts) + 1, 2)
    places = np.ravel_multi_index((units, bins, truth.astype(np.int64)), shape)
    return np.bincount(places, minlength=int(np.prod(shape))).reshape(shape).astype(np.float64)


def average_precision(ranks: Floats) -> Floats:
    """PR-AUC as the mean precision at the rows of the true kind: [..., B, 2] -> [...]."""
    wrong, right = np.moveaxis(ranks, -1, 0)
    hits = right.cumsum(axis=-1)
    named = hits + wrong.cumsum(axis=-1)
    precision = np.divide(hits, named, out=np.zeros_like(hits), where=named > 0)
    return np.asarray((precision * right).sum(axis=-1) / right.sum(axis=-1))


def roc_auc(ranks: Floats) -> Floats:
    """The chance that a true row stands above another, a tie is half: [..., B, 2] -> [...]."""
    wrong, right = np.moveaxis(ranks, -1, 0)
    above = right.cumsum(axis=-1) - right / 2
    return np.asarray((above * wrong).sum(axis=-1) / (right.sum(axis=-1) * wrong.sum(axis=-1)))


def mean_of(parts: list[Spread]) -> Spread:
    """The mean of several figures over the same draws; those that do not exist are left out."""
    known = [part for part in parts if not np.isnan(part.value)]
    if not known:
        return Spread(np.nan, np.nan, np.nan, np.full(DRAWS, np.nan))
    drawn: NDArray[Any] = np.array([part.draws for part in known])
    counts = (~np.isnan(drawn)).sum(axis=0)
    means = np.divide(
        np.nansum(drawn, axis=0), counts, where=counts > 0, out=np.full(DRAWS, np.nan)
    )
    low, high = np.nanpercentile(means, TAILS) if counts.any() else (np.nan, np.nan)
    return Spread(float(np.mean([p.value for p in known])), float(low), float(high), means)
