"""Intervals that hold the truth as often as they promise, from errors on units held out."""

from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from matts.domain import Floats

BINS = 12  # levels of what was foreseen at most, each with errors of its own


@dataclass(frozen=True)
class Interval:
    """What truth was less what was foreseen, at its low and its high end, by what was foreseen.

    Conformal: quantiles of errors on units that were held out, as if one more unit lay beyond each
    end (Vovk et al., Algorithmic Learning in a Random World, 2005), taken at each level of what is
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
        order = np.argsort(foreseen, kind="stable")
        weight, own = (1 / counts[which])[order], which[order]
        place = np.cumsum(weight) / weight.sum()
        most = max(min(BINS, int(len(foreseen) * (1 - confidence) / 2)), 1)
        bins = np.minimum((place * most).astype(int), most - 1)
        error = (truth - foreseen)[order]
        parts = [bins == b for b in range(most) if (bins == b).any()]
        levels = np.array([foreseen[order][part].mean() for part in parts])
        ends = [_ends(confidence, len(np.unique(own[part]))) for part in parts]
        taken = zip(parts, ends, strict=True)
        found = np.array([_quantiles(error[part], weight[part], end) for part, end in taken])
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
    """The shares of errors below both ends, widened as if one unit more were beyond each.

    >>> _ends(0.9, 19), _ends(0.9, 10_000)[1] > 0.95
    ((0.0, 1.0), True)
    """
    above = min((1 + confidence) / 2 * (units + 1) / units, 1.0)
    return 1 - above, above


def _quantiles(error: Floats, weight: Floats, ends: tuple[float, float]) -> Floats:
    return np.asarray(np.quantile(error, ends, weights=weight, method="inverted_cdf"))


def cover(truth: Floats, low: Floats, high: Floats) -> NDArray[np.bool_]:
    """Which intervals hold the truth: [N]."""
    return np.asarray((low <= truth) & (truth <= high))
