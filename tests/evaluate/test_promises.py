import numpy as np
import pytest

from matts.detect.alarms import Scored
from matts.detect.pca import PcaDetector
from matts.detect.threshold import METHODS, ThresholdSettings, find_threshold
from matts.domain import Bools, Floats
from matts.evaluate.promises import Record, keep, promised, promises, record
from matts.windows import Split

COUNT = 6000
RNG = np.random.default_rng(0)


def scored(scores: Floats, faulty: Bools | None = None) -> Scored:
    none = np.zeros(len(scores), bool)
    return Scored(scores, none if faulty is None else faulty, np.zeros(len(scores), np.int64))


FAULTY = np.arange(COUNT) % 1000 < 5
CALM = Record(*(scored(RNG.normal(size=COUNT) + 9 * FAULTY, FAULTY) for _ in range(3)))


def test_a_detector_is_scored_on_each_part(split: Split) -> None:
    detector = PcaDetector().fit(split.train, split.validation)
    found = record(detector, split.train, split.validation, split.test)
    for part, windows in zip(found, (split.train, split.validation, split.test), strict=True):
        np.testing.assert_array_equal(part.scores, detector.score(windows))


def test_what_is_promised() -> None:
    assert promised(ThresholdSettings(method="pot", rate=0.002)) == 2
    assert promised(ThresholdSettings(method="budget", budget=3)) == 3
    assert promised(ThresholdSettings(method="best_f1")) is None


def test_without_a_healthy_test_window_nothing_is_kept() -> None:
    ill = CALM._replace(test=scored(np.ones(9), np.ones(9, np.bool_)))
    rows = promises(ill, ThresholdSettings())
    assert {row["kept_per_1000"] for row in rows} == {row["ratio"] for row in rows} == {None}


def test_alerts_or_alarms_are_counted_on_healthy_test_windows_alone() -> None:
    past = scored(np.random.default_rng(0).random(5000))
    faulty = np.r_[np.zeros(50), 1, np.zeros(49)] > 0
    test = scored(np.r_[np.zeros(10), 2, 2, 2, np.zeros(37), 2, 2, np.zeros(48)], faulty)
    for method, wrong in (("budget", 1), ("pot", 3)):
        settings = ThresholdSettings.model_validate({"method": method})
        assert keep(Record(past, past, test), settings) == (wrong, 95)


def test_each_method_has_a_row_and_the_budget_one_that_moves() -> None:
    rows = promises(CALM, ThresholdSettings())
    still = [row["method"] for row in rows if not row["moving"]]
    assert still == [*METHODS]
    assert [row["method"] for row in rows if row["moving"]] == ["budget"]
    assert {row["healthy"] for row in rows} == {int(CALM.test.quiet.sum())}


def test_normal_scores_without_drift_keep_what_is_promised() -> None:
    rows = promises(CALM, ThresholdSettings(rate=0.02, budget=20, percentile=98))
    for row in rows:
        assert row["kept_per_1000"] == 1000 * row["wrong"] / row["healthy"]
        if row["method"] in ("gaussian", "pot", "budget", "percentile") and not row["moving"]:
            assert row["promised_per_1000"] == pytest.approx(20)
            assert row["ratio"] == pytest.approx(1, abs=0.25)


def test_drift_breaks_a_promise_and_the_row_says_how_far() -> None:
    drifted = CALM._replace(test=scored(CALM.test.scores + 2, FAULTY))
    rows = {
        row["method"]: row for row in promises(drifted, ThresholdSettings()) if not row["moving"]
    }
    assert rows["budget"]["ratio"] > 20
    assert rows["best_f1"]["ratio"] is None


def test_the_settings_of_the_run_count() -> None:
    settings = ThresholdSettings(method="pot", rate=0.01, tail=0.1, training="never")
    row = next(row for row in promises(CALM, settings) if row["method"] == "pot")
    limit = find_threshold(CALM.validation, CALM.train, settings).limit
    assert row["wrong"] == int(((CALM.test.scores >= limit) & CALM.test.quiet).sum())
