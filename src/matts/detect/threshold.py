"""Where ordinary ends: from validation scores to the score that raises an alert."""

import logging
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field

from matts.detect.alarms import Scored
from matts.detect.limits import needed_readings
from matts.detect.methods import METHODS, PROMISING, Parts, ThresholdSettings
from matts.detect.moving import in_spreads, moving_limits
from matts.domain import BadInputError, Bools, Floats

__all__ = [
    "METHODS",
    "PROMISING",
    "Threshold",
    "ThresholdSettings",
    "calibrate",
    "find_threshold",
    "looked_at",
]

log = logging.getLogger(__name__)

STRANGER = 1.5  # validation may exceed the highest 5 % of training so many times as often as it did
HIGHEST = 0.05


class Threshold(BaseModel):
    """One limit for all assets, and those of the assets that have their own.

    With a `memory` they are where the limits start: from then on each is so many `spreads` above
    the median of the asset's last scores.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    limit: float
    by_asset: dict[str, float] = Field(default_factory=dict)
    memory: int = Field(0, ge=0)
    spreads: float = 0.0

    def alerts(self, scores: Floats, assets: NDArray[Any] | None = None) -> Bools:
        """Which scores are alerts: [N] in the order of time, [N] names of assets -> [N].

        >>> Threshold(limit=0.5, by_asset={"pump": 0.9}).alerts(
        ...     np.array([0.6, 0.6]), np.array(["fan", "pump"])
        ... )
        array([ True, False])
        """
        if self.memory:
            start = np.broadcast_to(self._limits(assets), scores.shape)
            return scores >= moving_limits(scores, assets, start, self.memory, self.spreads)
        return np.asarray(scores >= self._limits(assets))

    def _limits(self, assets: NDArray[Any] | None) -> Any:
        """The limit of each asset's scores, or the one of all."""
        if assets is None or not self.by_asset:
            return self.limit
        names, which = np.unique(assets, return_inverse=True)
        return np.array([self.by_asset.get(str(name), self.limit) for name in names])[which]

    def refuse_to_move(self) -> None:
        """Raise a BadInputError where each asset does not have one limit for good."""
        if self.memory:
            msg = (
                "what judges live, in chunks or outside of matts needs a threshold that does not "
                "move: train again without threshold.moving=true or threshold.method=dynamic"
            )
            raise BadInputError(msg)


def calibrate(
    scores: Floats,
    faulty: Bools,
    assets: NDArray[Any] | None,
    settings: ThresholdSettings,
) -> Threshold:
    """Find the threshold on validation scores alone: [N], [N], [N] names of assets.

    >>> scores, faulty = np.array([0.1, 0.2, 0.8, 0.9]), np.array([False, False, True, True])
    >>> calibrate(scores, faulty, None, ThresholdSettings(method="best_f1")).limit
    0.8
    """
    return find_threshold(
        Scored(scores, faulty, np.zeros(len(scores), int), assets), None, settings
    )


def find_threshold(
    validation: Scored, training: Scored | None, settings: ThresholdSettings
) -> Threshold:
    """Find the threshold on what is known: of methods that promise, on training scores too."""
    if not len(validation.scores):
        msg = "a threshold needs validation scores to be found on, got none"
        raise BadInputError(msg)
    parts = looked_at(validation, training, settings)
    return Threshold(
        limit=METHODS[settings.method](parts, settings),
        by_asset=_by_asset(parts, settings),
        **_motion(validation, training, settings),
    )


def _motion(
    validation: Scored, training: Scored | None, settings: ThresholdSettings
) -> dict[str, Any]:
    """How far above its past a score may be: by the same method; none where no past is known."""
    if not settings.moving and settings.method != "dynamic":
        return {}
    known = in_spreads(validation, settings.memory)
    if not len(known.scores):
        log.warning(
            "no score has %d before it that differ: there is nothing to follow, the limit stays",
            settings.memory,
        )
        return {}
    past = None if training is None else in_spreads(training, settings.memory)
    parts = looked_at(known, past, settings)
    return {"memory": settings.memory, "spreads": METHODS[settings.method](parts, settings)}


def _by_asset(parts: Parts, settings: ThresholdSettings) -> dict[str, float]:
    """The limits of the assets with enough windows, if they are asked for."""
    if parts[0].assets is None or not settings.per_asset:
        return {}
    budget = settings.method == "budget"
    enough = max(settings.enough, needed_readings(settings.budget) if budget else 0)
    own = {
        str(asset): tuple(part.where(np.asarray(part.assets == asset)) for part in parts)
        for asset in np.unique(parts[0].assets)
    }
    return {
        asset: METHODS[settings.method](each, settings)
        for asset, each in own.items()
        if sum(len(part.scores) for part in each) >= enough
    }


def looked_at(validation: Scored, training: Scored | None, settings: ThresholdSettings) -> Parts:
    """Validation scores; training scores too for a promise, where validation is hardly stranger."""
    wanted = settings.method in PROMISING and settings.training != "never"
    if training is None or not len(training.scores) or not wanted:
        return (validation,)
    often = (validation.ordinary > np.quantile(training.ordinary, 1 - HIGHEST)).mean() / HIGHEST
    if settings.training == "auto" and often > STRANGER:
        log.debug("healthy validation scores are high %.1f times as often as in training", often)
        return (validation,)
    return (validation, training)
