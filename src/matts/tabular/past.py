"""What the past of each machine says of each of its readings: never a later one.

An expanding figure is of the machine's whole past, the reading itself included; a rolling one, a
step and an EWM are of the unbroken run of readings that it is in. A missing reading (NaN) teaches
nothing: the others are used, and what is of that reading itself (z, step) is NaN.
"""

from functools import cache
from importlib.util import find_spec
from typing import Literal, NamedTuple

import numpy as np

from matts.domain import BadInputError, Bools, Floats
from matts.tabular.coming import spans
from matts.tabular.rows import Rows

Kernel = Literal["auto", "numba", "numpy"]

SPAN = 5  # readings that a rolling figure looks at, and the span of the EWM
MEMORY = SPAN - 1  # readings before a row that its rolling figures share with theirs
DECAY = 1 - 2 / (SPAN + 1)  # of the weight of a reading in the EWM, for each later one


class Past(NamedTuple):
    """[R, S] each."""

    z: Floats  # (s - mean) / sd of the machine so far, ddof 1; NaN for its first, 0 where sd is 0
    mean: Floats  # of the last 5 readings, fewer at the start
    sd: Floats  # of those, ddof 1; NaN for one alone
    step: Floats  # since the reading before; NaN for the first
    ewm: Floats  # weights fall by a third a reading, and are normed


def past_of(values: Floats, rows: Rows, kernel: Kernel = "auto") -> Past:
    """What the past says of readings [R, S], compiled if Numba (extra `fast`) is there.

    Raises:
        BadInputError: Numba is asked for and is not there.
    """
    machines, runs = rows.first_of_machine, rows.first_of_segment
    compiled = has_numba()
    if kernel == "numba" and not compiled:
        msg = "tabular.features.kernel=numba needs Numba: pip install 'matts[fast]'"
        raise BadInputError(msg)
    if kernel == "numpy" or not compiled:
        return past_by_numpy(values, machines, runs)
    from matts.tabular.feature_kernel import walk  # noqa: PLC0415 (Numba is an extra)

    past = Past(*(np.empty(values.shape, order="F") for _ in Past._fields))
    walk(np.asfortranarray(values), machines, runs, DECAY, past)
    return past


@cache
def has_numba() -> bool:
    """Whether the extra `fast` is there."""
    return find_spec("numba") is not None


def past_by_numpy(values: Floats, machines: Bools, runs: Bools) -> Past:
    """The same without Numba: machine by machine, run by run."""
    past = Past(*(np.full(values.shape, np.nan, order="F") for _ in Past._fields))
    for begin, end in spans(machines):
        past.z[begin:end] = _z(values[begin:end])
    for begin, end in spans(runs):
        own = values[begin:end]
        past.ewm[begin:end] = _ewm(own)
        past.step[begin + 1 : end] = own[1:] - own[:-1]
        past.mean[begin:end], past.sd[begin:end] = _rolling(own)
    return past


def _z(own: Floats) -> Floats:
    """Welford's sums (Technometrics 4(3), 1962), as cumulative ones: [n, S]."""
    there = ~np.isnan(own)
    count = np.cumsum(there, axis=0)
    first = own[there.argmax(axis=0), np.arange(own.shape[1])]
    off = np.where(there, own - first, 0.0)  # about the first one: no digits are lost
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = np.where(count > 0, np.cumsum(off, axis=0) / count, 0.0)
        before = np.vstack([np.zeros((1, own.shape[1])), mean[:-1]])
        squares = np.cumsum(np.where(there, (off - before) * (off - mean), 0.0), axis=0)
        z = (off - mean) / np.sqrt(squares / (count - 1))
    z[squares == 0] = 0.0
    z[~there | (count == 1)] = np.nan
    return np.asarray(z)


def _rolling(own: Floats) -> tuple[Floats, Floats]:
    """Mean and deviation of the last readings of each: [n, S] each."""
    lags = np.full((SPAN, *own.shape), np.nan)
    for lag in range(min(SPAN, len(own))):
        lags[lag, lag:] = own[: len(own) - lag]
    there = ~np.isnan(lags)
    count = there.sum(axis=0)
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = np.where(there, lags, 0.0).sum(axis=0) / count
        squares = np.square(np.where(there, lags - mean, 0.0)).sum(axis=0)
        sd = np.sqrt(squares / (count - 1))
    sd[count < 2] = np.nan  # noqa: PLR2004 (one reading has no deviation)
    return mean, sd


def _ewm(own: Floats) -> Floats:
    """Weighted sum by the sum of the weights: [n, S]."""
    from scipy.signal import lfilter  # noqa: PLC0415 (it takes half a second)

    there = ~np.isnan(own)
    sums = [
        lfilter([1.0], [1.0, -DECAY], each, axis=0)
        for each in (np.where(there, own, 0.0), there.astype(np.float64))
    ]
    with np.errstate(invalid="ignore"):
        return np.asarray(sums[0] / sums[1])
