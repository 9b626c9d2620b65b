"""The walk of `past` through the readings, compiled by Numba (extra `fast`); importing needs it."""

from typing import Any

import numpy as np
from numba import njit

from matts.domain import Bools, Floats

SPAN = 5
NAN = np.nan


@njit(inline="always")
def _rolling(values: Any, begin: int, row: int, column: int) -> Any:
    """Mean and deviation of the readings from begin to row that are there."""
    count, total = 0, 0.0
    for r in range(begin, row + 1):
        if not np.isnan(values[r, column]):
            count += 1
            total += values[r, column]
    mean = total / count if count else NAN
    squares = 0.0
    for r in range(begin, row + 1):
        if not np.isnan(values[r, column]):
            squares += (values[r, column] - mean) ** 2
    return mean, np.sqrt(squares / (count - 1)) if count > 1 else NAN


@njit(inline="always")
def _learn(state: Any, value: float) -> float:
    """One step of Welford (Technometrics 4(3), 1962) and of the EWM; the z of the reading."""
    state[0] += 1.0
    off = value - state[1]
    state[1] += off / state[0]
    state[2] += off * (value - state[1])
    state[3] += value
    state[4] += 1.0
    if state[0] == 1.0:
        return NAN
    deviation = np.sqrt(state[2] / (state[0] - 1.0))
    return (value - state[1]) / deviation if deviation > 0.0 else 0.0


@njit(cache=True, nogil=True, error_model="numpy")
def walk(values: Floats, machines: Bools, runs: Bools, decay: float, past: Any) -> None:
    """Fill `past` [R, S] each: one pass, row by row.

    The state of a sensor: readings of the machine, their mean and squares; sum and weight of EWM.
    """
    z, means, deviations, steps, ewms = past
    size = values.shape[1]
    states, begin = np.zeros((size, 5)), 0
    for r in range(len(values)):
        if runs[r]:
            begin = r
        for c in range(size):
            state, value = states[c], values[r, c]
            if machines[r]:
                state[:] = 0.0
            if runs[r]:
                state[3:] = 0.0
            state[3] *= decay
            state[4] *= decay
            z[r, c] = NAN if np.isnan(value) else _learn(state, value)
            steps[r, c] = value - values[r - 1, c] if r > begin else NAN
            ewms[r, c] = state[3] / state[4] if state[4] > 0.0 else NAN
            first = max(begin, r - SPAN + 1)
            means[r, c], deviations[r, c] = _rolling(values, first, r, c)
