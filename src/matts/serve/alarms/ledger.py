"""What the book of alarms keeps: its alarms, its points, and what hides them."""

from dataclasses import replace
from typing import Any

from matts.domain import BadInputError, State
from matts.serve.alarms.alarm import Alarm
from matts.serve.alarms.floods import Firsts, Flood
from matts.serve.alarms.hushing import Hushing
from matts.serve.alarms.points import Point
from matts.serve.alarms.settings import AlarmSettings


class Ledger:
    """The alarms that are not over, those kept, and all it takes to go on."""

    def __init__(self, settings: AlarmSettings) -> None:
        self.settings = settings
        self.hushing = Hushing(settings.modes)
        self.flooding = Flood(settings.flood)
        self.firsts = Firsts(settings.together_seconds)
        self.points: dict[tuple[str, str], Point] = {}
        self.alarms: dict[int, Alarm] = {}  # those that are not over, and those kept
        self._over: list[int] = []  # kept, the oldest first
        self._touched: dict[int, Alarm] = {}
        self._next = 1

    def alarm(self, alarm: int) -> Alarm:
        """One alarm by its number; a BadInputError where it is not here."""
        if alarm not in self.alarms:
            msg = f"there is no alarm {alarm} here: the last is {self._next - 1}"
            raise BadInputError(msg)
        return self.alarms[alarm]

    def has(self, alarm: int) -> bool:
        """Whether that alarm is here."""
        return alarm in self.alarms

    def live(self, asset: str | None = None) -> list[Alarm]:
        """The alarms that are not over, of one asset or of all, by number."""
        every = [self.alarms[each.alarm] for each in self.points.values() if each.alarm]
        return sorted((a for a in every if asset in (None, a.asset)), key=lambda a: a.id)

    def touched(self) -> list[Alarm]:
        """The alarms that changed since this was last asked."""
        changed = [self._touched[each] for each in sorted(self._touched)]
        self._touched.clear()
        return changed

    def number(self) -> int:
        """The number of a new alarm."""
        self._next += 1
        return self._next - 1

    @property
    def following(self) -> int:
        """The number that the next alarm will have."""
        return self._next

    def note(self, alarm: Alarm) -> None:
        """Keep what nobody needs to be told."""
        self.alarms[alarm.id] = alarm

    def update(self, alarm: Alarm) -> Alarm:
        """Keep a changed alarm under the state that follows from it, and tell of it."""
        point = self.points.get((alarm.asset, alarm.key), Point())
        live = point.alarm == alarm.id
        state = self._state_of(alarm) if live else "normal"
        seen = alarm.announced or state in ("unacknowledged", "acknowledged")
        alarm = replace(alarm, state=state, announced=seen)
        self.alarms[alarm.id] = self._touched[alarm.id] = alarm
        if live and state == "normal":
            point.forget_alarm()
            self._file(alarm.id)
        return alarm

    def _state_of(self, alarm: Alarm) -> str:
        """The state of an alarm of a point: what hides it, or what the readings and people say."""
        if hidden := self.hushing.state_of(alarm.asset, alarm.key):
            return hidden
        if alarm.shelved_until is not None:
            return "shelved"
        if alarm.returned is None:
            return "unacknowledged" if alarm.acknowledged is None else "acknowledged"
        seen = alarm.acknowledged is not None or not alarm.announced
        return "normal" if seen else "returned_unacknowledged"

    def _file(self, alarm: int) -> None:
        """Keep one that is over, and let go of the oldest."""
        self._over.append(alarm)
        while len(self._over) > self.settings.kept:
            del self.alarms[self._over.pop(0)]

    def state(self) -> State:
        """All that a book needs to go on from here."""
        points = [[asset, key, each.to_tree()] for (asset, key), each in self.points.items()]
        config: dict[str, Any] = {
            "points": points,
            "alarms": [each.to_tree() for each in self.alarms.values()],
            "touched": [each.to_tree() for each in self._touched.values()],
            "over": list(self._over),
            "flood": self.flooding.to_tree(),
            "firsts": self.firsts.to_tree(),
            "hushing": self.hushing.to_tree(),
            "next": self._next,
        }
        return State({}, config)

    def restore(self, state: State) -> None:
        """Go on from a state to the last bit, as if nothing had been between."""
        tree = state.config
        self.points = {(a, key): Point.from_tree(each) for a, key, each in tree["points"]}
        self.alarms = {each["id"]: Alarm.from_tree(each) for each in tree["alarms"]}
        self._touched = {each["id"]: Alarm.from_tree(each) for each in tree["touched"]}
        self._over, self._next = list(tree["over"]), tree["next"]
        self.flooding.read(tree["flood"])
        self.firsts.read(tree["firsts"])
        self.hushing.read(tree["hushing"])
