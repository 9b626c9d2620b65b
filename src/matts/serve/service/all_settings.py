"""What steers the live service, stage by stage."""

from pydantic import BaseModel, ConfigDict, Field

from matts.monitor.settings import DriftSettings
from matts.serve.alarms.settings import AlarmSettings
from matts.serve.live.settings import LiveSettings
from matts.serve.service.settings import ServiceSettings
from matts.serve.sources.settings import SourcesSettings


class ServeSettings(BaseModel):
    """Judging, alarms, drift, the service around them, and where readings come from."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    live: LiveSettings = Field(default_factory=LiveSettings)
    alarms: AlarmSettings = Field(default_factory=AlarmSettings)
    drift: DriftSettings = Field(default_factory=DriftSettings)
    service: ServiceSettings = Field(default_factory=ServiceSettings)
    sources: SourcesSettings = Field(default_factory=SourcesSettings)
