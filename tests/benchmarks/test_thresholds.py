import pytest

from benchmarks.thresholds import DETECTORS, PROMISES, measure
from matts.detect.threshold import PROMISING, ThresholdSettings


def test_every_method_with_a_promise_is_in_the_table() -> None:
    methods = [ThresholdSettings(**values).method for values in PROMISES.values()]
    assert {*methods} == {*PROMISING, "percentile"}


@pytest.mark.slow
def test_the_table_has_a_row_a_method_and_a_column_a_detector() -> None:
    lines = measure(seeds=1, coils=1500).splitlines()
    assert len(lines) == 2 + len(PROMISES)
    assert [line.count("|") for line in lines] == [3 + 3 * len(DETECTORS)] * len(lines)
