"""The life of an alarm, state by state, and what keeps it from operators."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
import yaml

from matts.domain import BadInputError, State
from matts.serve.alarms.actions import Action, read_action
from matts.serve.alarms.alarm import Alarm, Signal
from matts.serve.alarms.book import AlarmBook
from matts.serve.alarms.settings import (
    AlarmSettings,
    ChatterSettings,
    FloodSettings,
    PointSettings,
    PrioritySettings,
    Span,
)

LIMIT = 3.0
PATIENT = PointSettings(
    on_delay=Span(readings=2), off_delay=Span(readings=2), deadband=0.5, at_once=2.0
)
AT_ONCE = PointSettings(on_delay=Span(readings=1), off_delay=Span(readings=1), deadband=0.0)


def book(**settings: Any) -> AlarmBook:
    return AlarmBook(AlarmSettings(**{"anomaly": AT_ONCE, **settings}))


def signals(values: Sequence[float], start: int = 1, **fields: Any) -> list[Signal]:
    """A reading every ten seconds."""
    given = {"asset": "fan", "key": "anomaly", "limit": LIMIT, **fields}
    return [
        Signal(time=10.0 * n, number=n, value=value, **given)
        for n, value in enumerate(values, start)
    ]


def act(own: AlarmBook, kind: str, time: float = 100.0, **fields: Any) -> list[str]:
    """What an action of Ann's writes into the audit."""
    tree = {"kind": kind, **({"alarm": 1} if "asset" not in fields else {}), **fields}
    return [each.kind for each in own.act(read_action(tree, "Ann", time))]


def kinds(own: AlarmBook, values: Sequence[float], start: int = 1, **fields: Any) -> list[str]:
    return [each.kind for each in own.hear(signals(values, start, **fields))]


def only(own: AlarmBook) -> Alarm:
    (alarm,) = own.alarms
    return alarm


@pytest.mark.parametrize(
    ("values", "came"),
    [
        ([4, 0, 4, 0, 4, 0], None),
        ([0, 4, 4, 0, 0], 3),
        ([0, 5, 0], 2),
        ([4, float("nan"), 4], 3),
        ([2.9, 2.99], None),
    ],
    ids=["spikes", "two in a row", "very strong", "no number between", "below"],
)
def test_an_alarm_comes_after_its_delay_or_at_once(values: list[float], came: int | None) -> None:
    own = book(anomaly=PATIENT)
    own.hear(signals(values))
    assert [each.number for each in own.alarms] == ([] if came is None else [came])


def test_delays_may_be_seconds_of_the_readings() -> None:
    own = book(
        anomaly=PointSettings(on_delay=Span(seconds=25), off_delay=Span(seconds=15), at_once=None)
    )
    assert kinds(own, [4, 4, 4]) == []
    assert kinds(own, [4], 4) == ["raised"]  # 30 seconds after the first
    assert kinds(own, [0, 0, 0], 5) == ["returned"]
    assert (only(own).raised, only(own).began, only(own).returned) == (40.0, 10.0, 70.0)


def test_a_deadband_holds_an_alarm_that_hovers() -> None:
    own = book(anomaly=PATIENT)
    assert kinds(own, [5, 2.6, 2.6, 2.6, 2.6, 2.4, 2.6, 2.4]) == ["raised"]
    assert kinds(own, [2.4], 9) == ["returned"]


def test_the_four_states_of_an_alarm_that_is_told() -> None:
    own = book()
    assert kinds(own, [4]) == ["raised"]
    assert only(own).state == "unacknowledged"
    assert kinds(own, [0], 2) == ["returned"]
    assert only(own).state == "returned_unacknowledged"
    assert kinds(own, [4], 3) == ["again"]
    assert (only(own).id, only(own).count, only(own).state) == (1, 2, "unacknowledged")
    assert act(own, "acknowledge") == ["acknowledge"]
    assert (only(own).state, only(own).acknowledged_by) == ("acknowledged", "Ann")
    assert kinds(own, [0], 4) == ["returned"]
    assert only(own).state == "normal"
    kinds(own, [4], 5)
    assert [each.id for each in own.alarms] == [2, 1]


