"""When alerts become an alarm, and how long it stays (ISA-18.2)."""

from pydantic import BaseModel, ConfigDict


class AlarmSettings(BaseModel):
    """When alerts become an alarm, and how long it stays (ISA-18.2)."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)
