"""Whatever readings come and whatever people do: nothing is lost, doubled or out of order."""

import json
import math
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from matts.domain import BadInputError, State
from matts.serve.alarms.actions import OF_ALARMS, Action
from matts.serve.alarms.alarm import STATES, Alarm, Record, Signal
from matts.serve.alarms.book import AlarmBook
from matts.serve.alarms.settings import (
    AlarmSettings,
    ChatterSettings,
    FloodSettings,
    PointSettings,
    Span,
)

HIDDEN = ("suppressed", "out_of_service")
SEEN = ("unacknowledged", "acknowledged", "returned_unacknowledged", "normal")
ARROWS = {  # where an alarm may go by itself or by a hand, without being hidden or shelved
    "normal": ("unacknowledged",),
    "unacknowledged": ("acknowledged", "returned_unacknowledged"),
    "acknowledged": ("normal",),
    "returned_unacknowledged": ("unacknowledged", "normal"),
}
SHORT = PointSettings(
    on_delay=Span(readings=2), off_delay=Span(readings=2), deadband=0.5, at_once=3.0
)
SETTINGS = AlarmSettings(
    anomaly=SHORT,
    drift=PointSettings(on_delay=Span(), off_delay=Span(seconds=15), deadband=0.0),
    chattering=ChatterSettings(times=2, within=Span(readings=12), longer=2),
    flood=FloodSettings(most=1, few=1, seconds=100.0),
    stale_seconds=60.0,
    kept=1000,
)
STRONG = 7.0
VALUES = [0.0, 2.7, 3.5, STRONG, float("nan")]
ASSETS, KEYS = ("fan", "pump"), ("anomaly", "drift")


def replay(trail: list[Record]) -> dict[int, str]:
    """The state of each alarm, read from the audit alone."""
    states: dict[int, str] = {}
    for record in trail:
        if record.alarm is None or " -> " not in record.text:
            continue
        before, after = record.text.split(", ")[0].split(" -> ")
        if after in STATES and record.kind not in ("feedback", "undo_feedback", "fault"):
            assert states.get(record.alarm, "normal") == before, record
            assert legal(before, after, record.kind), record
            states[record.alarm] = after
        elif record.kind == "raised":
            raise AssertionError(record)
    return states


def legal(before: str, after: str, kind: str) -> bool:
    if before == after:
        return before != "normal"
    if after in HIDDEN or before in HIDDEN:
        return kind in ("raised", "suppressed", "out_of_service", "released")
    if "shelved" in (before, after):
        return kind in ("shelve", "unshelve", "shelf_over")
    return after in ARROWS[before]


class Life(RuleBasedStateMachine):
    """A book beside one that is saved and restored, beside a plain count of who stands."""

    def __init__(self) -> None:
        super().__init__()
        self.book, self.other = AlarmBook(SETTINGS), AlarmBook(SETTINGS)
        self.trail: list[Record] = []
        self.told: dict[int, Alarm] = {}  # what a store would hold
        self.number, self.time = 0, 0.0
        self.lasting: dict[tuple[str, str], bool] = {}  # whether the last is a strong alert

    def both(self, name: str, *given: Any) -> list[Record]:
        """Do the same to both books: they must answer alike."""
        answers = []
        for own in (self.book, self.other):
            try:
                answers.append(getattr(own, name)(*given))
            except BadInputError as error:
                answers.append(str(error))
        assert answers[0] == answers[1]
        return answers[0] if isinstance(answers[0], list) else []

    def step(self, found: list[Record]) -> None:
        self.trail += found
        changed = self.book.touched()
        assert changed == self.other.touched()
        self.told |= {each.id: each for each in changed}

    @rule(
        asset=st.sampled_from(ASSETS),
        key=st.sampled_from(KEYS),
        values=st.lists(
            st.sampled_from([0.0, 2.7, 3.5, 7.0, float("nan")]), min_size=1, max_size=6
        ),
    )
    def read(self, asset: str, key: str, values: list[float]) -> None:
        signals = []
        for value in values:
            self.number, self.time = self.number + 1, self.time + 10.0
            signals.append(Signal(asset, self.time, self.number, key, value, 3.0))
            if not math.isnan(value):  # which says nothing
                self.lasting[asset, key] = value == STRONG
        whole = self.book.hear(signals)
        one_by_one = [each for signal in signals for each in self.other.hear([signal])]
        assert whole == one_by_one
        self.step(whole)

    @rule(kind=st.sampled_from(OF_ALARMS), alarm=st.integers(1, 5), minutes=st.integers(-1, 9))
    def act_on_alarm(self, kind: str, alarm: int, minutes: int) -> None:
        self.number += 1
        until = self.time + 60 * minutes if kind == "shelve" else None
        verdict = "false_alarm" if kind == "feedback" else ""
        action = Action(kind, "Ann", self.time, self.number, alarm, until=until, verdict=verdict)
        self.step(self.both("act", action))

    @rule(
        kind=st.sampled_from(["mode", "suppress", "unsuppress", "out_of_service", "in_service"]),
        asset=st.sampled_from(ASSETS),
        mode=st.sampled_from(["", "maintenance", "start_up"]),
    )
    def act_on_asset(self, kind: str, asset: str, mode: str) -> None:
        self.number += 1
        action = Action(kind, "Ann", self.time, self.number, asset=asset, mode=mode)
        self.step(self.both("act", action))

    @rule(minutes=st.integers(0, 9))
    def tick(self, minutes: int) -> None:
        self.number += 1
        self.step(self.both("tick", self.time + 60.0 * minutes, self.number))

    @rule()
    def restart(self) -> None:
        """The other book is killed, and goes on from what was written as JSON."""
        saved = json.loads(json.dumps(self.other.state().config))
        self.other = AlarmBook(SETTINGS)
        self.other.restore(State({}, saved))

    @invariant()
    def the_audit_says_what_the_book_says(self) -> None:
        states = replay(self.trail)
        assert states == {each.id: each.state for each in self.book.alarms}

    @invariant()
    def the_store_has_every_alarm_as_it_is(self) -> None:
        own = {each.id: (each.state, each.count) for each in self.book.alarms}
        assert {k: (each.state, each.count) for k, each in self.told.items()} == own

    @invariant()
    def numbers_ascend_and_none_is_doubled(self) -> None:
        raised = [each.alarm for each in self.trail if each.kind == "raised"]
        assert raised == list(range(1, len(raised) + 1))
        live = [(a.asset, a.key) for a in self.book.alarms if a.state != "normal"]
        assert len(live) == len(set(live))

    @invariant()
    def no_alarm_is_lost(self) -> None:
        """What has just been strongly strange has an alarm that stands, in sight or hidden."""
        standing = {(a.asset, a.key) for a in self.book.alarms if a.returned is None}
        for place, strong in self.lasting.items():
            assert not strong or place in standing

    @invariant()
    def an_alarm_that_is_over_was_seen_or_never_told(self) -> None:
        for each in self.book.alarms:
            if each.state == "normal":
                assert each.returned is not None
                assert each.acknowledged is not None or not each.announced

    @precondition(lambda self: self.book.alarms)
    @rule()
    def alarms_are_json(self) -> None:
        for each in self.book.alarms:
            assert Alarm.from_tree(json.loads(json.dumps(each.to_tree()))) == each


TestLife = Life.TestCase
TestLife.settings = settings(max_examples=150, stateful_step_count=30, deadline=None)
