"""Which detectors judge live readings, and how odd readings are met."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator

from matts.detect.controls import CONTROLS

SHOWN = ("matts", "vae", "arima", "kalman", "virtual_sensors", "combined")


class LiveSettings(BaseModel):
    """Which detectors judge live readings, and how odd readings are met.

    `wait` seconds for readings that come in the wrong order, `held` readings an asset at most. More
    than `gap` seconds without a reading begin the windows anew. `fill` is what becomes of a
    missing reading: as in training, nothing, or the last known one for `limit` readings; what stays
    missing counts as no evidence. A sensor is stuck once it repeats itself `stuck` times as long as
    in training, and out of range `margin` ranges of training beyond them. At most `assets` are
    under way at once; a unit that has ended makes room for another.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    detectors: tuple[str, ...] = Field(SHOWN, min_length=1)
    wait: float = Field(0.0, ge=0, le=86_400)
    held: int = Field(100, ge=1, le=100_000)
    gap: float | None = Field(None, gt=0)
    fill: Literal["trained", "none", "previous"] = "trained"
    limit: int = Field(5, ge=1, le=1_000_000)
    stuck: float = Field(3.0, ge=1)
    margin: float = Field(1.0, ge=0)
    assets: int = Field(10_000, ge=1, le=1_000_000)

    @field_validator("detectors")
    @classmethod
    def _no_controls(cls, given: tuple[str, ...]) -> tuple[str, ...]:
        for name in given:
            if name in CONTROLS or name.startswith("untrained"):
                msg = f"{name} is a control, which judges nothing live"
                raise ValueError(msg)
        return given
