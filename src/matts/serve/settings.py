"""What steers the live service, stage by stage."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from matts.monitor.settings import DriftSettings
from matts.serve.alarms.settings import AlarmSettings
from matts.serve.live.settings import LiveSettings
from matts.serve.sources.settings import SourcesSettings

Name = Annotated[str, Field(min_length=1, max_length=253)]


class ServiceSettings(BaseModel):
    """Where the service listens, what it keeps, and how much it takes at once.

    Beyond loopback a bearer token is needed. `durable` commits survive a power cut, not only a
    killed process. An asset is silent after so many seconds; 0: never.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    host: Name = "127.0.0.1"
    port: int = Field(8321, ge=0, le=65_535)
    hosts: tuple[Name, ...] = ()  # other names that the service is called by
    durable: bool = True
    keep_days: float = Field(30.0, gt=0)
    keep_readings: int = Field(1_000_000, ge=1000)
    snapshot_entries: int = Field(5000, ge=1)
    batch: int = Field(500, ge=1, le=100_000)  # entries folded at once
    waiting: int = Field(100_000, ge=1)  # entries not folded yet; more are refused
    tick_seconds: float = Field(5.0, gt=0, le=3600)
    silent_seconds: float = Field(60.0, ge=0)
    body_bytes: int = Field(4_000_000, ge=1000)
    readings: int = Field(5000, ge=1)  # of a request
    requests_a_second: float = Field(200.0, gt=0)  # of a client
    burst: int = Field(400, ge=1)
    history_rows: int = Field(100_000, ge=100)  # looked at for one answer
    stream_clients: int = Field(500, ge=1)
    stream_queue: int = Field(64, ge=2)  # messages a slow client may be behind
    stream_seconds: float = Field(0.1, ge=0.01, le=10)  # between messages to a client


class ServeSettings(BaseModel):
    """Judging, alarms, drift, the service around them, and where readings come from."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    live: LiveSettings = Field(default_factory=LiveSettings)
    alarms: AlarmSettings = Field(default_factory=AlarmSettings)
    drift: DriftSettings = Field(default_factory=DriftSettings)
    service: ServiceSettings = Field(default_factory=ServiceSettings)
    sources: SourcesSettings = Field(default_factory=SourcesSettings)
