"""One point of alarm, of an asset and a kind: its delays, its deadband, whether it chatters."""

from dataclasses import asdict, dataclass, field
from typing import Any, Self

from matts.serve.alarms.alarm import Sensors, Signal
from matts.serve.alarms.settings import ChatterSettings, PointSettings


@dataclass(slots=True)
class Point:
    """What is to be remembered of the readings to know when an alarm comes and goes."""

    readings: int = 0  # since there is something to remember
    above: int = 0  # alerts in a row, before an alarm
    above_since: float = 0.0
    below: int = 0  # readings in a row below the deadband, in an alarm
    below_since: float = 0.0
    standing: bool = False
    chattering: bool = False
    alarm: int = 0  # the one that is not over; 0: none
    came: float = 0.0
    comings: list[tuple[int, float]] = field(default_factory=list)  # reading and time of the last
    votes: dict[str, int] = field(default_factory=dict)  # alerts that name each fault
    peak: float = 0.0
    sensors: Sensors = ()  # at the peak

    @property
    def idle(self) -> bool:
        """Whether nothing needs to be remembered."""
        return not (self.above or self.standing or self.alarm or self.comings)

    @property
    def fault(self) -> str:
        """The fault that most alerts name, the first of equals."""
        return max(self.votes, key=self.votes.__getitem__, default="")

    def step(self, signal: Signal, own: PointSettings, chatter: ChatterSettings) -> str:
        """Hear one reading: "came", "returned", or nothing changed."""
        self.readings += 1
        if signal.value >= signal.limit:
            self._count_alert(signal)
        elif not self.standing:
            self.above = 0
            self.votes = {} if not self.alarm else self.votes
        if self.standing:
            return self._leave(signal, own, chatter)
        return self._come(signal, own, chatter)

    def _count_alert(self, signal: Signal) -> None:
        if not self.above and not self.standing:
            self.above_since = signal.time
        self.above += not self.standing
        fresh = not self.alarm and self.above == 1
        if fresh or signal.value > self.peak:
            self.peak, self.sensors = signal.value, signal.sensors
        if signal.fault:
            self.votes[signal.fault] = self.votes.get(signal.fault, 0) + 1

    def _come(self, signal: Signal, own: PointSettings, chatter: ChatterSettings) -> str:
        lasting = own.on_delay.over(self.above, signal.time - self.above_since)
        excess = signal.value - signal.limit
        strong = own.at_once is not None and excess >= own.at_once
        if not self.above or not (lasting or strong):
            return ""
        self.standing, self.came, self.below, self.above = True, signal.time, 0, 0
        self.comings = [*self.comings, (self.readings, signal.time)][-chatter.times :]
        return "came"

    def _leave(self, signal: Signal, own: PointSettings, chatter: ChatterSettings) -> str:
        if signal.value >= signal.limit - own.deadband:
            self.below = 0
            return ""
        if not self.below:
            self.below_since = signal.time
        self.below += 1
        off = own.off_delay.longer(chatter.longer) if self.chattering else own.off_delay
        if not off.over(self.below, signal.time - self.below_since):
            return ""
        self.standing, self.below = False, 0
        return "returned"

    def forget_alarm(self) -> None:
        """Its alarm is over: the next is another."""
        self.alarm, self.votes, self.peak, self.sensors = 0, {}, 0.0, ()

    def find_chatter(self, time: float, chatter: ChatterSettings) -> bool:
        """Whether it begins or ends to chatter now: it ends when no coming is recent."""
        self.comings = [
            (reading, came)
            for reading, came in self.comings
            if not chatter.within.over(self.readings - reading, time - came)
        ]
        now = bool(self.comings) if self.chattering else len(self.comings) >= chatter.times
        changed, self.chattering = now != self.chattering, now
        return changed

    def to_tree(self) -> dict[str, Any]:
        """The point as JSON holds it."""
        return asdict(self)

    @classmethod
    def from_tree(cls, tree: dict[str, Any]) -> Self:
        """The point that `to_tree` gave."""
        comings = [(reading, came) for reading, came in tree["comings"]]
        sensors = tuple((name, share) for name, share in tree["sensors"])
        return cls(**{**tree, "comings": comings, "sensors": sensors})
