"""Where ordinary ends: from validation scores to the score that raises an alert."""

from collections.abc import Callable
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field
from sklearn.metrics import precision_recall_curve

from matts.domain import BadInputError, Bools, Floats


class ThresholdSettings(BaseModel):
    """How the threshold is found on validation scores.

    fixed: `value` itself, meant for scores that are probabilities. percentile: the score that
    `percentile` % of the healthy windows stay below. best_f1: the score with the best F1.
    learnable: a sigmoid-constrained value that starts in the middle of the scores and climbs
    the F1 of a soft alert. `per_asset` finds one for each asset with at least `enough` windows.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    method: Literal["fixed", "percentile", "best_f1", "learnable"] = "fixed"
    value: float = 0.5
    percentile: float = Field(99.0, gt=0, le=100)
    per_asset: bool = False
    enough: int = Field(200, ge=1)


class Threshold(BaseModel):
    """One limit for all assets, and those of the assets that have their own."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    limit: float
    by_asset: dict[str, float] = Field(default_factory=dict)

    def alerts(self, scores: Floats, assets: NDArray[Any] | None = None) -> Bools:
        """Which scores are alerts: [N], [N] names of assets -> [N].

        >>> Threshold(limit=0.5, by_asset={"pump": 0.9}).alerts(
        ...     np.array([0.6, 0.6]), np.array(["fan", "pump"])
        ... )
        array([ True, False])
        """
        if assets is None or not self.by_asset:
            return np.asarray(scores >= self.limit)
        names, which = np.unique(assets, return_inverse=True)
        limits = np.array([self.by_asset.get(str(name), self.limit) for name in names])
        return np.asarray(scores >= limits[which])


def calibrate(
    scores: Floats, faulty: Bools, assets: NDArray[Any] | None, settings: ThresholdSettings
) -> Threshold:
    """Find the threshold on validation scores: [N], [N], [N] names of assets.

    >>> scores, faulty = np.array([0.1, 0.2, 0.8, 0.9]), np.array([False, False, True, True])
    >>> calibrate(scores, faulty, None, ThresholdSettings(method="best_f1")).limit
    0.8
    """
    if not len(scores):
        msg = "a threshold needs validation scores to be found on, got none"
        raise BadInputError(msg)
    limit = METHODS[settings.method](scores, faulty, settings)
    if assets is None or not settings.per_asset:
        return Threshold(limit=limit)
    own = {
        str(asset): METHODS[settings.method](
            scores[assets == asset], faulty[assets == asset], settings
        )
        for asset in np.unique(assets)
        if (assets == asset).sum() >= settings.enough
    }
    return Threshold(limit=limit, by_asset=own)


def _fixed(scores: Floats, faulty: Bools, settings: ThresholdSettings) -> float:  # noqa: ARG001
    return settings.value


def _percentile(scores: Floats, faulty: Bools, settings: ThresholdSettings) -> float:
    healthy = scores[~faulty]
    return float(np.percentile(healthy if len(healthy) else scores, settings.percentile))


def _best_f1(scores: Floats, faulty: Bools, settings: ThresholdSettings) -> float:
    if not faulty.any():
        return _percentile(scores, faulty, settings)
    precision, recall, limits = precision_recall_curve(faulty, scores)
    f1 = 2 * precision * recall / np.maximum(precision + recall, 1e-12)
    return float(limits[f1[:-1].argmax()])


def _learnable(scores: Floats, faulty: Bools, settings: ThresholdSettings) -> float:
    """Climb the soft F1 of sigmoid((score - limit) / width), both on the scores' own range.

    The limit is lowest + (highest - lowest) * sigmoid(t), t from 0 by plain gradient ascent
    (200 steps, each of the gradient's sign and falling length, so that scale does not matter).
    """
    if not faulty.any() or scores.min() == scores.max():
        return _percentile(scores, faulty, settings)
    lowest, reach = scores.min(), scores.max() - scores.min()
    unit, truth = (scores - lowest) / reach, faulty.astype(float)
    t, width = 0.0, 0.05
    for step in np.geomspace(0.5, 0.005, 200):
        limit = 1 / (1 + np.exp(-t))
        soft = 1 / (1 + np.exp(np.clip((limit - unit) / width, -50, 50)))
        slope = -soft * (1 - soft) / width  # of each soft alert, by the limit
        hits, total = soft @ truth, soft.sum() + truth.sum()
        gradient = 2 * ((slope @ truth) * total - hits * slope.sum()) / total**2
        t += step * np.sign(gradient)
    return float(lowest + reach / (1 + np.exp(-t)))


METHODS: dict[str, Callable[[Floats, Bools, ThresholdSettings], float]] = {
    "fixed": _fixed,
    "percentile": _percentile,
    "best_f1": _best_f1,
    "learnable": _learnable,
}
