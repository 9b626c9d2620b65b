import numpy as np
import pytest

from benchmarks.thresholds import PROMISES, measure
from matts.detect.alarms import Scored
from matts.detect.threshold import PROMISING, ThresholdSettings
from matts.domain import Floats
from matts.evaluate.promises import Record, keep, promised


def record(scores: Floats, faulty: Floats) -> Scored:
    return Scored(scores, faulty > 0, np.zeros(len(scores), np.int64))


def test_every_method_with_a_promise_is_in_the_table() -> None:
    methods = [ThresholdSettings(**values).method for values in PROMISES.values()]
    assert {*methods} == {*PROMISING, "percentile"}
    assert promised(ThresholdSettings(method="pot", rate=0.002)) == 2


def test_alerts_or_alarms_are_counted_on_healthy_test_windows_alone() -> None:
    past = record(np.random.default_rng(0).random(5000), np.zeros(5000))
    faulty = np.r_[np.zeros(50), 1, np.zeros(49)]
    test = record(np.r_[np.zeros(10), 2, 2, 2, np.zeros(37), 2, 2, np.zeros(48)], faulty)
    for method, wrong in (("budget", 1), ("pot", 3)):
        settings = ThresholdSettings.model_validate({"method": method})
        assert keep(Record(past, past, test), settings) == (wrong, 95)


@pytest.mark.slow
def test_the_table_has_a_row_a_method_and_a_column_a_detector() -> None:
    lines = measure(seeds=1, coils=1500).splitlines()
    assert len(lines) == 2 + len(PROMISES)
    assert [line.count("|") for line in lines] == [9] * len(lines)
