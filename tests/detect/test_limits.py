import numpy as np
import pytest
from scipy.stats import genpareto, norm

from matts.detect.alarms import Scored, count_alarms
from matts.detect.limits import above, gaussian, mad, needed_readings, pot, within_budget
from matts.domain import Floats

MANY = 200_000


def healthy(scores: Floats) -> Scored:
    return Scored(scores, np.zeros(len(scores), bool), np.zeros(len(scores), np.int64))


@pytest.mark.parametrize("rate", [0.01, 0.001])
def test_normal_scores_exceed_the_normal_limits_as_often_as_promised(rate: float) -> None:
    scores = np.random.default_rng(0).normal(50, 7, MANY)
    for limit in (gaussian(scores, rate), mad(scores, rate)):
        assert limit == pytest.approx(50 + 7 * norm.isf(rate), rel=0.005)
        assert (scores >= limit).mean() == pytest.approx(rate, rel=0.2)


def test_faults_among_the_scores_hardly_move_median_and_mad() -> None:
    scores = np.random.default_rng(0).normal(0, 1, 2000)
    soiled = np.r_[scores, np.full(60, 1000.0)]
    assert mad(soiled, 0.001) == pytest.approx(mad(scores, 0.001), rel=0.06)
    assert gaussian(soiled, 0.001) > 100 * gaussian(scores, 0.001)


@pytest.mark.parametrize("shape", [-0.3, 0.0, 0.3])
def test_a_pareto_tail_is_continued_beyond_the_data(shape: float) -> None:
    scores = genpareto.rvs(shape, scale=3, size=20_000, random_state=1)
    limit = pot(scores, rate=1e-5, tail=0.05)
    assert 0.2e-5 < genpareto.sf(limit, shape, scale=3) < 5e-5
    assert genpareto.sf(pot(scores, 1e-3, 0.05), shape, scale=3) == pytest.approx(1e-3, rel=0.4)


def test_a_rate_within_the_data_or_a_tail_of_few_is_a_plain_quantile() -> None:
    scores = np.arange(1000.0)
    assert pot(scores, rate=0.1, tail=0.05) == above(np.quantile(scores, 0.9), scores)
    assert pot(scores[:100], rate=0.01, tail=0.05) == above(np.quantile(scores[:100], 0.99), scores)


def test_scores_that_end_at_a_ceiling_are_no_tail_to_fit() -> None:
    scores = np.minimum(np.random.default_rng(5).exponential(size=15_000), 3)
    assert pot(scores, rate=0.001, tail=0.05) == above(3.0, scores)


@pytest.mark.parametrize("budget", [0.5, 2, 20])
def test_the_budget_is_kept_on_what_it_was_found_on_and_nothing_is_given_away(
    budget: float,
) -> None:
    draw = np.random.default_rng(2)
    scores = np.convolve(draw.normal(size=10_002), np.ones(3), "valid")  # alarms last
    part = healthy(scores)
    limit = within_budget((part,), budget)
    alarms = count_alarms((part,), np.array([limit]))[0]
    assert (alarms + 1) / (len(scores) + 1) <= budget / 1000
    lower = count_alarms((part,), np.array([np.nextafter(limit, -np.inf)]))[0]
    assert (lower + 1) / (len(scores) + 1) > budget / 1000


@pytest.mark.parametrize("readings", [3_000, 15_000])
def test_new_healthy_readings_keep_the_budget(readings: int) -> None:
    """200 thresholds, each tried on readings that it has not seen."""
    draw, alarms = np.random.default_rng(3), 0
    for _ in range(200):
        limit = within_budget((healthy(draw.exponential(size=readings)),), 0.5)
        alarms += count_alarms((healthy(draw.exponential(size=4000)),), np.array([limit]))[0]
    assert 0.5 / 1.5 < 1000 * alarms / (200 * 4000) < 0.5 * 1.2


def test_alarms_are_counted_not_alerts() -> None:
    apart, joined = np.zeros(10_000), np.zeros(10_000)
    apart[::100], joined[:100] = 1, 1
    assert within_budget((healthy(joined),), 0.5) < 1 < within_budget((healthy(apart),), 0.5)


def test_parts_are_counted_together_and_do_not_touch() -> None:
    part = healthy(np.random.default_rng(4).exponential(size=1500))
    assert within_budget((part,), 1) > part.scores.max()  # with one alarm it would be 1.3
    assert within_budget((part, part), 1) <= part.scores.max()
    edge = healthy(np.r_[np.zeros(999), 5.0]), healthy(np.r_[5.0, np.zeros(999)])
    assert count_alarms(edge, np.array([5.0]))[0] == 2


@pytest.mark.parametrize("budget", [0.25, 0.5, 3, 7])
def test_one_reading_fewer_cannot_promise_the_budget(budget: float) -> None:
    needed = needed_readings(budget)
    assert 1 / (needed + 1) <= budget / 1000 < 1 / needed


def test_just_above_holds_in_single_precision_too() -> None:
    scores = np.array([0.1, 0.3], np.float32)
    assert not (scores >= above(scores.max(), scores)).any()
