"""What the alarm layer is worth: counted strictly, on scores whose answer is known."""

from typing import Any

import numpy as np
import pandas as pd
import pytest

from matts.detect.calibration import Calibration
from matts.detect.tail import Surprise, Tail
from matts.detect.threshold import Threshold
from matts.serve.alarms.rates import alarm_rates, find_events, readings_a_day
from matts.serve.alarms.settings import AlarmSettings, PointSettings, Span

HEALTHY = np.random.default_rng(0).exponential(size=5000)
SCALE = Surprise(pooled=Tail.fit(HEALTHY))
LIMIT = 6.0  # 2.6 on the surprise axis
PATIENT = AlarmSettings(
    anomaly=PointSettings(on_delay=Span(readings=2), off_delay=Span(readings=2), at_once=None),
    readings_a_day=10,
)


def calibration(**threshold: Any) -> Calibration:
    return Calibration(
        thresholds={"matts/0": Threshold(limit=LIMIT, **threshold)},
        validation_pr_auc={"matts/0": None},
        fingerprints={},
        expects={},
        scales={"matts/0": SCALE},
    )


def scored(alerts: str, faulty: str = "", assets: str = "") -> pd.DataFrame:
    """A reading a letter: an alert is !, a faulty reading is f, an asset its letter."""
    found = pd.DataFrame({"part": "test", "matts/0": [9.0 if a == "!" else 1.0 for a in alerts]})
    names = list(assets) if assets else ["" for _ in alerts]
    found = found.assign(segment=pd.factorize(np.array(names))[0], asset=names)
    return found.assign(fault_Leak=[each == "f" for each in faulty]) if faulty else found


def rates(table: pd.DataFrame, settings: AlarmSettings = PATIENT, **threshold: Any) -> Any:
    return alarm_rates(table, calibration(**threshold), {}, settings)


def test_a_spike_is_no_alarm_and_what_the_delay_swallows_is_missed() -> None:
    #                     a spike   an event   a short event
    found = rates(scored("..!........!!!.......!......", "...........fff.......f......"))
    matts = found["detectors"]["matts"]
    assert {k: matts["before"][k] for k in ("alarms", "false", "found", "events")} == {
        "alarms": 3,
        "false": 1,
        "found": 2,
        "events": 2,
    }
    assert {k: matts["after"][k] for k in ("alarms", "false", "found", "events")} == {
        "alarms": 1,
        "false": 0,
        "found": 1,
        "events": 2,
    }
    assert matts["delay_added"] == 1.0
    assert found["asset_days"] == 2.8
    assert matts["before"]["alarms_per_asset_day"] == pytest.approx(3 / 2.8)
    assert matts["before"]["false_per_asset_day"] == pytest.approx(1 / 2.8)


def test_alarms_that_come_in_one_become_one() -> None:
    found = rates(scored("!!.!!.!!..", "ffffffff.."))["detectors"]["matts"]
    assert (found["before"]["alarms"], found["after"]["alarms"]) == (3, 1)
    assert (found["before"]["standing"], found["after"]["standing"]) == (0.6, 0.7)


def test_an_alarm_that_always_stands_finds_one_event_and_is_false() -> None:
    found = rates(scored("!" * 30, "..........ff........ff........"))["detectors"]["matts"]
    for when in ("before", "after"):
        assert (found[when]["found"], found[when]["false"], found[when]["events"]) == (1, 1, 2)


def test_the_tail_of_an_event_is_not_false_but_what_outlasts_it_is() -> None:
    for alerts, false in (("...!!!!!!.....", 0), ("...!!!!!!!....", 1)):
        found = rates(scored(alerts, "...ff........."))["detectors"]["matts"]
        assert (found["before"]["false"], found["after"]["false"]) == (false, false)


def test_each_segment_is_a_machine_of_its_own() -> None:
    found = rates(scored(".....!!.....", assets="aaaaaabbbbbb"))["detectors"]["matts"]
    assert (found["before"]["alarms"], found["after"]["alarms"]) == (2, 0)
    assert (found["before"]["false"], found["after"]["found"], found["delay_added"]) == (None,) * 3


def test_an_asset_has_its_own_limit() -> None:
    table = scored("!!!!!!", assets="aaabbb")
    assert rates(table)["detectors"]["matts"]["after"]["alarms"] == 2
    own = rates(table, by_asset={"a": 10.0})["detectors"]["matts"]
    assert (own["before"]["alarms"], own["after"]["alarms"]) == (1, 1)


def test_a_threshold_that_moves_is_left_out() -> None:
    assert rates(scored("...."), memory=5, spreads=3.0)["detectors"] == {}


def test_settings_take_effect_and_seconds_are_counted_in_the_pace_of_the_record() -> None:
    table = scored("..!!!!!!..")  # 8640 seconds from one to the next
    slow = PointSettings(on_delay=Span(seconds=20_000), at_once=None)
    settings = AlarmSettings(anomaly=slow, readings_a_day=10)
    assert rates(table, settings)["detectors"]["matts"]["after"]["standing"] == pytest.approx(0.3)
    quick = AlarmSettings(anomaly=slow, readings_a_day=10_000)
    assert rates(table, quick)["detectors"]["matts"]["after"]["alarms"] == 0


@pytest.mark.parametrize(
    ("quality", "pace"),
    [
        ({}, 300.0),
        ({"step": "0 days 00:00:01", "every": None}, 86_400.0),
        ({"step": "0 days 00:00:01", "every": "10min"}, 144.0),
        ({"step": "1.0"}, 300.0),
        ({"step": None}, 300.0),
        ({"step": "0 days 00:00:00"}, 300.0),
    ],
    ids=["no times", "every second", "brought to ten minutes", "numbers", "one reading", "at once"],
)
def test_how_many_readings_make_a_day(quality: dict[str, Any], pace: float) -> None:
    found = readings_a_day(quality, AlarmSettings())
    assert found["readings_a_day"] == pace
    assert (found["by"] == "times") == (pace != 300.0)


def test_the_earliest_alarm_of_an_event_finds_it() -> None:
    hits = np.array([False, True, False, True, True])
    found = find_events(np.array([[3, 5], [1, 2]]), hits, np.array([[1, 5]]))
    assert found.tolist() == [0.0]
