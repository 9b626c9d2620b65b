"""Which detectors judge live readings, and how odd readings are met."""

from pydantic import BaseModel, ConfigDict


class LiveSettings(BaseModel):
    """Which detectors judge live readings, and how odd readings are met."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)
