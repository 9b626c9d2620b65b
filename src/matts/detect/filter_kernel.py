"""The filter of `state_space`, compiled by Numba (extra `fast`); importing it needs Numba."""

from typing import Any

import numpy as np
from numba import njit

from matts.domain import Bools, Floats

THREE = 3
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


@njit(inline="always")
def _three(values: Any) -> Any:
    """Up to three numbers, and zeros for the rest."""
    size = len(values)
    return values[0], values[1] if size > 1 else 0.0, values[2] if size == THREE else 0.0


@njit(error_model="numpy", fastmath={"contract"})
def _coast_three(mean: Any, settled: Any, readings: Any, starts: Any, errors: Any) -> int:
    """Coast with up to three states, which stay in the processor's registers."""
    closed, gain, design = settled
    none = np.zeros_like(gain)
    (k0, k1, k2), (z0, z1, z2), (a0, a1, a2) = _three(gain), _three(design), _three(mean)
    f0, f1, f2 = _three(closed[0])
    g0, g1, g2 = _three(closed[1] if len(gain) > 1 else none)
    h0, h1, h2 = _three(closed[2] if len(gain) == THREE else none)
    done = len(readings)
    for t in range(len(readings)):
        y = readings[t]
        if starts[t] or np.isnan(y):
            done = t
            break
        errors[t] = y - ((z0 * a0 + z1 * a1) + z2 * a2)
        a0, a1, a2 = (
            (f0 * a0 + f1 * a1) + (f2 * a2 + k0 * y),
            (g0 * a0 + g1 * a1) + (g2 * a2 + k1 * y),
            (h0 * a0 + h1 * a1) + (h2 * a2 + k2 * y),
        )
    for i, value in enumerate((a0, a1, a2)):
        if i < len(mean):
            mean[i] = value
    return done


@njit(error_model="numpy", fastmath={"contract"})
def _coast(mean: Any, settled: Any, readings: Any, starts: Any, errors: Any) -> int:
    """Filter with a gain that stays, to the next gap or segment; how many readings that were."""
    if len(mean) <= THREE:
        return _coast_three(mean, settled, readings, starts, errors)
    (closed, gain, design), old = settled, mean.copy()
    for t in range(len(readings)):
        if starts[t] or np.isnan(readings[t]):
            return t
        errors[t] = readings[t] - _forecast(mean, design)
        _mean_on(mean, old, closed, gain, readings[t])
    return len(readings)


@njit(error_model="numpy")
def _used(start: Any) -> int:
    """How many states there are without the last ones that are always 0."""
    size = len(start)
    while size > 1 and start[size - 1, size - 1] == 0.0:
        size -= 1
    return size


@njit(error_model="numpy", fastmath={"contract"})
def _filter(own: Any, known: Any, readings: Any, starts: Any, errors: Any, variances: Any) -> None:
    """One series. Once a spread is settled it stays, and a step is one small product."""
    (design, transition, added, noise, start), (mean, spread) = own, known
    gain, seen = np.zeros_like(mean), np.zeros_like(mean)
    half, closed, t = np.zeros_like(spread), np.zeros_like(spread), 0
    while t < len(readings):
        if starts[t]:
            _forget(mean, spread, start)
        variance = _gain(spread, design, transition, noise, gain, seen)
        error = readings[t] - _forecast(mean, design)
        errors[t], variances[t] = error, variance
        there, t = not np.isnan(error), t + 1
        if not there:
            gain[:], error = 0.0, 0.0
        settled = _spread_on(spread, half, transition, added, gain, variance)
        _mean_on(mean, seen, transition, gain, error)
        if settled and there:
            _close(closed, transition, gain, design)
            n = _coast(mean, (closed, gain, design), readings[t:], starts[t:], errors[t:])
            variances[t : t + n] = variance
            t += n


@njit(cache=True, nogil=True, error_model="numpy", fastmath={"contract"})
def run(
    model: Any, memory: Any, series: Floats, starts: Bools, errors: Floats, variances: Floats
) -> None:
    """Filter every series, as `state_space.run_numpy` does."""
    for c in range(len(errors)):
        m = _used(model.start[c])
        parts = model.transition[c, :m, :m], model.added[c, :m, :m], model.start[c, :m, :m]
        transition, added, start = parts[0].copy(), parts[1].copy(), parts[2].copy()
        own = model.design[c, :m].copy(), transition, added, model.noise[c], start
        known = memory.mean[c, :m].copy(), memory.spread[c, :m, :m].copy()
        _filter(own, known, series[c % len(series)], starts, errors[c], variances[c])
        memory.mean[c, :m], memory.spread[c, :m, :m] = known
