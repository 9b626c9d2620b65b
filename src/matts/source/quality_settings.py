"""From where on a sensor is suspect, and from where on nothing can be learnt from it."""

from typing import Self

from pydantic import BaseModel, ConfigDict, Field, model_validator


class QualitySettings(BaseModel):
    """Limits of the grades good, suspect and unusable.

    A sensor is stuck where it stands still for `stuck` times as long as it usually does, and for so
    many readings. A spike is one reading, `spike` robust spreads off its neighbours. One that has
    no more than `few` values can neither be stuck nor spike.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    leave_out: bool = True  # unusable sensors
    missing: float = Field(0.05, ge=0, le=1)  # more is suspect
    missing_most: float = Field(0.5, ge=0, le=1)  # more is unusable
    stuck: int = Field(30, ge=2)
    spike: float = Field(20.0, gt=0)
    few: int = Field(10, ge=2)

    @model_validator(mode="after")
    def _limits_are_in_order(self) -> Self:
        if self.missing > self.missing_most:
            msg = f"missing_most must not be below missing, got {self.missing_most}"
            raise ValueError(msg)
        return self
