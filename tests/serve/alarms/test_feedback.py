"""What operators say of alarms: the limit moves within bounds, and back to the last bit."""

import json
from typing import Any

import pandas as pd
import pytest

from matts.domain import State
from matts.serve.alarms.actions import Action
from matts.serve.alarms.alarm import Alarm, Record
from matts.serve.alarms.feedback import Feedback
from matts.serve.alarms.label_file import COLUMNS, label_file
from matts.serve.alarms.settings import FeedbackSettings

SETTINGS = FeedbackSettings(step=0.1, most_up=0.25, most_down=0.15)


def alarm(number: int = 1, asset: str = "fan", key: str = "anomaly", **fields: Any) -> Alarm:
    told = {"fault": "Leak", "began": 10.0 * number, "last": 10.0 * number + 5, **fields}
    return Alarm(number, asset, key, "normal", "low", 10.0 * number, number, **told)


def say(feedback: Feedback, verdict: str, of: Alarm | None = None, **fields: Any) -> list[Record]:
    of = of or alarm()
    kind = "feedback" if verdict else "undo_feedback"
    return feedback.learn(Action(kind, "Ann", 99.0, 7, of.id, verdict=verdict, **fields), of)


def test_a_false_alarm_raises_the_limit_of_its_asset_and_says_from_where_to_where() -> None:
    feedback = Feedback(SETTINGS)
    (record,) = say(feedback, "false_alarm")
    assert record == Record(7, 99.0, 1, "fan", "threshold", "Ann", "+0 -> +0.1")
    assert (feedback.shift("fan"), feedback.shift("pump")) == (0.1, 0.0)
    (record,) = say(feedback, "confirmed", alarm(2))
    assert record.text == "+0.1 -> +0"
    assert feedback.shifts() == {"fan": 0.0}


@pytest.mark.parametrize(("verdict", "end"), [("false_alarm", 0.25), ("confirmed", -0.15)])
def test_many_verdicts_end_at_a_bound(verdict: str, end: float) -> None:
    feedback = Feedback(SETTINGS)
    told = [say(feedback, verdict, alarm(n))[0].text for n in range(1, 6)]
    assert feedback.shift("fan") == end
    assert told[-1] == f"{end:+g} -> {end:+g} (as far as it goes)"


def test_undoing_gives_back_what_was_to_the_last_bit() -> None:
    feedback = Feedback(SETTINGS)
    shifts = []
    for n, verdict in enumerate(["false_alarm", "confirmed", "false_alarm", "false_alarm"], 1):
        shifts.append(feedback.shift("fan"))
        say(feedback, verdict, alarm(n))
    for n in (4, 3, 2, 1):
        say(feedback, "", alarm(n))
        assert feedback.shift("fan") == shifts.pop()
    assert feedback.labels() == []


def test_a_second_word_on_an_alarm_takes_the_place_of_the_first() -> None:
    feedback = Feedback(SETTINGS)
    say(feedback, "false_alarm")
    say(feedback, "confirmed", fault="Bearing")
    assert feedback.shift("fan") == -0.1
    assert [(row["label"], row["fault"]) for row in feedback.labels()] == [("faulty", "Bearing")]


def test_only_the_detector_is_moved() -> None:
    feedback = Feedback(SETTINGS)
    (record,) = say(feedback, "false_alarm", alarm(key="silent"))
    assert record.text == "+0 -> +0 (silent has no part)"
    assert feedback.shift("fan") == 0.0
    assert feedback.labels() == []


def test_nothing_else_is_learnt_from() -> None:
    feedback = Feedback(SETTINGS)
    assert feedback.learn(Action("acknowledge", "Ann", 0.0, alarm=1), alarm()) == []
    assert feedback.shifts() == {}


def test_feedback_goes_on_from_json() -> None:
    first, second = Feedback(SETTINGS), Feedback(SETTINGS)
    for n, verdict in enumerate(["false_alarm", "confirmed", "false_alarm"], 1):
        say(first, verdict, alarm(n))
    second.restore(State({}, json.loads(json.dumps(first.state().config))))
    assert say(first, "", alarm(2)) == say(second, "", alarm(2))
    assert first.state().config == second.state().config
    assert first.labels() == second.labels()


def test_labels_are_rows_by_time_and_a_healthy_one_names_no_fault() -> None:
    feedback = Feedback(SETTINGS)
    say(feedback, "confirmed", alarm(2))
    say(feedback, "false_alarm", alarm(1))
    say(feedback, "confirmed", alarm(3, fault=""))
    rows = feedback.labels()
    assert [tuple(row) for row in rows] == [COLUMNS] * 3
    assert [(r["first"], r["last"], r["label"], r["fault"]) for r in rows] == [
        (10.0, 15.0, "healthy", ""),
        (20.0, 25.0, "faulty", "Leak"),
        (30.0, 35.0, "faulty", "Fault"),
    ]


def test_an_alarm_that_came_twice_labels_both_times_and_nothing_between() -> None:
    feedback = Feedback(SETTINGS)
    say(feedback, "confirmed", alarm(9, earlier=((1.0, 2.0),)))
    assert [(r["first"], r["last"]) for r in feedback.labels()] == [(1.0, 2.0), (90.0, 95.0)]


def test_a_label_file_is_a_csv_whatever_the_names_are(tmp_path: Any) -> None:
    feedback = Feedback(SETTINGS)
    action = Action("feedback", '=cmd()"', 99.0, verdict="confirmed", fault='a,"b"\nc')
    feedback.learn(action, alarm(asset="Pumpe 1; süd"))
    path = tmp_path / "labels.csv"
    path.write_text(label_file(feedback.labels()))
    (row,) = pd.read_csv(path, keep_default_na=False).to_dict("records")
    assert (row["asset"], row["fault"], row["who"]) == ("Pumpe 1; süd", 'a,"b"\nc', "'=cmd()\"")
    assert row["first"] == "1970-01-01T00:00:10.000000Z"
