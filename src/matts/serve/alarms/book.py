"""The book of alarms: what comes, what goes, who is to be told (ISA-18.2).

A fold over a journal: no clock, no chance, no I/O. The clock of the readings steers delays,
chattering, floods and what came first; that of the service, from its ticks, ends shelves.
"""

from collections.abc import Sequence
from dataclasses import replace

from matts.domain import BadInputError, State
from matts.serve.alarms.actions import Action
from matts.serve.alarms.acts import ACTS
from matts.serve.alarms.alarm import PRIORITIES, Alarm, Record, Signal
from matts.serve.alarms.hearing import change, record, step
from matts.serve.alarms.ledger import Ledger
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
        self._ledger = Ledger(settings)

    def hear(self, signals: Sequence[Signal]) -> list[Record]:
        """What follows from these signals, one after the other; how they are cut is all one."""
        return [each for signal in signals for each in self._hear(signal)]

    def _hear(self, signal: Signal) -> list[Record]:
        ledger, place = self._ledger, (signal.asset, signal.key)
        found = []
        if ledger.flooding.on and ledger.flooding.turn(signal.time):
            found.append(record(signal, None, "flood_over"))
        point = ledger.points.get(place)
        if signal.value != signal.value or not (point or signal.value >= signal.limit):
            return found  # no number, or nothing to remember: the way of almost every reading
        point = point or ledger.points.setdefault(place, Point())
        found += step(ledger, point, signal)
        if point.idle:
            del ledger.points[place]
        return found

    def act(self, action: Action) -> list[Record]:
        """What somebody does; a BadInputError where it makes no sense, and nothing is changed."""
        if action.kind not in ACTS:
            msg = f"an action needs to be one of {', '.join(ACTS)}, got {action.kind!r}"
            raise BadInputError(msg)
        return ACTS[action.kind](self._ledger, action)

    def tick(self, time: float, number: int) -> list[Record]:
        """The service's clock says the time: shelves end."""
        found = []
        for old in self._ledger.live():
            if old.shelved_until is not None and old.shelved_until <= time:
                new = self._ledger.update(replace(old, shelved_until=None))
                told = change(old, new)
                found.append(Record(number, time, new.id, new.asset, "shelf_over", "", told))
        return found

    def alarm(self, alarm: int) -> Alarm:
        """One alarm by its number; a BadInputError where it is not here."""
        return self._ledger.alarm(alarm)

    def standing(self, asset: str, key: str) -> Alarm | None:
        """The alarm of that asset and kind that is not over; None: there is none."""
        point = self._ledger.points.get((asset, key))
        return self._ledger.alarm(point.alarm) if point and point.alarm else None

    @property
    def alarms(self) -> list[Alarm]:
        """All that are not over, the worst first, then those that were lately, the last first."""
        return sorted(self._ledger.alarms.values(), key=_rank)

    def touched(self) -> list[Alarm]:
        """The alarms that changed since this was last asked, by number."""
        return self._ledger.touched()

    def flood(self, time: float) -> bool:
        """Whether there is a flood at that time, on the clock of the readings.

        An asset that falls silent is an alarm later than any reading: that counts, too.
        """
        flooding = self._ledger.flooding
        latest = max([time, *flooding.comings])
        return flooding.on and flooding.count(latest) >= self.settings.flood.few

    @property
    def following(self) -> int:
        """The number that the next alarm will have."""
        return self._ledger.following

    def reset(self) -> "AlarmBook":
        """A book without alarms: their numbers go on, and what people hid from them stays so."""
        book = AlarmBook(self.settings)
        old, fresh = self._ledger.state().config, book.state().config
        book.restore(State({}, {**fresh, "next": old["next"], "hushing": old["hushing"]}))
        return book

    def mode(self, asset: str) -> str:
        """The operating mode of an asset; nothing: it runs."""
        return self._ledger.hushing.modes.get(asset, "")

    def in_service(self, asset: str) -> bool:
        """Whether alarms of the asset are told at all."""
        return asset not in self._ledger.hushing.out

    def state(self) -> State:
        """All that a book needs to go on from here."""
        return self._ledger.state()

    def restore(self, state: State) -> None:
        """Go on from a state to the last bit, as if nothing had been between."""
        self._ledger.restore(state)


def _rank(alarm: Alarm) -> tuple[int, int, float, int]:
    urgent = PRIORITIES.index(alarm.priority)
    place = WORST_FIRST.index(alarm.state)
    return place, -urgent if alarm.state != "normal" else 0, -alarm.raised, -alarm.id
