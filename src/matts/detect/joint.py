"""One state space for all sensors together: levels that wander side by side under shared noise.

    level' = level + noise(Q),   reading = level + noise(H),   Q and H full covariances

(Harvey, Forecasting, Structural Time Series Models and the Kalman Filter, 1989, chapter 8.)
"""

from collections.abc import Mapping
from typing import NamedTuple, Self

import numpy as np
from scipy.linalg import eigh

from matts.detect.innovations import FLOOR, Series
from matts.detect.state_space import DIFFUSE
from matts.domain import Bools, Floats

SPAN = 10  # readings apart: what wanders shows there, noise shows from one to the next
SLOWEST = 1e-4  # the least q/h, so that a gain settles: such a level is a mean of 100 readings
SETTLED = 1e-12  # a spread that changes by a smaller share than this stays
MOMENTS = 10  # whole rows a sensor that a search needs


class Levels(NamedTuple):
    """The covariances of a reading's noise and of a step of the levels."""

    noise: Floats  # [F, F], H
    added: Floats  # [F, F], Q


class Apart(NamedTuple):
    """Mixtures of the sensors whose levels and noises have nothing to do with each other."""

    mix: Floats  # [F, F], a row a mixture
    back: Floats  # [F, F], the inverse

    @classmethod
    def of(cls, levels: Levels) -> Self:
        """Any two covariances have such mixtures: the generalised eigenvectors of Q and H."""
        _, axes = eigh(levels.added, levels.noise)
        return cls(axes.T, levels.noise @ axes)

    def split(self, series: Series) -> Series:
        """The mixtures as series; a row that lacks a reading is missing as a whole.

        Where hardly a row is whole, a missing reading takes the mean.
        """
        values = np.where(np.isnan(series.values).all(axis=1, keepdims=True), 0, series.values)
        whole = ~np.isnan(values).any(axis=0)
        if whole.sum() < MOMENTS * len(values):
            none = np.isnan(series.values).all(axis=0)
            values = np.where(none, np.nan, np.nan_to_num(values))
        return Series(self.mix @ values, series.starts)

    def join(self, variances: Floats) -> Levels:
        """The covariances of which the mixtures have these variances: [F, 2]."""
        noise, steps = variances.T
        steps = np.maximum(steps, SLOWEST * noise)
        return Levels(self.back * noise @ self.back.T, self.back * steps @ self.back.T)


def by_moments(series: Series) -> Levels:
    """Covariances from how far readings move: k readings apart they differ by 2 H + k Q."""
    near, far = _moved(series, 1), _moved(series, SPAN)
    added = _positive((far - near) / (SPAN - 1), 0.0)
    noise = (near - added) / 2
    still = np.diag(near) == 0
    noise[np.diag_indices(len(noise))] += still
    return Levels(_positive(noise, FLOOR), added)


def _moved(series: Series, apart: int) -> Floats:
    """[F, F]: the covariance of what changes over so many readings of a segment."""
    segment = np.cumsum(series.starts)
    same = segment[apart:] == segment[:-apart]
    moved = (series.values[:, apart:] - series.values[:, :-apart])[:, same]
    known = (~np.isnan(moved)).astype(np.float64)
    moved = np.nan_to_num(moved)
    return np.asarray(moved @ moved.T / np.maximum(known @ known.T, 1))


def _positive(covariance: Floats, least: float) -> Floats:
    """The nearest one without a variance below the least."""
    variances, axes = np.linalg.eigh(covariance)
    return np.asarray(axes * np.maximum(variances, least) @ axes.T)


class JointFilter:
    """What is known of the levels, reading after reading."""

    def __init__(self, levels: Levels) -> None:
        self.levels, size = levels, len(levels.noise)
        self.blank = np.zeros(size), DIFFUSE * np.eye(size)
        self._forget()

    def _forget(self) -> None:
        self.mean: Floats
        self.spread: Floats
        self.mean, self.spread = self.blank
        self.precision: Floats | None = None  # of an innovation, once it has settled

    @property
    def memory(self) -> dict[str, Floats]:
        """What is known of the levels; a precision of 0 has not settled."""
        none = np.zeros_like(self.spread)
        precision = none if self.precision is None else self.precision
        return {"mean": self.mean, "spread": self.spread, "precision": precision}

    def recall(self, memory: Mapping[str, Floats]) -> None:
        """Go on from there."""
        self.mean, self.spread = memory["mean"].copy(), memory["spread"].copy()
        settled = memory["precision"].any()
        self.precision = memory["precision"].copy() if settled else None

    def squares(self, series: Floats, starts: Bools) -> Floats:
        """Each reading's part of v'F⁻¹v: [F, R] -> [F, R], NaN where there is none.

        It is v * (F⁻¹v) with v the innovation and F its covariance, and may be negative. A missing
        reading is forecast and changes nothing.
        """
        parts = np.full(series.shape, np.nan)
        for t, starting in enumerate(starts):
            if starting:
                self._forget()
            seen = ~np.isnan(series[:, t])
            errors = series[seen, t] - self.mean[seen]
            parts[seen, t] = errors * self._take(errors, seen)
        return parts

    def _take(self, errors: Floats, seen: Bools) -> Floats:
        """F⁻¹v of the sensors that are there; takes their errors in, and a step."""
        if self.precision is not None and seen.all():
            weighted = self.precision @ errors
            self.mean = self.mean + self.spread @ weighted
            return np.asarray(weighted)
        spread, (noise, added) = self.spread, self.levels
        precision = np.linalg.inv((spread + noise)[np.ix_(seen, seen)])
        gain = spread[:, seen] @ precision
        self.mean = self.mean + gain @ errors
        # the same as P - K P, without the difference of two numbers that are nearly equal
        known = gain @ noise if seen.all() else spread - gain @ spread[seen]
        self.spread = (known + known.T) / 2 + added
        still = np.abs(self.spread - spread).max() <= SETTLED * np.abs(spread).max()
        self.precision = precision if still and seen.all() else None
        return np.asarray(precision @ errors)
