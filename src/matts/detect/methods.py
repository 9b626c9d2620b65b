"""The methods by which a threshold can be found, and what each promises."""

from collections.abc import Callable
from typing import Literal, Self

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, model_validator

from matts.detect import limits
from matts.detect.alarms import Scored
from matts.domain import Floats

PROMISING = ("mad", "gaussian", "pot", "dynamic", "budget")  # that a rate is kept
Parts = tuple[Scored, ...]  # validation first, then training where it is to be looked at


class ThresholdSettings(BaseModel):
    """How the threshold is found on validation scores.

    fixed: `value` itself, meant for scores that are probabilities. percentile: the score that
    `percentile` % of the healthy windows stay below. best_f1: the score with the best F1.
    learnable: a sigmoid-constrained value that starts in the middle of the scores and climbs
    the F1 of a soft alert. The others promise: mad, gaussian, pot and dynamic that `rate` of the
    healthy windows are alerts, budget that there are `budget` alarms per 1,000 of them. They also
    look at healthy training scores (`training`), and may be `moving`: then the limit is so many
    spreads above the last `memory` scores of the asset, as dynamic always is. `per_asset` finds
    one for each asset with at least `enough` windows, and as many as the budget needs.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    method: Literal[
        "fixed", "percentile", "best_f1", "learnable", "mad", "gaussian", "pot", "dynamic", "budget"
    ] = "fixed"
    value: float = 0.5
    percentile: float = Field(99.0, gt=0, le=100)
    rate: float = Field(0.001, gt=0, le=0.5)
    tail: float = Field(0.05, gt=0, le=0.5)
    budget: float = Field(0.5, gt=0, le=500)
    moving: bool = False
    memory: int = Field(100, ge=10, le=100_000)
    training: Literal["auto", "always", "never"] = "auto"
    per_asset: bool = False
    enough: int = Field(200, ge=1)

    @model_validator(mode="after")
    def _moves_only_what_promises(self) -> Self:
        if self.moving and self.method not in PROMISING:
            msg = f"moving needs a method of {', '.join(PROMISING)}, got {self.method}"
            raise ValueError(msg)
        return self


def _healthy(parts: Parts) -> Floats:
    return np.concatenate([part.ordinary for part in parts])


def _percentile(parts: Parts, settings: ThresholdSettings) -> float:
    scores, healthy = parts[0].scores, ~parts[0].faulty
    return limits.percentile(scores[healthy] if healthy.any() else scores, settings.percentile)


def _best_f1(parts: Parts, settings: ThresholdSettings) -> float:
    if not parts[0].faulty.any():
        return _percentile(parts, settings)
    return limits.best_f1(parts[0].scores, parts[0].faulty)


def _learnable(parts: Parts, settings: ThresholdSettings) -> float:
    scores = parts[0].scores
    if not parts[0].faulty.any() or scores.min() == scores.max():
        return _percentile(parts, settings)
    return limits.learnable(scores, parts[0].faulty)


def _pot(parts: Parts, settings: ThresholdSettings) -> float:
    return limits.pot(_healthy(parts), settings.rate, settings.tail)


METHODS: dict[str, Callable[[Parts, ThresholdSettings], float]] = {
    "fixed": lambda parts, settings: settings.value,  # noqa: ARG005
    "percentile": _percentile,
    "best_f1": _best_f1,
    "learnable": _learnable,
    "mad": lambda parts, settings: limits.mad(_healthy(parts), settings.rate),
    "gaussian": lambda parts, settings: limits.gaussian(_healthy(parts), settings.rate),
    "pot": _pot,
    "dynamic": _pot,  # where it starts
    "budget": lambda parts, settings: limits.within_budget(parts, settings.budget),
}
