"""Intervals that hold the truth as often as they promise, from errors on units held out."""

from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from matts.domain import Floats

BINS = 12  # levels of what was foreseen, each with errors of its own


@dataclass(frozen=True)
class Interval:
    """What truth was less what was foreseen, at its low and its high end, by what was foreseen.

    Conformal: quantiles of errors on units that were held out, a little wider for there are few of
    them (Vovk et al., Algorithmic Learning in a Random World, 2005), taken at each level of what is
    foreseen apart, for the near end is known better than the far one.
    """

    levels: Floats  # [B], what is foreseen
    below: Floats  # [B], readings
    above: Floats  # [B], readings
    cap: float

    @classmethod
    def fit(
        cls, foreseen: Floats, truth: Floats, units: NDArray[Any], confidence: float, cap: float
    ) -> Self:
        """Learn from what was foreseen of units held out [N], and their truth [N]."""
        _, which, counts = np.unique(units, return_inverse=True, return_counts=True)
        ends = _ends(confidence, len(counts))
        order = np.argsort(foreseen, kind="stable")
        weight = (1 / counts[which])[order]
        place = np.cumsum(weight) / weight.sum()
        bins = np.minimum((place * BINS).astype(int), BINS - 1)
        error = (truth - foreseen)[order]
        parts = [bins == b for b in range(BINS) if (bins == b).any()]
        levels = np.array([foreseen[order][part].mean() for part in parts])
        found = np.array([_quantiles(error[part], weight[part], ends) for part in parts])
        return cls(levels, found[:, 0], found[:, 1], cap)

    @classmethod
    def unknown(cls, cap: float) -> Self:
        """Before anything was held out: all that there is, from 0 to the cap."""
        return cls(np.zeros(1), np.array([-cap]), np.array([cap]), cap)

    def __call__(self, foreseen: Floats) -> tuple[Floats, Floats]:
        """The low and the high end for what is foreseen, within 0 and the cap: [N], [N]."""
        low = foreseen + np.interp(foreseen, self.levels, self.below)
        high = foreseen + np.interp(foreseen, self.levels, self.above)
        low, high = np.clip(low, 0, self.cap), np.clip(high, 0, self.cap)
        return np.minimum(low, foreseen), np.maximum(high, foreseen)

    @property
    def arrays(self) -> dict[str, Floats]:
        """The levels and both ends, to be kept with a model."""
        return {"levels": self.levels, "below": self.below, "above": self.above}


def _ends(confidence: float, units: int) -> tuple[float, float]:
    """The shares of errors below both ends, widened for so few units."""
    outside = (1 - confidence) / 2
    low = np.floor((units + 1) * outside) / units
    return float(np.clip(low, 0, 1)), float(np.clip(1 - low, 0, 1))


def _quantiles(error: Floats, weight: Floats, ends: tuple[float, float]) -> Floats:
    return np.asarray(np.quantile(error, ends, weights=weight, method="inverted_cdf"))


def cover(truth: Floats, low: Floats, high: Floats) -> NDArray[np.bool_]:
    """Which intervals hold the truth: [N]."""
    return np.asarray((low <= truth) & (truth <= high))
