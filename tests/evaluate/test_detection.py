import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import average_precision_score, f1_score, roc_auc_score

from matts.domain import BadInputError, Bools, Floats
from matts.evaluate.detection import detection_metrics
from matts.evaluate.runs import runs

COUNTS = {"events", "events_found", "events_missed"}
READINGS = {"delay_median", "delay_p95"}
ERRORS = {"false_alarm_rate", "missed_alarm_rate"}
OF_ALL = {"alerts_per_1000", "alarms_per_1000"}
PER_1000 = {"false_alerts_per_1000", "false_alarms_per_1000"} | OF_ALL


def bools(marks: str) -> Bools:
    return np.array([mark == "x" for mark in marks])


@st.composite
def records(draw: st.DrawFn) -> tuple[Floats, Bools]:
    size = draw(st.integers(1, 40))
    scores = draw(st.lists(st.floats(-5, 5), min_size=size, max_size=size))
    faulty = draw(st.lists(st.booleans(), min_size=size, max_size=size))
    return np.array(scores), np.array(faulty)


def test_by_hand() -> None:
    faulty = bools("..xxx....xx.xxxx....")
    alerts = bools("x...xx.xx......x...x")
    cut = np.repeat([0, 1], [14, 6])  # the last event is two: the segment ends inside it
    metrics = detection_metrics(alerts.astype(float), alerts, faulty, cut)
    hits = 2
    assert metrics["accuracy"] == (hits + 6) / 20
    assert metrics["precision"] == hits / 7
    assert metrics["recall"] == hits / 9
    assert metrics["f1"] == pytest.approx(2 * hits / (7 + 9))
    assert (metrics["events"], metrics["events_found"], metrics["events_missed"]) == (4, 2, 2)
    assert metrics["event_recall"] == 0.5
    assert metrics["event_precision"] == 2 / 3  # two found, one false alarm at the very start
    assert metrics["event_f1"] == pytest.approx(4 / 7)
    assert metrics["delay_median"] == 1.5  # delays 2 and 1
    assert metrics["delay_p95"] == pytest.approx(1.95)
    assert metrics["missed_alarm_rate"] == pytest.approx(7 / 9)
    assert metrics["false_alarm_rate"] == 5 / 11
    assert metrics["false_alerts_per_1000"] == 250
    assert metrics["false_alarms_per_1000"] == 50  # what comes within 4 of an event is its tail


def test_ranking_by_hand() -> None:
    scores = np.array([0.9, 0.8, 0.7, 0.1])
    metrics = detection_metrics(scores, scores > 0.75, bools("x.x."))
    assert metrics["pr_auc"] == pytest.approx(0.5 * 1 + 0.5 * 2 / 3)
    assert metrics["roc_auc"] == pytest.approx(3 / 4)


def test_the_tail_of_an_event_ends_with_its_segment() -> None:
    alerts, faulty = bools("xxxx"), bools("xx..")
    whole = detection_metrics(np.arange(4.0), alerts, faulty)
    cut = detection_metrics(np.arange(4.0), alerts, faulty, np.array([0, 0, 1, 1]))
    assert (whole["false_alarms_per_1000"], cut["false_alarms_per_1000"]) == (0, 250)
    assert (whole["event_precision"], cut["event_precision"]) == (1, 0.5)


def test_alerting_always_is_no_way_to_look_right() -> None:
    faulty = bools(("x" + 19 * ".") * 10)
    always = detection_metrics(np.ones(200), np.ones(200, np.bool_), faulty)
    assert always["event_recall"] == 1
    assert always["event_precision"] == 0.5  # a false alarm behind every event
    assert always["false_alerts_per_1000"] == 950


def test_points_are_never_adjusted() -> None:
    rng = np.random.default_rng(0)
    faulty = np.repeat([False, True, False, True], 500)
    scores = rng.random(2000)
    alerts = scores > 0.98
    adjusted = alerts.copy()
    for start, stop in runs(faulty, np.zeros(2000, np.int64)):
        adjusted[start:stop] |= alerts[start:stop].any()
    assert f1_score(faulty, adjusted) > 0.95  # what point adjustment makes of a random score
    metrics = detection_metrics(scores, alerts, faulty)
    assert metrics["event_recall"] == 1
    assert metrics["f1"] == pytest.approx(f1_score(faulty, alerts))
    assert metrics["f1"] is not None
    assert metrics["f1"] < 0.1


