"""What steers the sources of live readings."""

from pydantic import BaseModel, ConfigDict, Field


class _Settings(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class SimulatedSettings(_Settings):
    """How many simulated machines run, and when a fault comes to each.

    In readings: the first fault comes to the first machine after `calm`, to the next ones `apart`
    later each, and again `every` readings; it lasts `lasts`.
    """

    machines: int = Field(3, ge=1, le=1000)
    calm: int = Field(30, ge=1)
    apart: int = Field(40, ge=0)
    every: int = Field(400, ge=1)
    lasts: int = Field(12, ge=1)


class MqttSettings(_Settings):
    """What is asked of a broker. The client's name is fixed, so that it keeps what we missed."""

    topics: tuple[str, ...] = Field(("matts/+/reading",), min_length=1)
    client: str = Field("matts", min_length=1, max_length=64)
    keepalive: int = Field(30, ge=1, le=3600)  # seconds
    longest: int = Field(262_144, ge=1)  # bytes of a message; longer ones are refused unread


class OpcuaSettings(_Settings):
    """Which nodes are followed, and how their values become readings.

    Every variable directly below a folder is a sensor of the asset that the folder is named after.
    `period` is the time in seconds between two readings of an asset.
    """

    folders: tuple[str, ...] = ()  # node ids, as ns=2;s=mill; none: every folder below Objects
    period: float = Field(1.0, gt=0, le=3600)
    held: int = Field(10_000, ge=1)  # readings that wait for the service; older ones are dropped


class SourcesSettings(_Settings):
    """Where live readings come from."""

    batch: int = Field(256, ge=1, le=10_000)  # readings handed over at once, at most
    backoff: float = Field(30.0, gt=0, le=3600)  # seconds, the longest wait before another try
    simulated: SimulatedSettings = SimulatedSettings()
    mqtt: MqttSettings = MqttSettings()
    opcua: OpcuaSettings = OpcuaSettings()
