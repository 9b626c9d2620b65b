"""What steers the live service, stage by stage."""

from pydantic import BaseModel, ConfigDict, Field

from matts.monitor.settings import DriftSettings
from matts.serve.alarms.settings import AlarmSettings
from matts.serve.live.settings import LiveSettings
from matts.serve.service.settings import ServiceSettings


class ServeSettings(BaseModel):
    """Judging, alarms, drift, and the service around them."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    live: LiveSettings = Field(default_factory=LiveSettings)
    alarms: AlarmSettings = Field(default_factory=AlarmSettings)
    drift: DriftSettings = Field(default_factory=DriftSettings)
    service: ServiceSettings = Field(default_factory=ServiceSettings)
