"""One reading through one asset's half-finished windows, compiled by Numba (extra `fast`).

Importing this module needs Numba. The gates stand as in `models.lstm_columns.Layer`.
"""

from typing import Any

import numpy as np
from numba import njit

from matts.compiled.layers import HALF, ONE, sigmoid
from matts.compiled.sources import named_after_sources
from matts.domain import Floats
from matts.windows import FARTHEST

TWO, FOUR = np.float32(2), np.float32(4)


@njit(inline="always")
def _add(total: Any, factor: Any, row: Any) -> None:
    for j in range(len(row)):
        total[j] += factor * row[j]


@njit(inline="always")
def _step(gates: Any, state: Any, cell: Any) -> None:
    """Step in place: c = f c + i tanh(g), h = o tanh(c); tanh(x) = 2 s(2x) - 1."""
    hidden = len(state)
    for j in range(len(gates)):
        gates[j] = sigmoid(gates[j])
    for k in range(hidden):
        change = FOUR * gates[k] * (gates[3 * hidden + k] - HALF)
        cell[k] = gates[hidden + k] * cell[k] + change
    for k in range(hidden):
        state[k] = (TWO * sigmoid(cell[k]) - ONE) * gates[2 * hidden + k]


@njit(cache=True, nogil=True, error_model="numpy", fastmath={"contract"})
@named_after_sources
def advance(
    reading: Floats, scale: Floats, weights: Floats, head: Floats, memory: Floats, newest: int
) -> float:
    """Take a reading in and judge the window that it completes: its probability of a fault.

    A reading with a number that is none has none, and all windows under way are forgotten.

    reading [F]; scale [2, F], mean and spread; weights [F + 1 + H, 4H]: inputs, bias, recurrent;
    head [H + 1], bias last; memory [T, 2H], state and doubled cell of each half-finished window,
    which is changed; newest says which of them begins at this reading.
    """
    sensors, hidden = len(reading), weights.shape[1] // 4
    projected, odd = weights[sensors].copy(), np.float32(0)
    for f in range(sensors):
        far = (reading[f] - scale[0, f]) / scale[1, f]
        odd += np.float32(far - far)  # not a number, where far is none or infinite
        x = np.float32(min(max(far, -FARTHEST), FARTHEST))
        _add(projected, x, weights[f])
    memory[newest] = 0
    for s in range(len(memory)):
        gates = projected.copy()
        if s != newest:
            for k in range(hidden):
                _add(gates, memory[s, k], weights[sensors + 1 + k])
        _step(gates, memory[s, :hidden], memory[s, hidden:])
    if odd != 0:
        memory[:] = 0
        return np.nan
    logit, finished = head[hidden], memory[(newest + 1) % len(memory)]
    for k in range(hidden):
        logit += head[k] * finished[k]
    return 1 / (1 + np.exp(-np.float64(logit)))
