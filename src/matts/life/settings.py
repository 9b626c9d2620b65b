"""What remaining life is, and how it is foreseen."""

from typing import Any, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from matts.life.models import LIFE_MODELS


class LifeSettings(BaseModel):
    """How far ahead life is foreseen, from what, by which models, and how sure it must be.

    Life above `cap` readings is `cap`: a healthy unit does not show how long it will last. A unit's
    readings are scaled in each of `regimes` clusters of what `sensors.mode` names. `age` lets the
    models know how many readings a unit has had: right where units are watched from new.
    `folds` of assets are held out in turn to weigh the models and to measure the intervals, which
    hold the truth with `confidence`. `seeds` say what chance is worth.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    cap: float = Field(125.0, gt=0)
    age: bool = True
    health: bool = True
    regimes: int = Field(1, ge=1, le=100)
    models: dict[str, dict[str, Any]] = {name: {} for name in LIFE_MODELS}
    folds: int = Field(5, ge=2, le=50)
    seeds: int = Field(5, ge=1, le=100)
    seed: int = Field(0, ge=0)
    confidence: float = Field(0.9, gt=0.5, lt=1)

    @model_validator(mode="after")
    def _all_can_be_built(self) -> Self:
        if not self.models:
            msg = f"models needs some of {', '.join(LIFE_MODELS)}, got none"
            raise ValueError(msg)
        for name, values in self.models.items():
            if name not in LIFE_MODELS:
                msg = f"there is no model {name!r} of life: choose from {', '.join(LIFE_MODELS)}"
                raise ValueError(msg)
            try:
                LIFE_MODELS[name].Settings(**values)
            except ValidationError as error:
                wrong = error.errors()[0]
                where = ".".join(map(str, wrong["loc"]))
                msg = f"models.{name}.{where}: {wrong['msg'].lower()}, got {wrong['input']!r}"
                raise ValueError(msg) from None
        return self