@settings(deadline=None)
@given(records(), st.floats(-5, 5))
def test_bounded_and_ready_for_json(record: tuple[Floats, Bools], threshold: float) -> None:
    scores, faulty = record
    metrics = detection_metrics(scores, scores > threshold, faulty)
    json.dumps(metrics, allow_nan=False)
    known = {name: value for name, value in metrics.items() if value is not None}
    assert known.keys() >= COUNTS | PER_1000
    shares = known.keys() - COUNTS - READINGS - PER_1000 - ERRORS
    assert all(0 <= known[name] <= 1 + 1e-12 for name in shares)
    assert all(0 <= known[name] <= 1000 for name in PER_1000)
    assert known["events"] == known["events_found"] + known["events_missed"]
    assert (metrics["delay_median"] is None) == (metrics["events_found"] == 0)


@settings(deadline=None)
@given(records())
def test_perfect_scores_give_one(record: tuple[Floats, Bools]) -> None:
    _, faulty = record
    faulty[0], faulty[-1] = False, True
    faulty = np.r_[False, faulty]
    metrics = detection_metrics(faulty.astype(float), faulty, faulty, max_buffer=1)
    ones = set(metrics) - COUNTS - READINGS - PER_1000 - ERRORS
    assert {name: metrics[name] for name in ones} == pytest.approx(dict.fromkeys(ones, 1))
    assert {metrics[name] for name in (READINGS | PER_1000 | ERRORS) - OF_ALL} == {0}
    assert metrics["alerts_per_1000"] == pytest.approx(1000 * faulty.mean())


@settings(max_examples=30, deadline=None)
@given(st.lists(st.tuples(st.integers(-50, 50), st.booleans()), min_size=2, max_size=40))
def test_ranking_does_not_change_under_monotone_maps(rows: list[tuple[int, bool]]) -> None:
    scores = np.array([score for score, _ in rows], dtype=float)
    faulty = np.array([fault for _, fault in rows])
    alerts = scores > 0
    plain = detection_metrics(scores, alerts, faulty)
    for mapped in (3 * scores - 7, np.exp(scores / 10), scores**3):
        other = detection_metrics(mapped, alerts, faulty)
        for name in ("pr_auc", "roc_auc", "vus_pr"):
            assert other[name] == pytest.approx(plain[name])


def test_without_a_fault_only_what_exists_is_told() -> None:
    metrics = detection_metrics(np.arange(4.0), bools("...x"), bools("...."))
    missing = {name for name, value in metrics.items() if value is None}
    assert missing == {
        *("pr_auc", "roc_auc", "vus_pr", "recall", "f1", "missed_alarm_rate"),
        *("event_recall", "event_f1", "delay_median", "delay_p95"),
    }
    assert metrics["false_alerts_per_1000"] == 250
    assert metrics["precision"] == metrics["event_precision"] == 0


def test_without_an_alert_f1_is_zero_and_precision_unknown() -> None:
    metrics = detection_metrics(np.arange(4.0), bools("...."), bools("..xx"))
    assert metrics["precision"] is metrics["event_precision"] is metrics["delay_median"] is None
    assert metrics["f1"] == metrics["event_f1"] == metrics["recall"] == 0
    assert metrics["events_missed"] == 1


def test_where_all_is_faulty_there_is_no_roc() -> None:
    metrics = detection_metrics(np.arange(3.0), bools("xxx"), bools("xxx"))
    assert metrics["roc_auc"] is None
    assert metrics["pr_auc"] == 1


def test_inputs_of_different_lengths_are_refused() -> None:
    with pytest.raises(BadInputError, match=r"\[N\] each, N >= 1, got \[\[3\], \[2\], \[3\]"):
        detection_metrics(np.arange(3.0), bools(".."), bools("..x"))


def test_an_empty_record_is_refused() -> None:
    with pytest.raises(BadInputError, match="N >= 1"):
        detection_metrics(np.zeros(0), np.zeros(0, bool), np.zeros(0, bool))


def test_a_score_that_is_no_number_is_refused() -> None:
    with pytest.raises(BadInputError, match="finite, got nan at reading 1"):
        detection_metrics(np.array([0.0, np.nan]), bools(".."), bools(".x"))


@pytest.mark.parametrize("digits", [0, 1, 9])
def test_areas_are_those_of_scikit_learn(digits: int) -> None:
    """With many equal scores, some, and none."""
    rng = np.random.default_rng(digits)
    faulty, scores = rng.random(500) < 0.2, rng.random(500).round(digits)
    metrics = detection_metrics(scores, scores > 0.5, faulty)
    assert metrics["pr_auc"] == pytest.approx(average_precision_score(faulty, scores), abs=1e-12)
    assert metrics["roc_auc"] == pytest.approx(roc_auc_score(faulty, scores), abs=1e-12)
