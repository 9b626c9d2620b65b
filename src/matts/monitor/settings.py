"""How far healthy readings may wander before somebody is told."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

Kind = Literal["error", "input", "latent", "missing"]


class DriftSettings(BaseModel):
    """How far healthy readings may wander before somebody is told.

    Of the readings of an asset that look healthy, every `thin`-th is kept (null: five within the
    number that tells as much as one drawn alone). The last `keep` are compared with training when
    `every` new ones have come, once there are `least`. `around` readings before and after an alert
    are left out. A sensor has moved where a test says so at `alpha`, corrected for their number,
    and it moved by at least `size` (population stability index), `missing` (share of gaps more) or
    `level` (mean rank of the scores off one half). `confirm` such comparisons make a warning a
    drift, `calm` without one end it, and a drift of `lasting` readings asks for a new training.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    kinds: tuple[Kind, ...] = ("error", "input", "latent", "missing")
    keep: int = Field(256, ge=20, le=10_000)
    thin: int | None = Field(None, ge=1, le=1000)
    every: int = Field(16, ge=1, le=1000)
    least: int = Field(64, ge=10, le=10_000)
    around: int = Field(10, ge=0, le=1000)
    alpha: float = Field(0.001, gt=0, lt=0.5)
    size: float = Field(0.1, ge=0, le=10)
    missing: float = Field(0.05, ge=0, le=1)
    level: float = Field(0.15, ge=0, le=0.5)
    adwin: float = Field(0.002, gt=0, lt=0.5)  # chance of a false cut
    page_hinkley: float = Field(10.0, gt=0, le=1000)  # spreads of the scores, summed
    confirm: int = Field(3, ge=1, le=100)
    calm: int = Field(3, ge=1, le=100)
    lasting: int = Field(500, ge=0, le=1_000_000)
