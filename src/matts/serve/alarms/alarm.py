"""What the alarm layer hears, what it keeps, and what it tells."""

from dataclasses import asdict, dataclass
from typing import Any, NamedTuple, Self

STATES = (
    "unacknowledged",
    "acknowledged",
    "returned_unacknowledged",
    "normal",
    "shelved",
    "suppressed",
    "out_of_service",
)
PRIORITIES = ("low", "medium", "high", "critical")

MOST_COMINGS = 100  # of one alarm, that are remembered
Sensors = tuple[tuple[str, float], ...]


class Signal(NamedTuple):
    """What one reading says of one kind of alarm: an alert where the value reaches the limit."""

    asset: str
    time: float
    number: int  # in the journal
    key: str  # anomaly, quality, silent or drift
    value: float  # surprise; NaN says nothing
    limit: float
    fault: str = ""
    sensors: Sensors = ()  # those that contribute most, and their shares
    text: str = ""


class Record(NamedTuple):
    """One line of the audit trail: what happened, when, and who did it."""

    number: int  # of the journal entry that it follows from
    time: float
    alarm: int | None
    asset: str
    kind: str
    who: str  # nobody: the readings did it
    text: str


@dataclass(frozen=True)
class Alarm:
    """One alarm from its coming until it is over, however often it came meanwhile."""

    id: int
    asset: str
    key: str
    state: str  # one of STATES
    priority: str  # one of PRIORITIES
    raised: float  # the time of the reading that raised it
    number: int  # of that reading in the journal
    returned: float | None = None  # when it last went back to normal; None: it stands
    acknowledged: float | None = None
    acknowledged_by: str = ""
    fault: str = ""  # that most of its alerts name
    sensors: Sensors = ()  # at the peak
    value: float = 0.0  # when it last came
    limit: float = 0.0
    peak: float = 0.0
    first_out: bool = False  # the first of several that came together
    chattering: bool = False
    stale: bool = False
    shelved_until: float | None = None
    feedback: str = ""  # "", "false_alarm" or "confirmed"
    text: str = ""
    count: int = 1  # how often it came
    began: float = 0.0  # the first of the alerts that it last came with
    last: float = 0.0  # the last alert
    flood: bool = False  # came in a flood
    earlier: tuple[tuple[float, float], ...] = ()  # first and last alert of its comings before
    announced: bool = True  # False: it never stood where an operator sees it

    @property
    def rings(self) -> bool:
        """Whether it is to be heard: new, and in a flood critical."""
        return self.state == "unacknowledged" and (not self.flood or self.priority == "critical")

    @property
    def spans(self) -> tuple[tuple[float, float], ...]:
        """First and last alert of each coming."""
        return (*self.earlier, (self.began, self.last))

    def to_tree(self) -> dict[str, Any]:
        """The alarm as JSON holds it, and whether it rings."""
        return {
            **asdict(self),
            "sensors": [[name, share] for name, share in self.sensors],
            "rings": self.rings,
        }

    @classmethod
    def from_tree(cls, tree: dict[str, Any]) -> Self:
        """The alarm that `to_tree` gave."""
        own = {name: value for name, value in tree.items() if name != "rings"}
        sensors = tuple((name, share) for name, share in own["sensors"])
        earlier = tuple((first, last) for first, last in own["earlier"])
        return cls(**{**own, "sensors": sensors, "earlier": earlier})