def test_each_coming_of_an_alarm_keeps_its_first_and_last_alert() -> None:
    own = book(anomaly=PATIENT)
    own.hear(signals([4, 4, 4, 0, 0, 0, 4, 4, 0]))
    assert only(own).earlier == ((10.0, 30.0),)
    assert (only(own).began, only(own).last, only(own).raised) == (70.0, 80.0, 20.0)


def test_what_comes_and_goes_unseen_is_over_once_acknowledged() -> None:
    own = book()
    own.hear(signals([4, 0]))
    act(own, "acknowledge")
    assert only(own).state == "normal"
    with pytest.raises(BadInputError, match="alarm 1 is over: there is nothing left to shelve"):
        act(own, "shelve")


def test_a_shelf_ends_by_the_clock_of_the_service() -> None:
    own = book()
    own.hear(signals([4]))
    act(own, "shelve", time=100.0, minutes=10)
    assert only(own).state == "shelved"
    assert own.tick(699.0, 5) == []
    (record,) = own.tick(700.0, 6)
    assert (record.kind, record.text) == ("shelf_over", "shelved -> unacknowledged")
    assert (only(own).state, only(own).shelved_until) == ("unacknowledged", None)


def test_a_shelved_alarm_that_comes_again_is_the_same_and_nobody_is_told() -> None:
    own = book()
    own.hear(signals([4]))
    act(own, "acknowledge")
    act(own, "shelve")
    assert kinds(own, [0, 4, 0], 2) == ["returned", "again", "returned"]
    assert (only(own).state, only(own).rings, only(own).count) == ("shelved", False, 2)
    act(own, "unshelve")
    assert only(own).state == "returned_unacknowledged"  # it came again after it was seen


@pytest.mark.parametrize("minutes", [0, -5, 481], ids=["no time", "the past", "too long"])
def test_a_shelf_is_never_for_good(minutes: float) -> None:
    own = book()
    own.hear(signals([4]))
    with pytest.raises(BadInputError, match="a shelf needs to end within 480 minutes"):
        act(own, "shelve", minutes=minutes)
    assert only(own).state == "unacknowledged"


HUSH: dict[str, tuple[dict[str, Any], dict[str, Any], str]] = {
    "maintenance": ({"kind": "mode", "mode": "maintenance"}, {"kind": "mode"}, "suppressed"),
    "by hand": ({"kind": "suppress"}, {"kind": "unsuppress"}, "suppressed"),
    "out of service": ({"kind": "out_of_service"}, {"kind": "in_service"}, "out_of_service"),
}


@pytest.mark.parametrize(("hush", "release", "state"), HUSH.values(), ids=HUSH)
def test_by_design_nothing_is_told_and_nothing_is_lost(
    hush: dict[str, Any], release: dict[str, Any], state: str
) -> None:
    own = book()
    act(own, asset="fan", **hush)
    assert kinds(own, [4]) == ["raised"]
    assert (only(own).state, only(own).announced) == (state, False)
    assert act(own, asset="fan", **release) == [release["kind"], "released"]
    assert (only(own).state, only(own).announced) == ("unacknowledged", True)
    act(own, asset="fan", **hush)
    own.hear(signals([0], 2))
    act(own, asset="fan", **release)
    assert only(own).state == "returned_unacknowledged"  # somebody was told: it waits for them


def test_what_came_and_went_while_hidden_is_over_on_release() -> None:
    own = book()
    act(own, "mode", asset="fan", mode="maintenance")
    own.hear(signals([4, 0]))
    act(own, "mode", asset="fan")
    assert only(own).state == "normal"


