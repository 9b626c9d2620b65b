"""When alerts become an alarm, and how long it stays (ISA-18.2)."""

from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

Priority = Literal["low", "medium", "high", "critical"]
Key = Literal["anomaly", "quality", "silent", "drift"]
KEYS: tuple[Key, ...] = ("anomaly", "quality", "silent", "drift")
OF_KEYS: dict[Key, Priority] = {"quality": "low", "silent": "medium", "drift": "low"}
MODES: dict[str, tuple[Key, ...]] = {"maintenance": KEYS, "start_up": ("anomaly", "drift")}
Name = Annotated[str, Field(min_length=1, max_length=128)]


class _Settings(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class Span(_Settings):
    """So many readings of the asset and so many seconds by their times: over once both are.

    >>> Span(readings=2, seconds=60).over(3, 59.0), Span(readings=2).over(2, 0.0)
    (False, True)
    """

    readings: int = Field(0, ge=0, le=1_000_000)
    seconds: float = Field(0.0, ge=0, le=1e8)

    def over(self, readings: int, seconds: float) -> bool:
        """Whether so many readings and seconds are the whole span."""
        return readings >= self.readings and seconds >= self.seconds

    def longer(self, times: int) -> Self:
        """The span so many times."""
        return self.model_copy(
            update={"readings": self.readings * times, "seconds": self.seconds * times}
        )


class PointSettings(_Settings):
    """When one kind of alarm comes and goes.

    It comes after `on_delay` in a row at or above the limit, or with one reading `at_once` above
    it; it goes after `off_delay` in a row more than `deadband` below. All heights are on the
    surprise axis, where 0.25 is 1.8 times rarer; a classifier's score ends not far above its limit.
    """

    on_delay: Span = Span(readings=2)
    off_delay: Span = Span(readings=3)
    deadband: float = Field(0.25, ge=0, le=100)
    at_once: float | None = Field(0.25, ge=0, le=100)  # null: nothing before `on_delay` is over


class PrioritySettings(_Settings):
    """How urgent an alarm is: by how far it is above its limit, what it is and where it is.

    What `faults` says of a fault or `keys` of a kind stands in place of the height; an alarm of an
    asset has at least the priority that `assets` gives it.
    """

    medium: float = Field(0.25, ge=0)  # above the limit, on the surprise axis
    high: float = Field(1.0, ge=0)
    critical: float = Field(2.0, ge=0)
    keys: dict[Key, Priority] = Field(default_factory=OF_KEYS.copy)
    faults: dict[Name, Priority] = Field(default_factory=dict)
    assets: dict[Name, Priority] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _rises(self) -> Self:
        if not self.medium <= self.high <= self.critical:
            came = f"{self.medium:g}, {self.high:g}, {self.critical:g}"
            msg = f"medium, high and critical must rise, got {came}"
            raise ValueError(msg)
        return self


class ChatterSettings(_Settings):
    """What comes `times` within a span chatters: it then goes `longer` times as slowly."""

    times: int = Field(3, ge=2, le=50)
    within: Span = Span(readings=60)
    longer: int = Field(5, ge=1, le=1000)


class FloodSettings(_Settings):
    """More than `most` alarms within some seconds are a flood, until fewer than `few` are.

    Ten in ten minutes, and five, are what EEMUA 191 and ISA-18.2 give one operator.
    """

    most: int = Field(10, ge=1, le=1000)
    few: int = Field(5, ge=1, le=1000)
    seconds: float = Field(600.0, gt=0, le=1e6)

    @model_validator(mode="after")
    def _ends_below(self) -> Self:
        if self.few > self.most:
            msg = f"a flood must end below where it begins, got few {self.few} of most {self.most}"
            raise ValueError(msg)
        return self


class FeedbackSettings(_Settings):
    """How far one verdict of an operator moves the limit, and all of them together.

    On the surprise axis: 0.05 is 12 % rarer, 0.25 is 1.8 times. 0.5 would silence a
    classifier for good, whose score cannot go so far above its limit.
    """

    step: float = Field(0.05, ge=0, le=10)
    most_up: float = Field(0.25, ge=0, le=10)  # by false alarms
    most_down: float = Field(0.25, ge=0, le=10)  # by confirmed faults


class AlarmSettings(_Settings):
    """When alerts become an alarm, and how long it stays (ISA-18.2).

    `modes` are the operating modes that suppress alarms by design, and which kinds; `groups` are
    assets whose alarms come together, where the first is told from those that follow.
    """

    anomaly: PointSettings = PointSettings()
    quality: PointSettings = PointSettings(
        on_delay=Span(readings=5), off_delay=Span(readings=5), at_once=None
    )
    silent: PointSettings = PointSettings(on_delay=Span(), off_delay=Span(), deadband=0.0)
    drift: PointSettings = PointSettings(on_delay=Span(), off_delay=Span(), deadband=0.0)
    priority: PrioritySettings = PrioritySettings()
    chattering: ChatterSettings = ChatterSettings()
    flood: FloodSettings = FloodSettings()
    feedback: FeedbackSettings = FeedbackSettings()
    stale_seconds: float = Field(86_400.0, gt=0)  # standing so long, it tells nobody anything
    together_seconds: float = Field(60.0, ge=0, le=86_400)  # from one alarm to the next of a group
    groups: dict[Name, tuple[Name, ...]] = Field(default_factory=dict)  # others: each its own
    modes: dict[Name, tuple[Key, ...]] = Field(default_factory=MODES.copy)
    shelf_seconds: float = Field(3600.0, gt=0)  # of a shelf, where nobody says how long
    longest_shelf_seconds: float = Field(28_800.0, gt=0, le=604_800)
    kept: int = Field(1000, ge=1, le=100_000)  # alarms that are over, to look at and judge
    readings_a_day: float = Field(300.0, gt=0)  # of an asset, where the record has no times

    def point(self, key: str) -> PointSettings:
        """The settings of one kind of alarm."""
        found: PointSettings = getattr(self, key)
        return found

    def group_of(self, asset: str) -> str:
        """The group of an asset, or the asset itself."""
        return next((name for name, own in self.groups.items() if asset in own), asset)
