"""How a dataset file says when its readings were taken."""

from typing import Literal, Self

import pandas as pd
from pydantic import BaseModel, ConfigDict, field_validator, model_validator

Unit = Literal["s", "ms", "us", "ns"]


class TimeSettings(BaseModel):
    """When a reading was taken, which is also the order of the readings of an asset.

    A pause longer than `gap` begins a new segment: a time as `10min`, `auto` for ten usual steps,
    or null for never. `every` brings readings to one a period, the `take` of those in it.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    column: str | None = None  # null: the readings are in order, and nobody knows when they were
    format: str | None = None  # as of strptime; null: found out
    unit: Unit | None = None  # of numbers since 1970; null: they count
    zone: str | None = None  # of local times: a summer time begins and ends in some
    gap: str | float | None = "auto"
    every: str | float | None = None
    take: Literal["last", "mean", "first"] = "last"

    @model_validator(mode="after")
    def _knows_the_time(self) -> Self:
        if self.every is not None and not self.column:
            msg = "every needs time.column, and there is none"
            raise ValueError(msg)
        return self

    @field_validator("zone")
    @classmethod
    def _is_a_zone(cls, zone: str | None) -> str | None:
        try:
            pd.Timestamp("2000-01-01").tz_localize(zone)
        except (LookupError, ValueError, OSError):
            msg = f"a zone as Europe/Berlin is needed, got {zone!r}"
            raise ValueError(msg) from None
        return zone

    @field_validator("format")
    @classmethod
    def _is_a_format(cls, form: str | None) -> str | None:
        pd.to_datetime(pd.Series(["0"]), format=form, errors="coerce")  # says what is wrong with it
        return form