def test_a_mode_suppresses_only_the_kinds_that_the_settings_name() -> None:
    own = book(modes={"idle": ("drift",)}, drift=AT_ONCE)
    act(own, "mode", asset="fan", mode="idle")
    own.hear([*signals([4]), *signals([4], key="drift"), *signals([4], asset="pump", key="drift")])
    states = {(each.asset, each.key): each.state for each in own.alarms}
    assert states.pop(("fan", "drift")) == "suppressed"
    assert {*states.values()} == {"unacknowledged"}
    assert own.mode("fan") == "idle"
    with pytest.raises(BadInputError, match="a mode needs to be one of idle, or empty to run"):
        act(own, "mode", asset="fan", mode="maintenance")


def test_a_suppression_of_an_alarm_is_of_its_kind_alone() -> None:
    own = book(drift=AT_ONCE)
    own.hear([*signals([4]), *signals([4], key="drift")])
    act(own, "suppress", alarm=1)
    assert {each.key: each.state for each in own.alarms} == {
        "anomaly": "suppressed",
        "drift": "unacknowledged",
    }


def test_chattering_is_marked_and_slowed_until_it_is_steady() -> None:
    chattering = ChatterSettings(times=3, within=Span(readings=10), longer=4)
    own = book(chattering=chattering)
    found = kinds(own, [4, 0, 4, 0, 4])
    assert found == ["raised", "returned", "again", "returned", "again", "chattering"]
    assert kinds(own, [0, 0, 0], 6) == []  # it would have returned at the first
    assert kinds(own, [0], 9) == ["returned"]
    assert kinds(own, [0] * 10, 10) == ["steady"]
    assert not only(own).chattering


def test_what_stands_too_long_is_stale() -> None:
    own = book(stale_seconds=30.0)
    assert kinds(own, [4, 4, 4, 4, 4]) == ["raised", "stale"]
    assert only(own).stale
    assert kinds(own, [0, 4], 6) == ["returned", "again"]
    assert not only(own).stale


def test_in_a_flood_only_critical_alarms_ring() -> None:
    own = book(flood=FloodSettings(most=2, few=2, seconds=100.0))
    found = [
        each.kind
        for n, value in enumerate([4, 4, 4, 9], 1)
        for each in own.hear(signals([value], n, asset=f"fan {n}"))
    ]
    assert found == ["raised", "raised", "raised", "flood", "raised"]
    assert own.flood(40.0)
    assert {each.asset: each.rings for each in own.alarms} == {
        "fan 1": True,
        "fan 2": True,
        "fan 3": False,
        "fan 4": True,
    }
    assert kinds(own, [0], 20) == ["flood_over"]
    assert not own.flood(200.0)


def test_of_alarms_that_come_together_the_first_is_told() -> None:
    own = book(together_seconds=15.0, groups={"line": ("fan", "pump")})
    own.hear(signals([4], 1))
    found = own.hear([*signals([4], 2, asset="pump"), *signals([4], 2, asset="press")])
    assert [(each.kind, each.alarm) for each in found] == [
        ("raised", 2),
        ("first_out", 1),
        ("raised", 3),
    ]
    assert {each.asset for each in own.alarms if each.first_out} == {"fan"}


def test_priority_is_by_height_fault_kind_and_asset_and_never_falls() -> None:
    rules = PrioritySettings(faults={"Leak": "critical"}, assets={"pump": "high"})
    own = book(priority=rules, drift=AT_ONCE)
    own.hear([*signals([3.1]), *signals([3.1], asset="pump"), *signals([9], key="drift")])
    own.hear(signals([3.1], asset="press", fault="Leak"))
    found = {(each.asset, each.key): each.priority for each in own.alarms}
    assert found == {
        ("fan", "anomaly"): "low",
        ("pump", "anomaly"): "high",
        ("fan", "drift"): "low",
        ("press", "anomaly"): "critical",
    }
    assert kinds(own, [4.5], 2) == ["priority"]
    assert kinds(own, [3.2], 3) == []
    assert own.alarm(1).priority == "high"


def test_an_alarm_names_the_fault_of_most_alerts_and_the_sensors_of_its_peak() -> None:
    own = book()
    told = [("Leak", 4.0, "flow"), ("Bearing", 5.0, "speed"), ("Bearing", 4.5, "load")]
    for n, (fault, value, sensor) in enumerate(told, 1):
        own.hear(signals([value], n, fault=fault, sensors=((sensor, 1.0),)))
    assert (only(own).fault, only(own).sensors, only(own).peak) == ("Bearing", (("speed", 1.0),), 5)


