"""The filter of `state_space`, compiled by Numba (extra `fast`); importing it needs Numba."""

from typing import Any

import numpy as np
from numba import njit

from matts.domain import Bools, Floats

SETTLED = 1e-13  # a spread that changes by a smaller share than this has reached its final value


@njit(inline="always")
def _forget(mean: Any, spread: Any, start: Any) -> None:
    """Back to the state before the first reading."""
    for i in range(len(mean)):
        mean[i] = 0.0
        for j in range(len(mean)):
            spread[i, j] = start[i, j]


@njit(inline="always")
def _gain(spread: Any, design: Any, transition: Any, noise: float, gain: Any, seen: Any) -> float:
    """The variance f of the next innovation, and the gain T P z / f."""
    variance = noise
    for i in range(len(design)):
        seen[i] = 0.0
        for j in range(len(design)):
            seen[i] += spread[i, j] * design[j]
        variance += design[i] * seen[i]
    for i in range(len(design)):
        gain[i] = 0.0
        for j in range(len(design)):
            gain[i] += transition[i, j] * seen[j]
        gain[i] /= variance
    return variance


@njit(inline="always")
def _spread_on(
    spread: Any, half: Any, transition: Any, added: Any, gain: Any, variance: float
) -> bool:
    """P <- T P T' - k f k' + Q in place; whether it is as it was before."""
    size, largest, moved = len(gain), 0.0, 0.0
    half[:] = 0.0
    for i in range(size):
        for k in range(size):
            if transition[i, k] != 0.0:
                for j in range(size):
                    half[i, j] += transition[i, k] * spread[k, j]
    for i in range(size):
        for j in range(size):
            new = added[i, j] - gain[i] * variance * gain[j]
            for k in range(size):
                new += half[i, k] * transition[j, k]
            moved, largest = max(moved, abs(new - spread[i, j])), max(largest, abs(new))
            spread[i, j] = new
    return moved <= SETTLED * largest


@njit(inline="always")
def _mean_on(mean: Any, old: Any, matrix: Any, gain: Any, by: float) -> None:
    """Take a step in place: a <- T a + k v, or the same as (T - k z') a + k y."""
    for i in range(len(mean)):
        old[i] = mean[i]
    for i in range(len(mean)):
        new = gain[i] * by
        for j in range(len(mean)):
            new += matrix[i, j] * old[j]
        mean[i] = new


@njit(inline="always")
def _close(closed: Any, transition: Any, gain: Any, design: Any) -> None:
    """T - k z'."""
    for i in range(len(gain)):
        for j in range(len(gain)):
            closed[i, j] = transition[i, j] - gain[i] * design[j]


@njit(inline="always")
def _forecast(mean: Any, design: Any) -> float:
    total = 0.0
    for i in range(len(mean)):
        total += design[i] * mean[i]
    return total


@njit(error_model="numpy", fastmath={"contract"})
def _coast(mean: Any, settled: Any, readings: Any, starts: Any, errors: Any) -> int:
    """Filter with a gain that stays, to the next gap or segment; how many readings that were."""
    closed, gain, design = settled
    old = mean.copy()
    for t in range(len(readings)):
        if starts[t] or np.isnan(readings[t]):
            return t
        errors[t] = readings[t] - _forecast(mean, design)
        _mean_on(mean, old, closed, gain, readings[t])
    return len(readings)


@njit(cache=True, nogil=True, error_model="numpy", fastmath={"contract"})
def run(
    model: Any, memory: Any, series: Floats, starts: Bools, errors: Floats, variances: Floats
) -> None:
    """Filter every column, as `state_space.run_numpy` does.

    Once a spread is settled it stays, and a step is one small product.
    """
    for c in range(len(errors)):
        design, transition, added = model.design[c], model.transition[c], model.added[c]
        mean, spread, readings = memory.mean[c], memory.spread[c], series[c % len(series)]
        gain, seen = np.zeros_like(mean), np.zeros_like(mean)
        half, closed, t = np.zeros_like(spread), np.zeros_like(spread), 0
        while t < len(readings):
            if starts[t]:
                _forget(mean, spread, model.start[c])
            variance = _gain(spread, design, transition, model.noise[c], gain, seen)
            error = readings[t] - _forecast(mean, design)
            errors[c, t], variances[c, t] = error, variance
            there, t = not np.isnan(error), t + 1
            if not there:
                gain[:], error = 0.0, 0.0
            settled = _spread_on(spread, half, transition, added, gain, variance)
            _mean_on(mean, seen, transition, gain, error)
            if settled and there:
                _close(closed, transition, gain, design)
                n = _coast(mean, (closed, gain, design), readings[t:], starts[t:], errors[c, t:])
                variances[c, t : t + n] = variance
                t += n
