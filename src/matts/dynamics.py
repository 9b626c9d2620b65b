"""What the readings just before it foretell of a reading, and what they do not."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from matts.domain import Floats, Ints, Windows
from matts.windows import Scaler

RIDGE = 0.03  # what squared weights cost, beside variances of about 1


@dataclass(frozen=True)
class Dynamics:
    """A linear forecast of every sensor from all sensors, `lags` readings back.

    A vector autoregression (Lütkepohl, New Introduction to Multiple Time Series Analysis, 2005)
    with a small ridge. It is one for all training readings, each counted from the mean of its
    class: so it learns how the machine moves, not where it stands, from all faults together.
    """

    scaler: Scaler
    weights: Floats  # [L, F, F], the reading before first

    @classmethod
    def fit(cls, windows: Windows, lags: int) -> Self:
        """Learn from the rows of training windows; never more than half of a window is the past."""
        scaler = _healthy_scale(windows)
        lags, count = min(lags, (windows.length - 1) // 2), len(windows.sensors)
        rows = _off_class_means(scaler(windows.rows).astype(np.float64), windows)
        now = _moments(windows, lags)
        if not lags or not len(now):
            return cls(scaler, np.zeros((0, count, count)))
        past = rows[now[:, None] - np.arange(1, lags + 1)].reshape(len(now), -1)
        moments = past.T @ past / len(now) + RIDGE * np.eye(past.shape[1])
        weights = np.linalg.solve(moments, past.T @ rows[now] / len(now))
        return cls(scaler, weights.reshape(lags, count, count))

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, NDArray[Any]]) -> Self:
        """The same again, from what `arrays` gave."""
        return cls(Scaler.from_arrays(arrays), arrays["dynamics"])

    @property
    def arrays(self) -> dict[str, Floats]:
        """Scale and weights by name, to be kept with a model."""
        return {**self.scaler.arrays, "dynamics": self.weights}

    def scaled(self, windows: Windows) -> Windows:
        """The windows in spreads from the healthy mean, with the rows that they need alone."""
        tight = windows.tight()
        return replace(tight, rows=self.scaler(tight.rows).astype(np.float64))

    def unforeseen(self, windows: Windows) -> Windows:
        """What is off the forecast in scaled windows: shorter ones, without those that foretell.

        So nothing that came before a window is looked at.
        """
        off = windows.rows.copy()
        for back, weights in enumerate(self.weights, start=1):
            off[back:] -= windows.rows[:-back] @ weights
        return replace(windows, rows=off, length=windows.length - len(self.weights))


def _healthy_scale(windows: Windows) -> Scaler:
    """Mean and spread of each sensor in healthy rows, of all rows where none is."""
    healthy = windows.row_healthy
    return Scaler.fit(windows.rows[healthy] if healthy.any() else windows.rows)


def _off_class_means(rows: Floats, windows: Windows) -> Floats:
    """[R, F]: each row less the mean of the rows with the same faults, or with none known."""
    kinds = np.column_stack([windows.row_healthy, windows.row_faults])
    _, which = np.unique(kinds, axis=0, return_inverse=True)
    sums = np.zeros((which.max() + 1, rows.shape[1]))
    np.add.at(sums, which, rows)
    return np.asarray(rows - (sums / np.bincount(which)[:, None])[which])


def _moments(windows: Windows, lags: int) -> Ints:
    """The rows with so many rows of their segment before them."""
    rows = np.arange(lags, len(windows.rows))
    if windows.segments is None:
        return rows
    return np.asarray(rows[windows.segments[rows] == windows.segments[rows - lags]])
