"""The book of alarms: what comes, what goes, who is to be told (ISA-18.2).

A fold over a journal: no clock, no chance, no I/O. The clock of the readings steers delays,
chattering, floods and what came first; that of the service, from its ticks, ends shelves.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from matts.domain import BadInputError, State
from matts.serve.alarms.actions import Action
from matts.serve.alarms.acts import ACTS
from matts.serve.alarms.alarm import PRIORITIES, Alarm, Record, Signal
from matts.serve.alarms.floods import Firsts, Flood
from matts.serve.alarms.hearing import change, record, step
from matts.serve.alarms.hushing import Hushing
from matts.serve.alarms.points import Point
from matts.serve.alarms.settings import AlarmSettings

WORST_FIRST = (
    *("unacknowledged", "returned_unacknowledged", "acknowledged"),
    *("shelved", "suppressed", "out_of_service", "normal"),
)


class AlarmBook:
    """Every alarm that is not over, those that were lately, and all it takes to go on."""

    def __init__(self, settings: AlarmSettings) -> None:
        self.settings = settings
        self.hushing = Hushing(settings.modes)
        self.flooding = Flood(settings.flood)
        self.firsts = Firsts(settings.together_seconds)
        self._points: dict[tuple[str, str], Point] = {}
        self._alarms: dict[int, Alarm] = {}  # those that are not over, and those kept
        self._over: list[int] = []  # kept, the oldest first
        self._touched: dict[int, Alarm] = {}
        self._next = 1

    def hear(self, signals: Sequence[Signal]) -> list[Record]:
        """What follows from these signals, one after the other; how they are cut is all one."""
        return [each for signal in signals for each in self._hear(signal)]

    def _hear(self, signal: Signal) -> list[Record]:
        found = []
        if self.flooding.on and self.flooding.turn(signal.time):
            found.append(record(signal, None, "flood_over"))
        place = (signal.asset, signal.key)
        point = self._points.get(place)
        if signal.value != signal.value or not (point or signal.value >= signal.limit):
            return found  # no number, or nothing to remember: the way of almost every reading
        point = point or self._points.setdefault(place, Point())
        found += step(self, point, signal)
        if point.idle:
            del self._points[place]
        return found

    def act(self, action: Action) -> list[Record]:
        """What somebody does; a BadInputError where it makes no sense, and nothing is changed."""
        if action.kind not in ACTS:
            msg = f"an action needs to be one of {', '.join(ACTS)}, got {action.kind!r}"
            raise BadInputError(msg)
        return ACTS[action.kind](self, action)

    def tick(self, time: float, number: int) -> list[Record]:
        """The service's clock says the time: shelves end."""
        found = []
        for old in self.live():
            if old.shelved_until is not None and old.shelved_until <= time:
                new = self.update(replace(old, shelved_until=None))
                told = change(old, new)
                found.append(Record(number, time, new.id, new.asset, "shelf_over", "", told))
        return found

    def alarm(self, alarm: int) -> Alarm:
        """One alarm by its number; a BadInputError where it is not here."""
        if alarm not in self._alarms:
            msg = f"there is no alarm {alarm} here: the last is {self._next - 1}"
            raise BadInputError(msg)
        return self._alarms[alarm]

    def has(self, alarm: int) -> bool:
        """Whether that alarm is here."""
        return alarm in self._alarms

    @property
    def alarms(self) -> list[Alarm]:
        """All that are not over, the worst first, then those that were lately, the last first."""
        return sorted(self._alarms.values(), key=_rank)

    def live(self, asset: str | None = None) -> list[Alarm]:
        """The alarms that are not over, of one asset or of all, by number."""
        every = [self._alarms[each.alarm] for each in self._points.values() if each.alarm]
        return sorted((a for a in every if asset in (None, a.asset)), key=lambda a: a.id)

    def touched(self) -> list[Alarm]:
        """The alarms that changed since this was last asked."""
        changed = [self._touched[each] for each in sorted(self._touched)]
        self._touched.clear()
        return changed

    def flood(self, time: float) -> bool:
        """Whether there is a flood at that time, on the clock of the readings."""
        return self.flooding.on and self.flooding.count(time) >= self.settings.flood.few

    def mode(self, asset: str) -> str:
        """The operating mode of an asset; nothing: it runs."""
        return self.hushing.modes.get(asset, "")

    def number(self) -> int:
        """The number of a new alarm."""
        self._next += 1
        return self._next - 1

    def note(self, alarm: Alarm) -> None:
        """Keep what nobody needs to be told."""
        self._alarms[alarm.id] = alarm

    def update(self, alarm: Alarm) -> Alarm:
        """Keep a changed alarm under the state that follows from it, and tell of it."""
        point = self._points.get((alarm.asset, alarm.key), Point())
        live = point.alarm == alarm.id
        state = self._state_of(alarm) if live else "normal"
        seen = alarm.announced or state in ("unacknowledged", "acknowledged")
        alarm = replace(alarm, state=state, announced=seen)
        self._alarms[alarm.id] = self._touched[alarm.id] = alarm
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
            del self._alarms[self._over.pop(0)]

    def state(self) -> State:
        """All that a book needs to go on from here."""
        points = [[asset, key, each.to_tree()] for (asset, key), each in self._points.items()]
        config: dict[str, Any] = {
            "points": points,
            "alarms": [each.to_tree() for each in self._alarms.values()],
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
        self._points = {(a, key): Point.from_tree(each) for a, key, each in tree["points"]}
        self._alarms = {each["id"]: Alarm.from_tree(each) for each in tree["alarms"]}
        self._touched = {each["id"]: Alarm.from_tree(each) for each in tree["touched"]}
        self._over, self._next = list(tree["over"]), tree["next"]
        self.flooding.read(tree["flood"])
        self.firsts.read(tree["firsts"])
        self.hushing.read(tree["hushing"])


def _rank(alarm: Alarm) -> tuple[int, int, float, int]:
    urgent = PRIORITIES.index(alarm.priority)
    place = WORST_FIRST.index(alarm.state)
    return place, -urgent if alarm.state != "normal" else 0, -alarm.raised, -alarm.id
