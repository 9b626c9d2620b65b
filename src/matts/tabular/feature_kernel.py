"""The walk of `past` through the readings, compiled by Numba (extra `fast`); importing needs it."""

from typing import Any

import numpy as np
from numba import njit

from matts.domain import Bools, Floats

SPAN = 5
NAN = np.nan


@njit(inline="always")
def _rolling(values: Any, begin: int, row: int) -> Any:
    """Mean and deviation of the readings from begin to row that are there."""
    count, total = 0, 0.0
    for r in range(begin, row + 1):
        if not np.isnan(values[r]):
            count += 1
            total += values[r]
    mean = total / count if count else NAN
    squares = 0.0
    for r in range(begin, row + 1):
        if not np.isnan(values[r]):
            squares += (values[r] - mean) ** 2
    return mean, np.sqrt(squares / (count - 1)) if count > 1 else NAN


@njit(inline="always")
def _five(v: Any, r: int) -> Any:
    """The same of five readings that are all there; NaN if one is not."""
    mean = (v[r - 4] + v[r - 3] + v[r - 2] + v[r - 1] + v[r]) * (1 / SPAN)
    a, b, c, d, e = v[r - 4] - mean, v[r - 3] - mean, v[r - 2] - mean, v[r - 1] - mean, v[r] - mean
    return mean, np.sqrt((a * a + b * b + c * c + d * d + e * e) / (SPAN - 1))


@njit(inline="always")
def _z(off: float, squares: float, count: float) -> float:
    """How many deviations a reading is off; nobody knows of the first one."""
    if count == 1.0:
        return NAN
    return off * np.sqrt((count - 1.0) / squares) if squares > 0.0 else 0.0


@njit(error_model="numpy")
def _walk(values: Any, machines: Any, runs: Any, decay: float, past: Any) -> None:
    """One sensor: Welford's steps (Technometrics 4(3), 1962) for z, the sums of an EWM."""
    z, means, deviations, steps, ewms = past
    count, mean, squares, total, weight, begin = 0.0, 0.0, 0.0, 0.0, 0.0, 0
    for r in range(len(values)):
        value = values[r]
        if machines[r]:
            count, mean, squares = 0.0, 0.0, 0.0
        if runs[r]:
            begin, total, weight = r, 0.0, 0.0
        total, weight, z[r] = total * decay, weight * decay, NAN
        if not np.isnan(value):
            count += 1.0
            off = value - mean
            mean += off * (1.0 / count)  # so that the slow division waits for nothing
            squares += off * (value - mean)
            total, weight = total + value, weight + 1.0
            z[r] = _z(value - mean, squares, count)
        steps[r] = value - values[r - 1] if r > begin else NAN
        ewms[r] = total / weight if weight > 0.0 else NAN
        first = max(begin, r - SPAN + 1)
        means[r], deviations[r] = _five(values, r) if r - first == SPAN - 1 else (NAN, NAN)
        if np.isnan(means[r]):  # the slow way for the first readings and about gaps
            means[r], deviations[r] = _rolling(values, first, r)


@njit(cache=True, nogil=True, error_model="numpy")
def walk(values: Floats, machines: Bools, runs: Bools, decay: float, past: Any) -> None:
    """Fill `past` [R, S] each, sensor by sensor: one pass over the readings of each."""
    z, means, deviations, steps, ewms = past
    for c in range(values.shape[1]):
        own = z[:, c], means[:, c], deviations[:, c], steps[:, c], ewms[:, c]
        _walk(values[:, c], machines, runs, decay, own)
