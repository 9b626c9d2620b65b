"""A long past in few points: the lowest and the highest of each stretch, so no peak is lost."""

from dataclasses import replace
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from matts.domain import Ints
from matts.serve.service.verdicts import Past

SERIES = ("values", "expected", "surprises", "scores")


def thin(past: Past, points: int) -> Past:
    """At most so many verdicts, two for each stretch: every series keeps its low and its high.

    The times and numbers of a stretch are those of its first and its last reading; it is an alert
    where any of its readings is.
    """
    if len(past) <= points:
        return past
    edges = np.unique(np.linspace(0, len(past), max(points // 2, 1) + 1).astype(np.int64))
    ends = np.column_stack([edges[:-1], edges[1:] - 1]).ravel()
    thinned = past.take(ends)
    records = past.records[ends].copy()
    for name in SERIES:
        records[name] = _ranges(past.records[name], edges)
    alerts = np.logical_or.reduceat(past.records["alert"], edges[:-1])
    records["alert"] = np.repeat(alerts, 2)
    return replace(thinned, records=records, faults=_faults(past, edges))


def _ranges(series: NDArray[Any], edges: Ints) -> NDArray[Any]:
    """[N, C] -> [2S, C]: the low and the high of each stretch, in the order they came.

    >>> _ranges(np.array([[1.0], [9.0], [2.0], [5.0], [4.0], [3.0]]), np.array([0, 3, 6])).ravel()
    array([1., 9., 5., 3.])
    """
    low, high = np.fmin.reduceat(series, edges[:-1]), np.fmax.reduceat(series, edges[:-1])
    found = np.empty((2 * len(low), series.shape[1]), series.dtype)
    for stretch, (start, stop) in enumerate(pairwise(edges)):
        part = series[start:stop]
        first = (part == low[stretch]).argmax(axis=0) <= (part == high[stretch]).argmax(axis=0)
        found[2 * stretch] = np.where(first, low[stretch], high[stretch])
        found[2 * stretch + 1] = np.where(first, high[stretch], low[stretch])
    return found


def _faults(past: Past, edges: Ints) -> list[str]:
    """The last fault named in each stretch, twice."""
    spans = pairwise(edges)
    named = [next((f for f in reversed(past.faults[a:b]) if f), "") for a, b in spans]
    return [fault for fault in named for _ in range(2)]
