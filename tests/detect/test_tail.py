import numpy as np
import pytest
from pydantic import ValidationError
from scipy.stats import kstest

from matts.detect.alarms import Scored
from matts.detect.pca import PcaDetector
from matts.detect.tail import Surprise, Tail
from matts.detect.zscore import ZScoreDetector
from matts.domain import Detector, Floats
from matts.windows import Split


def scored(scores: Floats, assets: list[str] | None = None) -> Scored:
    names = None if assets is None else np.array(assets)
    return Scored(scores, np.zeros(len(scores), bool), np.zeros(len(scores), np.int64), names)


def draw(name: str, seed: int, count: int) -> Floats:
    """Sizes of random numbers, as scores are."""
    return np.asarray(np.abs(getattr(np.random.default_rng(seed), name)(size=count)))


LIGHT, HEAVY = ("uniform", "normal", "exponential"), ("standard_cauchy", "lognormal")


@pytest.mark.parametrize("name", [*LIGHT, *HEAVY])
def test_tail_probabilities_of_unseen_scores_are_uniform(name: str) -> None:
    tail = 10.0 ** -Tail.fit(draw(name, 0, 20_000))(draw(name, 1, 100_000))
    assert kstest(tail, "uniform").statistic < 0.02
    assert (tail <= 0.01).mean() == pytest.approx(0.01, rel=0.2)


@pytest.mark.parametrize("name", ["exponential", "standard_cauchy", "lognormal"])
def test_beyond_what_was_seen_the_fitted_tail_still_holds(name: str) -> None:
    tail = 10.0 ** -Tail.fit(draw(name, 0, 20_000))(draw(name, 1, 1_000_000))
    assert (tail <= 1e-4).mean() == pytest.approx(1e-4, rel=0.7)


@pytest.mark.parametrize("detector", [PcaDetector(), ZScoreDetector()])
def test_tail_probabilities_of_unseen_healthy_readings_are_near_uniform(
    detector: Detector, split: Split
) -> None:
    """Half of the healthy windows after training, drawn at random, calibrate the other half."""
    detector.fit(split.train, split.validation)
    scores = np.concatenate([detector.score(p.healthy) for p in (split.validation, split.test)])
    own = np.random.default_rng(0).permutation(len(scores)) % 2 == 0
    tail = 10.0 ** -Tail.fit(scores[own])(scores[~own])
    assert kstest(tail, "uniform").pvalue > 0.01
    wrong = 10.0 ** -Tail.fit(scores[own] / 2)(scores[~own])  # the test can fail
    assert kstest(wrong, "uniform").pvalue < 1e-6


@pytest.mark.parametrize("name", [*LIGHT, *HEAVY])
def test_a_higher_score_is_more_surprising_however_high(name: str) -> None:
    healthy = draw(name, 0, 2000)
    tail, start = Tail.fit(healthy), np.quantile(healthy, 0.96)
    reach = np.ptp(healthy)
    found = tail(start + reach * np.r_[np.linspace(0, 10, 1000), np.geomspace(11, 1e300, 1000)])
    assert np.isfinite(found).all()
    assert (np.diff(found) > 0).all()
    assert (np.diff(tail(np.sort(healthy))) >= 0).all()


def test_a_tail_that_would_end_goes_on() -> None:
    """Uniform scores end at 1; what lies beyond is still ranked."""
    near, far = Tail.fit(draw("uniform", 0, 5000))(np.array([1.5, 1e9]))
    assert 4 < near < far < 1e4


def test_no_jump_where_the_tail_begins() -> None:
    tail = Tail.fit(draw("normal", 0, 5000))
    below, above = tail(tail.levels[-1] + np.array([-1e-9, 1e-9]))
    assert below == pytest.approx(above, abs=1e-6)
    assert tail.surprises[-1] == pytest.approx(-np.log10(0.05), abs=0.01)


def test_scores_that_are_all_equal_surprise_nobody_but_a_higher_one_does() -> None:
    tail = Tail.fit(np.full(500, 3.0))
    assert tail(np.array([2.0, 3.0])).tolist() == [0, 0]
    low, high = tail(np.array([3.1, 4.0]))
    assert 0 < low < high


def test_ties_count_in_full() -> None:
    """A score that a fifth of the healthy windows have is as rare as one in five."""
    tail = Tail.fit(np.repeat([0.0, 1.0], [800, 200]))
    assert tail(np.array([0.0, 1.0])) == pytest.approx([0, -np.log10(0.2)])


def test_what_is_no_number_is_left_out_and_none_at_all_is_no_harm() -> None:
    healthy = draw("normal", 0, 500)
    assert Tail.fit(np.append(healthy, [np.nan, np.inf])) == Tail.fit(healthy)
    assert Tail.fit(np.array([np.nan]))(np.array([0.0, 1.0]))[0] == 0


def test_an_asset_with_enough_windows_has_a_scale_of_its_own() -> None:
    calm, wild = draw("normal", 0, 600), 10 * draw("normal", 1, 600)
    names = ["calm"] * 600 + ["wild"] * 600
    known = scored(np.concatenate([calm, wild]), names)
    surprise = Surprise.of((known,), enough=600)
    assert surprise.by_asset.keys() == {"calm", "wild"}
    five = np.full(3, 5.0)
    own = surprise(five, np.array(["calm", "wild", "new"]))
    assert own == pytest.approx([Tail.fit(calm)(five)[0], Tail.fit(wild)(five)[0], own[2]])
    assert own[0] > own[2] > own[1]
    assert own[2] == surprise(five)[2] == Tail.fit(known.scores)(five)[2]
    assert not Surprise.of((known,), enough=601).by_asset
    assert not Surprise.of((scored(calm, names[:600]),), enough=1).by_asset  # it is all there is


def test_faults_are_no_part_of_what_is_ordinary() -> None:
    scores, faulty = np.r_[draw("normal", 0, 500), np.full(100, 9.0)], np.arange(600) >= 500
    known = Scored(scores, faulty, np.zeros(600, np.int64))
    assert Surprise.of((known,), 200).pooled == Tail.fit(scores[:500])


def test_it_is_kept_as_json() -> None:
    surprise = Surprise.of((scored(draw("normal", 0, 500)),), enough=200)
    assert Surprise.model_validate_json(surprise.model_dump_json()) == surprise
    with pytest.raises(ValidationError):
        Tail(levels=(0.0,), surprises=(0.0,), shape=0.0, scale=1.0)
