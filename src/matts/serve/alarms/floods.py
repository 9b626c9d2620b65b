"""Alarms that come together: floods, and which of a group was first."""

from dataclasses import dataclass, field
from typing import Any

from matts.serve.alarms.settings import FloodSettings


@dataclass
class Flood:
    """Whether more alarms come than one operator can answer (EEMUA 191).

    Time is that of the readings: alarms of a record that is replayed flood as they did then.
    """

    settings: FloodSettings
    on: bool = False
    comings: list[float] = field(default_factory=list)

    def add(self, time: float) -> None:
        """An alarm came where somebody hears it."""
        self.comings = [*self.comings, time][-(self.settings.most + 1) :]

    def count(self, time: float) -> int:
        """The alarms of the last seconds, at most one more than a flood needs."""
        return sum(0 <= time - came < self.settings.seconds for came in self.comings)

    def turn(self, time: float) -> bool:
        """Whether a flood begins or ends now."""
        count = self.count(time)
        now = count >= self.settings.few if self.on else count > self.settings.most
        changed, self.on = now != self.on, now
        return changed

    def to_tree(self) -> dict[str, Any]:
        """As JSON holds it."""
        return {"on": self.on, "comings": list(self.comings)}

    def read(self, tree: dict[str, Any]) -> None:
        """Go on from what `to_tree` gave."""
        self.on, self.comings = tree["on"], list(tree["comings"])


@dataclass
class Firsts:
    """The first alarm of each group of assets, and when its last follower came."""

    seconds: float
    groups: dict[str, tuple[int, float]] = field(default_factory=dict)

    def follow(self, group: str, alarm: int, time: float) -> int:
        """The alarm that this one follows: the first of those that came together; 0: none."""
        first, last = self.groups.get(group, (0, 0.0))
        together = first not in (0, alarm) and abs(time - last) <= self.seconds
        self.groups[group] = (first if together else alarm, time)
        return first if together else 0

    def to_tree(self) -> dict[str, Any]:
        """As JSON holds it."""
        return {name: [alarm, time] for name, (alarm, time) in self.groups.items()}

    def read(self, tree: dict[str, Any]) -> None:
        """Go on from what `to_tree` gave."""
        self.groups = {name: (alarm, time) for name, (alarm, time) in tree.items()}
