import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from matts.detect.alarms import TAIL, Scored, count_alarms, forgiven
from matts.evaluate.detection import false_alarms
from matts.windows import Split

Rows = list[tuple[float, bool, bool]]
RECORDS = st.lists(st.tuples(st.integers(0, 6), st.booleans(), st.booleans()), min_size=1)


def record(rows: Rows) -> Scored:
    """Scores, truth, and a segment that begins where the last flag is set."""
    scores, faulty, begins = (np.array(column) for column in zip(*rows, strict=True))
    return Scored(scores.astype(float), faulty, np.cumsum(begins))


@given(RECORDS, st.integers(0, 7))
def test_alarms_are_counted_as_the_evaluation_counts_them(rows: Rows, limit: int) -> None:
    part = record(rows)
    wrong = false_alarms(part.scores >= limit, part.faulty, part.segments)
    known = not forgiven(part.faulty, part.segments).all()
    assert count_alarms((part, part), np.array([limit]))[0] == 2 * len(wrong) or not known


@given(RECORDS)
def test_forgiven_are_a_fault_and_the_readings_after_it_in_its_segment(rows: Rows) -> None:
    part = record(rows)
    found = forgiven(part.faulty, part.segments)
    for at in range(len(rows)):
        near = slice(max(at - TAIL, 0), at + 1)
        same = part.segments[near] == part.segments[at]
        assert found[at] == (part.faulty[near] & same).any()


def test_windows_know_their_truth_segments_and_assets(split: Split) -> None:
    part = Scored.of(split.test, np.arange(len(split.test), dtype=float))
    np.testing.assert_array_equal(part.faulty, split.test.faulty)
    assert split.test.segments is not None
    np.testing.assert_array_equal(part.segments, split.test.segments[split.test.last])
    assert 0 < len(part.ordinary) < (~split.test.faulty).sum()
    assert len(part.where(part.faulty).scores) == split.test.faulty.sum()
