import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from matts.diagnose.novelty import Novelty, NoveltySettings, conformal_limit, nearest_distances
from matts.domain import Windows
from matts.windows import Split


def without(windows: Windows, fault: str) -> Windows:
    return windows.where(~windows.faults[:, windows.fault_names.index(fault)])


@pytest.mark.parametrize("fault", ["Reduction", "Electric", "Bearing", "WorkRoll"])
def test_a_family_left_out_of_training_is_unlike_the_others(long_split: Split, fault: str) -> None:
    known = [without(part, fault) for part in (long_split.train, long_split.validation)]
    novelty, test = Novelty().fit(*known), long_split.test
    test = test.where(test.faults.sum(axis=1) == 1)
    new = test.faults[:, test.fault_names.index(fault)]
    assert roc_auc_score(new, novelty.distances(test)) > 0.9


def test_few_known_faults_are_called_unknown(long_split: Split) -> None:
    split = long_split
    test = split.test.where(split.test.faulty)
    strict, lax = (
        Novelty(NoveltySettings(rate=rate)).fit(split.train, split.validation).unknown(test).mean()
        for rate in (0.5, 0.05)
    )
    assert lax < 0.2 < strict


def test_with_a_rate_of_nothing_nothing_is_unknown(split: Split) -> None:
    novelty = Novelty(NoveltySettings(rate=0)).fit(split.train, split.validation)
    assert novelty.limit == np.inf
    assert not novelty.unknown(split.test).any()


def test_a_window_is_judged_alike_in_any_company(split: Split) -> None:
    novelty = Novelty().fit(split.train, split.validation)
    whole, some = novelty.distances(split.test), np.arange(len(split.test)) % 7 == 0
    np.testing.assert_allclose(novelty.distances(split.test.where(some)), whole[some])
    assert novelty.unknown(split.test.where(some & ~some)).shape == (0,)


def test_it_comes_back_as_it_went(split: Split) -> None:
    novelty = Novelty(NoveltySettings(rate=0.1)).fit(split.train, split.validation)
    again = Novelty.from_state(novelty.state())
    assert (again.limit, again.settings) == (novelty.limit, novelty.settings)
    np.testing.assert_array_equal(again.distances(split.test), novelty.distances(split.test))


def test_the_limit_keeps_its_promise_on_average() -> None:
    rng, settings = np.random.default_rng(0), NoveltySettings(rate=0.1)
    kept = [
        (rng.random(200) > conformal_limit(rng.random(59), settings)).mean() for _ in range(300)
    ]
    assert 0.08 < np.mean(kept) <= 0.102


def test_a_distance_is_the_mean_of_those_to_the_three_nearest() -> None:
    known = np.array([[0.0], [1.0], [2.0], [9.0]])
    assert nearest_distances(known, np.array([[0.0], [9.0]])).tolist() == [1.0, 5.0]
    assert nearest_distances(known[:1], np.array([[4.0]])).tolist() == [4.0]


@pytest.mark.parametrize("rate", [0.0, 0.02])
def test_without_a_known_fault_every_one_is_unknown(split: Split, rate: float) -> None:
    novelty = Novelty(NoveltySettings(rate=rate)).fit(split.train.healthy, split.validation)
    twin = Novelty.from_state(novelty.state())
    assert twin.unknown(split.test).all()
    assert set(twin.distances(split.test)) == {2.0}
    assert twin.distances(split.test.where(np.zeros(len(split.test), bool))).shape == (0,)
