"""Where the service listens and what it keeps."""

from pydantic import BaseModel, ConfigDict


class ServiceSettings(BaseModel):
    """Where the service listens and what it keeps."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)
