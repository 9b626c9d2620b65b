"""How far healthy readings may wander before somebody is told."""

from pydantic import BaseModel, ConfigDict


class DriftSettings(BaseModel):
    """How far healthy readings may wander before somebody is told."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)
