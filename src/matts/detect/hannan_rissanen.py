"""ARMA coefficients of many series by least squares alone.

Hannan and Rissanen, Biometrika 69, 1982: a long autoregression tells what was not foreseen; then
the series is regressed on its own past and on that. One pass gives the sums for every order.
"""

from typing import NamedTuple

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from matts.domain import Bools, Floats

LONG = 12  # lags of the long autoregression
STEADY = 0.995  # roots of lesser size alone are taken: what is nearer to 1 is for differences


class Arma(NamedTuple):
    """w_t = sum of ar_i w_(t-i) + e_t + sum of ma_j e_(t-j), for S series."""

    ar: Floats  # [S, p]
    ma: Floats  # [S, q]


class Sums(NamedTuple):
    """Sums of products of a value, p values before it and q errors before it."""

    products: Floats  # [S, 1 + p + q, 1 + p + q]
    ar: int  # p

    def arma(self, p: int, q: int) -> Arma:
        """The coefficients of one order."""
        chosen = [*range(p + 1), *range(self.ar + 1, self.ar + 1 + q)]
        found = _solve(self.products[:, chosen][:, :, chosen])
        return Arma(found[:, :p], found[:, p:])


def sums_of(series: Floats, starts: Bools, differences: int, p: int, q: int) -> Sums:
    """What the regressions of all orders up to p, q need: [S, R], NaN where there is no reading."""
    values = differenced(series, starts, differences)
    far = lagged(values, LONG)
    ar = _solve(_products(far))
    errors = far[..., 0] - (far[..., 1:] @ ar[..., None])[..., 0]
    near = np.concatenate([lagged(values, p), lagged(errors, q)[..., 1:]], axis=-1)
    return Sums(_products(near), p)


def differenced(series: Floats, starts: Bools, times: int) -> Floats:
    """The d-th difference, with a gap before each segment: [S, R] -> [S, R + gaps - d].

    >>> differenced(np.array([[1.0, 3, 4, 9]]), np.array([True, False, True, False]), 1).tolist()
    [[nan, 2.0, nan, nan, 5.0]]
    """
    gapped = np.insert(series, np.flatnonzero(starts), np.nan, axis=1)
    return np.asarray(np.diff(gapped, n=times, axis=1))


def lagged(values: Floats, lags: int) -> Floats:
    """Each value and those before it: [S, R] -> [S, R, 1 + lags].

    >>> lagged(np.array([[1.0, 2.0]]), 1).tolist()
    [[[1.0, nan], [2.0, 1.0]]]
    """
    padded = np.pad(values, ((0, 0), (lags, 0)), constant_values=np.nan)
    return sliding_window_view(padded, lags + 1, axis=1)[..., ::-1]


def steady(coefficients: Floats) -> Bools:
    """[S]: whether the recursion x_t = sum of c_i x_(t-i) dies away: [S, k] -> [S].

    >>> steady(np.array([[0.5, 0.3], [1.5, 0.0]])).tolist()
    [True, False]
    """
    count = coefficients.shape[1]
    if not count:
        return np.ones(len(coefficients), np.bool_)
    companion = np.repeat(np.eye(count, k=-1)[None], len(coefficients), axis=0)
    companion[:, 0] = coefficients
    return np.asarray(np.abs(np.linalg.eigvals(companion)).max(axis=1) < STEADY)


def _products(columns: Floats) -> Floats:
    """[S, R, k] -> [S, k, k], of the rows in which nothing is missing."""
    whole = ~np.isnan(columns).any(axis=-1, keepdims=True)
    clean = np.where(whole, columns, 0)
    return np.asarray(clean.transpose(0, 2, 1) @ clean)


def _solve(products: Floats) -> Floats:
    """The regression of the first column on the others: [S, 1 + k, 1 + k] -> [S, k]."""
    inverse = np.linalg.pinv(products[:, 1:, 1:], rcond=1e-10, hermitian=True)
    return np.asarray((inverse @ products[:, 1:, :1])[..., 0])