def test_the_worst_stand_first_and_touched_tells_each_change_once() -> None:
    own = book(kept=2)
    for n, asset in enumerate("abcd", 1):
        own.hear(signals([3.1 if asset == "a" else 9], n, asset=asset))
    act(own, "acknowledge", alarm=4)
    assert [each.id for each in own.alarms] == [3, 2, 1, 4]
    assert [each.id for each in own.touched()] == [1, 2, 3, 4]
    assert own.touched() == []
    for n, asset in enumerate("abc", 5):
        own.hear(signals([0], n, asset=asset))
        act(own, "acknowledge", alarm="abc".index(asset) + 1)
    assert [each.state for each in own.touched()] == ["normal"] * 3
    with pytest.raises(BadInputError, match="there is no alarm 1 here"):
        own.alarm(1)  # only two that are over are kept


def test_an_alarm_is_json_and_back() -> None:
    own = book()
    own.hear(signals([4], sensors=(("flow", 0.75), ("speed", 0.25)), text="Späne"))
    tree = json.loads(json.dumps(only(own).to_tree()))
    assert Alarm.from_tree(tree) == only(own)
    assert tree["rings"] is True


def test_a_book_goes_on_from_json_as_if_nothing_had_been() -> None:
    first, second = book(), book()
    first.hear(signals([4, 0, 4, 0]))
    act(first, "mode", asset="pump", mode="maintenance")
    act(first, "shelve")
    second.restore(State({}, json.loads(json.dumps(first.state().config))))
    later = signals([0, 4, 9, 0], 5)
    assert first.hear(later) == second.hear(later)
    assert first.tick(1e6, 9) == second.tick(1e6, 9)
    assert first.touched() == second.touched()
    assert json.dumps(first.state().config) == json.dumps(second.state().config)


NONSENSE: dict[str, tuple[dict[str, Any], str]] = {
    "no alarm": ({"kind": "acknowledge", "alarm": 7}, "there is no alarm 7 here: the last is 1"),
    "not shelved": ({"kind": "unshelve"}, "alarm 1 is not shelved: it is unacknowledged"),
    "in service": ({"kind": "in_service", "asset": "fan"}, "fan is in service already"),
    "not suppressed": ({"kind": "unsuppress", "asset": "fan"}, "fan is not suppressed by hand"),
    "nothing said": ({"kind": "undo_feedback"}, "nobody has said whether alarm 1 was right"),
}


@pytest.mark.parametrize(("tree", "message"), NONSENSE.values(), ids=NONSENSE)
def test_what_makes_no_sense_changes_nothing(tree: dict[str, Any], message: str) -> None:
    own = book()
    own.hear(signals([4]))
    before = json.dumps(own.state().config)
    with pytest.raises(BadInputError, match=message):
        own.act(read_action({"alarm": 1, **tree} if "asset" not in tree else tree, "Ann", 0.0))
    assert json.dumps(own.state().config) == before


def test_twice_acknowledged_names_who_was_first() -> None:
    own = book()
    own.hear(signals([4]))
    act(own, "acknowledge")
    with pytest.raises(BadInputError, match="alarm 1 was acknowledged by Ann"):
        act(own, "acknowledge")


@pytest.mark.parametrize("kind", ["shelve", "mode", "dance"])
def test_an_action_that_lacks_its_object_is_refused(kind: str) -> None:
    with pytest.raises(BadInputError, match="needs"):
        book().act(Action(kind, "Ann", 0.0))


def test_the_defaults_of_the_project_are_those_of_the_code() -> None:
    base = Path(__file__).parents[3] / "conf/base/parameters.yml"
    given = yaml.safe_load(base.read_text())["serve"]["alarms"]
    assert AlarmSettings.model_validate(given) == AlarmSettings()
    assert given.keys() | {"quality", "silent", "drift"} == AlarmSettings.model_fields.keys()
