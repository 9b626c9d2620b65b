"""What the answers look like, for OpenAPI; numbers that are not known are null."""

from typing import Any, Literal

from pydantic import BaseModel, Field

Number = float | None
Pair = list[str | float]  # a name and its share
Grade = tuple[str, str]  # a sensor that is not good, and what it is: missing, stuck, …


class Wrong(BaseModel):
    """What is wrong with one reading of a request."""

    index: int
    detail: str


class Taken(BaseModel):
    """What became of the readings of a request; those accepted are kept for good."""

    accepted: int
    duplicates: int
    late: int
    errors: list[Wrong]


class Counts(BaseModel):
    """Alarms of an asset."""

    active: int
    unacknowledged: int


class Asset(BaseModel):
    """How an asset is; score and limit are surprises."""

    name: str
    health: Literal["bad", "watch", "silent", "filling", "good", "completed"]
    score: Number
    limit: Number
    fault: str
    last_time: Number
    readings: int
    quality: float
    drift: str
    mode: str
    alarms: Counts
    completed: bool


class Assets(BaseModel):
    """Every asset, the worst first."""

    assets: list[Asset]


class Sensor(BaseModel):
    """A sensor, and where it was in training."""

    name: str
    low: Number
    high: Number
    median: Number
    component: str | None
    group: str | None
    unit: str | None


class Limit(BaseModel):
    """A detector and its limit, a surprise."""

    name: str
    limit: Number
    deployed: bool


class AssetPage(Asset):
    """An asset with all that surrounds it."""

    sensors: list[Sensor]
    detectors: list[Limit]
    fault_names: list[str]
    window: int


class History(BaseModel):
    """The past of an asset; `truncated` where older readings of that time were left out."""

    asset: str
    times: list[float]
    numbers: list[int]
    sensors: dict[str, list[Number]]
    expected: dict[str, list[Number]]
    surprises: dict[str, list[Number]]
    limits: dict[str, Number]
    alerts: list[bool]
    faults: list[str]
    quality: list[Number]
    graded: list[list[Grade]]
    truncated: bool


class Scores(BaseModel):
    """What each detector said, as it says it and as a surprise."""

    asset: str
    times: list[float]
    scores: dict[str, list[Number]]
    surprises: dict[str, list[Number]]
    limits: dict[str, Number]
    alerts: list[bool]


class Heatmap(BaseModel):
    """Shares of the score: a row a sensor, a column a reading."""

    times: list[float]
    sensors: list[str]
    shares: list[list[Number]]


class Analysis(BaseModel):
    """Why a reading is an alert."""

    asset: str
    time: Number
    fault: str
    probabilities: dict[str, Number]
    contributions: list[Pair]
    components: list[Pair]
    heatmap: Heatmap
    actual: dict[str, Number]
    expected: dict[str, Number]
    similar: list[dict[str, Any]]


class Said(BaseModel, extra="forbid"):
    """What an operator does to an alarm; which fields count depends on what is done."""

    who: str = Field("operator", max_length=128)
    text: str = Field("", max_length=2000)
    minutes: float | None = Field(None, description="how long to shelve")
    verdict: str | None = Field(None, description="false_alarm or confirmed")
    fault: str = Field("", max_length=128)


class Who(BaseModel, extra="forbid"):
    """Who asks for it: the audit tells."""

    who: str = Field("operator", min_length=1, max_length=128, pattern=r"^[^\x00-\x1f\x7f]*$")


class Mode(BaseModel, extra="forbid"):
    """Which operating mode an asset is in; empty: it runs."""

    mode: str = Field("", max_length=128)
    who: str = Field("operator", max_length=128)
    text: str = Field("", max_length=2000)


class Status(BaseModel):
    """How the service is."""

    running: bool
    sources: list[dict[str, Any]]
    lag: int
    dropped: int
    busy: int
    crowded: int
    failed: int
    failing: str


class Health(BaseModel):
    """Whether the service runs; `failing` says what the last reading that broke it met."""

    status: str
    lag: int
    failed: int
    failing: str
