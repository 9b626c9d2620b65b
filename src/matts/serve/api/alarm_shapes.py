"""What is answered of alarms, events, labels and drift, for OpenAPI."""

from typing import Any

from pydantic import BaseModel

from matts.serve.api.shapes import Number, Pair


class Alarm(BaseModel):
    """An alarm; times are seconds since 1970, value, limit and peak are surprises."""

    id: int
    asset: str
    key: str
    state: str
    priority: str
    raised: float
    number: int
    returned: Number
    acknowledged: Number
    acknowledged_by: str
    fault: str
    sensors: list[Pair]
    value: float
    limit: float
    peak: float
    first_out: bool
    chattering: bool
    stale: bool
    shelved_until: Number
    feedback: str
    text: str
    count: int
    began: float
    last: float
    flood: bool
    earlier: list[list[float]]  # first and last alert of its comings before
    announced: bool
    rings: bool


class Alarms(BaseModel):
    """Alarms, the last first."""

    alarms: list[Alarm]
    flood: bool
    total: int


class Line(BaseModel):
    """A line of the audit trail; `number` is that of the journal entry."""

    number: int
    time: float
    alarm: int | None
    asset: str
    kind: str
    who: str
    text: str


class Audit(BaseModel):
    """Lines of the audit trail."""

    records: list[Line]


class Event(BaseModel):
    """An anomaly that became an alarm, and past events like it."""

    id: int
    alarm: int
    asset: str
    start: float
    stop: Number
    peak: float
    fault: str
    sensors: list[Pair]
    similar: list[dict[str, Any]]


class Events(BaseModel):
    """Events, the last first."""

    events: list[Event]


class Unit(BaseModel):
    """A unit that was completed."""

    number: int
    asset: str
    first_time: Number
    last_time: Number
    readings: int
    alerts: int
    peak: float


class Completed(BaseModel):
    """Completed units, the last first."""

    completed: list[Unit]


class Label(BaseModel):
    """What an operator said of a stretch of readings: faulty or healthy."""

    asset: str
    first: float
    last: float
    label: str
    fault: str
    who: str
    time: float


class Labels(BaseModel):
    """Labels to train with."""

    labels: list[Label]


class Drift(BaseModel):
    """How the drift of an asset stands."""

    state: str
    kinds: dict[str, dict[str, Any]]
    sensors: list[str]
    since: Number
    retrain: bool
    counted: int
    left_out: int


class Drifts(BaseModel):
    """Drift of each asset."""

    assets: dict[str, Drift]


class Models(BaseModel):
    """What was trained, and is at work."""

    name: str
    version: str
    deployed: str
    detectors: list[str]
    sensors: int
    window: int
    fault_names: list[str]
