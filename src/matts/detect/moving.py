"""A limit that follows the scores: from past ones alone, so that it can be drawn as they come."""

from dataclasses import replace

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from matts.detect.alarms import Scored
from matts.detect.limits import NORMAL_MAD
from matts.domain import Floats

BATCH = 4096  # scores whose past is looked at together


def ordinary_before(scores: Floats, memory: int) -> Floats:
    """Median and spread of the `memory` scores before each: [N] -> [N, 2].

    They are nan until there are so many. Median and MAD do not mind faults while less than half
    of what they remember is faulty, so no score need be left out and no alert can lock itself in.

    >>> ordinary_before(np.array([1.0, 2.0, 9.0, 4.0]), memory=3)[-1].round(2).tolist()
    [2.0, 1.48]
    """
    found = np.full((len(scores), 2), np.nan)
    if len(scores) <= memory:
        return found
    pasts = sliding_window_view(scores, memory)[:-1]
    for first in range(0, len(pasts), BATCH):
        past = pasts[first : first + BATCH]
        middle = np.median(past, axis=1)
        spread = NORMAL_MAD * np.median(np.abs(past - middle[:, None]), axis=1)
        rows = slice(memory + first, memory + first + len(past))
        found[rows] = np.column_stack([middle, spread])
    return found


def moving_limits(
    scores: Floats, assets: NDArray[np.str_] | None, start: Floats, memory: int, spreads: float
) -> Floats:
    """The limit of each score, and its asset's own start until enough is past: [N], [N] -> [N]."""
    limits = np.array(start, np.float64)
    for own in _rows_of_assets(scores, assets):
        middle, spread = ordinary_before(scores[own], memory).T
        limits[own] = np.where(spread > 0, middle + spreads * spread, limits[own])
    return limits


def in_spreads(part: Scored, memory: int) -> Scored:
    """Scores in spreads from the median of their past; those without a known past left out."""
    found = np.full(len(part.scores), np.nan)
    for own in _rows_of_assets(part.scores, part.assets):
        middle, spread = ordinary_before(part.scores[own], memory).T
        spread[spread == 0] = np.nan
        found[own] = (part.scores[own] - middle) / spread
    return replace(part, scores=found).where(~np.isnan(found))


def _rows_of_assets(scores: Floats, assets: NDArray[np.str_] | None) -> list[NDArray[np.int64]]:
    if assets is None:
        return [np.arange(len(scores))]
    return [np.flatnonzero(assets == asset) for asset in np.unique(assets)]
