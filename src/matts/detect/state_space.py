"""One Kalman filter for many series at once: what is forecast, and how sure the forecast is.

    state' = T state + noise(Q),   reading = z state + noise(h)

A step costs the same however long the series is. (Durbin and Koopman, Time Series Analysis by
State Space Methods, 2012, chapter 4.)
"""

import logging
from collections.abc import Callable
from functools import cache
from typing import Any, NamedTuple

import numpy as np

from matts.domain import Bools, Floats

log = logging.getLogger(__name__)

DIFFUSE = 1e6  # the variance of a state of which nothing is known yet, as statsmodels has it


class Model(NamedTuple):
    """S series with M states each."""

    design: Floats  # [S, M], z
    transition: Floats  # [S, M, M], T
    added: Floats  # [S, M, M], Q: the variance that a step adds to the state
    noise: Floats  # [S], h: that of a reading
    start: Floats  # [S, M, M]: that of the state before the first reading; its mean is 0


class Memory(NamedTuple):
    """What the filter knows of the next state of each series; it is changed by filtering."""

    mean: Floats  # [S, M]
    spread: Floats  # [S, M, M]


class Innovations(NamedTuple):
    """How far each reading lies from its forecast, and the variance of that distance."""

    errors: Floats  # [S, R], NaN where there is no reading
    variances: Floats  # [S, R]


def begin(model: Model) -> Memory:
    """What is known before the first reading."""
    return Memory(np.zeros_like(model.design), model.start.copy())


def innovate(
    model: Model, series: Floats, starts: Bools, memory: Memory | None = None
) -> Innovations:
    """Filter the readings: [F, R], [R] whether one begins a segment, where the filter forgets all.

    Where the model has several times F series, each reading goes to every F-th of them. With a
    `memory` the filter goes on where that stopped, one reading at a time if need be. A missing
    reading (NaN) is forecast and changes nothing.

    >>> one = np.ones((1, 1, 1))
    >>> walk = Model(one[0], one, one, np.zeros(1), DIFFUSE * one)
    >>> readings = np.array([[3.0, 4.0, np.nan, 6.0]])
    >>> found = innovate(walk, readings, np.array([True, False, False, False]))
    >>> found.errors.round(6).tolist(), found.variances.tolist()
    ([[3.0, 1.0, nan, 2.0]], [[1000000.0, 1.0, 1.0, 2.0]])
    """
    shape = len(model.design), series.shape[1]
    found = Innovations(np.empty(shape), np.empty(shape))
    known = begin(model) if memory is None else memory
    _engine()(model, known, np.ascontiguousarray(series, np.float64), starts, *found)
    return found


@cache
def _engine() -> Callable[..., Any]:
    """Compiled, where Numba works: some ten times faster."""
    try:
        from matts.detect.filter_kernel import run  # noqa: PLC0415 (Numba is an extra)
    except (ImportError, RuntimeError) as error:  # RuntimeError: nowhere to keep compiled code
        log.warning("ARIMA and Kalman take longer (%s): pip install 'matts[fast]'", error)
        return run_numpy
    return run  # type: ignore[no-any-return]


def run_numpy(
    model: Model, memory: Memory, series: Floats, starts: Bools, errors: Floats, variances: Floats
) -> None:
    """Filter all series side by side; fills errors and variances [S, R], changes the memory."""
    mean, spread = memory.mean[..., None], memory.spread
    design, turned = model.design[..., None], model.transition.transpose(0, 2, 1)
    readings = np.tile(series, (len(errors) // len(series), 1))
    for t, starting in enumerate(starts):
        if starting:
            mean[:], spread[:] = 0.0, model.start
        seen = spread @ design
        variances[:, t] = (design * seen).sum(axis=(1, 2)) + model.noise
        errors[:, t] = readings[:, t] - (design * mean).sum(axis=(1, 2))
        there = ~np.isnan(errors[:, t, None, None])
        gain = np.where(there, model.transition @ seen / variances[:, t, None, None], 0.0)
        mean[:] = model.transition @ mean + gain * np.where(there, errors[:, t, None, None], 0.0)
        lost = variances[:, t, None, None] * gain @ gain.transpose(0, 2, 1)
        spread[:] = model.transition @ spread @ turned - lost + model.added
