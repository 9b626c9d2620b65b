"""Canonical variates: what of the past tells the future, from the most telling to the least.

Shapes: M moments in time, D numbers that the past or the future of a moment has.
"""

from typing import NamedTuple

import numpy as np

from matts.domain import Bools, Floats, Ints, Windows

LARGEST = 1 - 1e-9  # a correlation of 1 has no logarithm


class Canonical(NamedTuple):
    """Axes of the past whose variates have variance 1, and no correlation with each other."""

    axes: Floats  # [D, D], a row an axis
    back: Floats  # [D, D], the inverse
    correlations: Floats  # [D], of each variate with the best forecast of the future, falling


class Passage(NamedTuple):
    """Where each moment may look: rows of one segment, faulty ones or not."""

    segments: Ints  # [R]
    healthy: Bools  # [R]

    @classmethod
    def of(cls, windows: Windows) -> "Passage":
        """The segments and faults of the rows that windows look into."""
        count = len(windows.rows)
        segments = np.zeros(count, np.int64) if windows.segments is None else windows.segments
        return cls(segments, windows.row_healthy)

    def around(self, moments: Ints, steps: Ints) -> tuple[Ints, Bools]:
        """[M], [L] -> the rows so many steps away [M, L], and whether they are of the segment."""
        rows = moments[:, None] + steps
        inside = (rows >= 0) & (rows < len(self.segments))
        rows = np.where(inside, rows, moments[:, None])
        return rows, inside & (self.segments[rows] == self.segments[moments][:, None])

    def sound(self, steps: Ints) -> Ints:
        """The moments with a healthy row at each step; else the healthy ones; else all."""
        moments = np.arange(len(self.segments))
        rows, inside = self.around(moments, steps)
        whole = (inside & self.healthy[rows]).all(axis=1)
        for chosen in (whole, self.healthy):
            if chosen.any():
                return moments[chosen]
        return moments


def canonical(past: Floats, future: Floats, ridge: float) -> Canonical:
    """The canonical variates of pasts and futures [M, D], both of mean about 0.

    They come from the singular values of the covariance between both, each made white (Larimore,
    American Control Conference, 1983). The ridge is added to the variances, which are about 1; a
    number that never moved counts as one that moves by 1.
    """
    to_white, back = whitening(past, ridge)
    across = past.T @ future / len(past)
    turned, correlations, _ = np.linalg.svd(to_white @ across @ whitening(future, ridge)[0])
    return Canonical(turned.T @ to_white, back @ turned, correlations)


def whitening(values: Floats, ridge: float) -> tuple[Floats, Floats]:
    """[M, D] -> the symmetric roots of the covariance's inverse and of itself, [D, D] each."""
    covariance = values.T @ values / len(values)
    still = np.diag(covariance) == 0
    covariance[np.diag_indices(len(covariance))] += np.where(still, 1.0, ridge)
    variances, axes = np.linalg.eigh(covariance)
    spreads = np.sqrt(np.maximum(variances, ridge))
    return axes / spreads @ axes.T, axes * spreads @ axes.T


def states_of(correlations: Floats, moments: int) -> int:
    """How many variates are a state: Akaike's criterion, from M moments.

    The least of M ln(1 - r1²)...(1 - rk²) + 2 k (2 D - k) over k (Fujikoshi and Veitch, Biometrika
    66, 1979), at least one and not all.

    >>> states_of(np.array([0.9, 0.5, 0.02, 0.01]), 500)
    2
    """
    size = len(correlations)
    kept = np.arange(1, max(size, 2))
    logs = np.log(1 - np.minimum(correlations, LARGEST)[: len(kept)] ** 2)
    return int(kept[np.argmin(moments * np.cumsum(logs) + 2 * kept * (2 * size - kept))])


def indices(found: Canonical, states: int) -> tuple[Floats, Floats, Floats]:
    """Three forms A [., D], of which |A p|² says how strange a past p is.

    T² of the state, T² of the variates beside it, and Q: what the state cannot rebuild (Russell,
    Chiang and Braatz, Data-driven Methods for Fault Detection and Diagnosis, 2000, chapter 7).
    """
    rebuilt = found.back[:, :states] @ found.axes[:states]
    return found.axes[:states], found.axes[states:], np.eye(len(rebuilt)) - rebuilt


def root(forms: tuple[Floats, ...], weights: Floats) -> Floats:
    """[D, D]: the symmetric S with |S p|² = the weighted sum of |A p|² over the forms."""
    matrix = sum(weight * form.T @ form for form, weight in zip(forms, weights, strict=True))
    values, axes = np.linalg.eigh(matrix)
    return np.asarray(axes * np.sqrt(np.maximum(values, 0)) @ axes.T)
