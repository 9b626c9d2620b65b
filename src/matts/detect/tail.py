"""One scale for unlike scores: how rarely a healthy window scores as high."""

from collections.abc import Sequence
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field

from matts.detect.alarms import Scored
from matts.detect.limits import FEWEST_EXCESSES, pareto
from matts.domain import Floats

SHARE = 0.05  # of the healthy scores that the tail is fitted to
KNOTS = 40  # that the other scores are kept by
LIGHTEST = 0.01  # a shape that is all but exponential; a lighter tail would end, and rank nothing


class Tail(BaseModel):
    """How often healthy scores are as high as a score, as -log10 of that share: its surprise.

    Up to the highest 5 % the share is counted, in between it is a straight line in the surprise;
    above them a generalised Pareto tail goes on from there (Pickands, The Annals of Statistics 3,
    1975), which never ends: of two scores the higher is more surprising, however far out.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    levels: tuple[float, ...] = Field(min_length=1)  # healthy scores, rising; the tail comes next
    surprises: tuple[float, ...] = Field(min_length=1)  # of these
    shape: float = Field(gt=0)
    scale: float = Field(gt=0)

    @classmethod
    def fit(cls, healthy: Floats) -> Self:
        """From healthy scores that the detector was not fitted on: [M]; what is no number is left.

        >>> Tail.fit(np.arange(1000.0))(np.array([-5.0, 0.0, 900.0])).round(2).tolist()
        [0.0, 0.0, 1.0]
        """
        known = np.sort(healthy[np.isfinite(healthy)].astype(np.float64))
        known = known if len(known) else np.zeros(1)
        grid = np.linspace(0, 1 - SHARE, KNOTS)
        levels = np.unique(np.quantile(known, grid, method="inverted_cdf"))
        reached = 1 - np.searchsorted(known, levels) / len(known)
        shape, scale = _beyond(known, levels[-1])
        return cls(
            levels=tuple(levels.tolist()),
            surprises=tuple((-np.log10(reached)).tolist()),
            shape=shape,
            scale=scale,
        )

    def __call__(self, scores: Floats) -> Floats:
        """How surprising each score is: [N] -> [N]; 2 is as high as one healthy score in 100."""
        scores = np.asarray(scores, np.float64)
        with np.errstate(divide="ignore"):  # nothing beyond the start: log 0, and so no surprise
            beyond = np.log(np.maximum(scores - self.levels[-1], 0))
        steps = np.logaddexp(0, np.log(self.shape) - np.log(self.scale) + beyond)
        counted = np.interp(scores, self.levels, self.surprises)
        return np.asarray(counted + steps / (self.shape * np.log(10)))


def _beyond(known: Floats, start: float) -> tuple[float, float]:
    """Shape and scale of the scores above the start; with few or none, of an exponential tail."""
    excesses = known[known > start] - start
    if not len(excesses):
        return LIGHTEST, float(np.ptp(known)) or 1.0
    mean = float(excesses.mean())
    if len(excesses) < FEWEST_EXCESSES:
        return LIGHTEST, mean
    shape, scale = pareto(excesses)
    return (shape, scale) if shape > LIGHTEST and scale > 0 else (LIGHTEST, mean)


class Surprise(BaseModel):
    """The tail of all healthy scores, and those of the assets with enough of their own."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    pooled: Tail
    by_asset: dict[str, Tail] = Field(default_factory=dict)

    @classmethod
    def of(cls, parts: Sequence[Scored], enough: int) -> Self:
        """From the scores of known windows, of an asset too where `enough` of them are healthy."""
        healthy = np.concatenate([part.ordinary for part in parts])
        own = {}
        if parts[0].assets is not None:
            names = np.concatenate([_assets(part) for part in parts])
            for name, count in zip(*np.unique(names, return_counts=True), strict=True):
                if count >= enough and count < len(names):
                    own[str(name)] = Tail.fit(healthy[names == name])
        return cls(pooled=Tail.fit(healthy), by_asset=own)

    def __call__(self, scores: Floats, assets: NDArray[Any] | None = None) -> Floats:
        """How surprising each score is for its asset: [N], [N] names -> [N]."""
        found = self.pooled(scores)
        if assets is not None:
            for name, tail in self.by_asset.items():
                own = np.asarray(assets == name)
                found[own] = tail(scores[own])
        return found


def _assets(part: Scored) -> NDArray[Any]:
    """The asset of each healthy score: [M]."""
    return np.asarray(part.assets)[part.quiet]
