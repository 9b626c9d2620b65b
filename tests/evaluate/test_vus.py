import numpy as np
import pytest
from aeon.benchmarking.metrics.anomaly_detection import range_pr_vus_score
from hypothesis import given, settings
from hypothesis import strategies as st

from matts.domain import BadInputError, Bools, Floats
from matts.evaluate.vus import vus_pr

Case = tuple[Bools, Floats]


@st.composite
def cases(draw: st.DrawFn) -> Case:
    """Events anywhere, borders included; scores with many ties or none, never all the same."""
    size = draw(st.integers(2, 60))
    faulty = np.array(draw(st.lists(st.booleans(), min_size=size, max_size=size)))
    faulty[draw(st.integers(0, size - 1))] = True
    kinds = draw(st.sampled_from([2, 5, 10_000]))
    values = st.lists(st.integers(0, kinds), min_size=size, max_size=size)
    scores = np.array(draw(values), dtype=float)
    scores[0] += scores.min() == scores.max()
    return faulty, scores


def from_aeon(faulty: Bools, scores: Floats, max_buffer: int) -> float:
    with np.errstate(all="ignore"):  # where all is faulty, its ROC half divides by zero
        return float(range_pr_vus_score(faulty.astype(int), scores, max_buffer_size=max_buffer))


@settings(max_examples=100, deadline=None)
@given(cases(), st.integers(0, 9))
def test_equals_aeon(case: Case, max_buffer: int) -> None:
    ours = vus_pr(*case, max_buffer=max_buffer)
    assert ours == pytest.approx(from_aeon(*case, max_buffer), abs=1e-9)


@pytest.mark.parametrize(
    "events",
    [
        [(0, 1)],
        [(599, 600)],
        [(0, 4), (596, 600)],
        [(100, 103), (104, 105), (107, 116)],  # merged by the slopes
        [(300, 301), (310, 311), (320, 321)],
        [(0, 600)],
    ],
)
@pytest.mark.parametrize("decimals", [1, 12])
def test_equals_aeon_where_thresholds_are_sampled(
    events: list[tuple[int, int]], decimals: int
) -> None:
    rng = np.random.default_rng(len(events))
    faulty = np.zeros(600, bool)
    for start, stop in events:
        faulty[start:stop] = True
    scores = np.round(rng.normal(size=600) + 2 * faulty, decimals)
    expected = from_aeon(faulty, scores, 25)
    assert vus_pr(faulty, scores, max_buffer=25) == pytest.approx(expected, abs=1e-9)


def test_one_event_by_hand() -> None:
    faulty = np.array([False, False, True, False, False])
    scores = np.array([0.0, 0.5, 1.0, 0.0, 0.0])
    # buffers 0 and 1 are perfect; buffer 2 adds sqrt(1/2) before the event, none after it
    slope = np.sqrt(0.5)
    positives = (1 + 1 + slope) / 2
    area = 1 / positives + (1 - 1 / positives) * (1 + (1 + slope) / 2) / 2
    assert vus_pr(faulty, scores, max_buffer=2) == pytest.approx((1 + 1 + area) / 3)


def test_a_constant_score_is_worth_the_share_of_faulty_readings() -> None:
    assert vus_pr(np.array([True, False, False, False]), np.full(4, 0.3)) == 0.25


def test_without_a_faulty_reading_there_is_none() -> None:
    assert vus_pr(np.zeros(3, bool), np.arange(3.0)) is None


def test_slopes_stay_within_their_segment() -> None:
    faulty = np.array([False, False, False, True, False, False])
    near = np.array([0.0, 0.0, 1.0, 0.5, 0.0, 0.1])
    far = np.array([1.0, 0.0, 0.0, 0.5, 0.0, 0.1])  # the healthy readings before, turned round
    cut = np.array([0, 0, 0, 1, 1, 1])
    assert vus_pr(faulty, near, segments=cut) == vus_pr(faulty, far, segments=cut)
    assert vus_pr(faulty, near) != vus_pr(faulty, far)


def test_a_negative_buffer_is_refused() -> None:
    with pytest.raises(BadInputError, match="0 readings or more, got -1"):
        vus_pr(np.array([True, False]), np.array([1.0, 0.0]), max_buffer=-1)
