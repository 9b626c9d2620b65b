import numpy as np
import pytest
from sklearn.metrics import average_precision_score, roc_auc_score

from matts.evaluate.unit_draws import (
    average_precision,
    confusion_by,
    mean_of,
    ranks_by,
    roc_auc,
    spread_of,
    sum_by,
    units_of,
)


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(0)


@pytest.mark.parametrize("step", [0.0, 0.1])
def test_areas_of_few_scores_are_those_of_scikit_learn(step: float) -> None:
    draw = np.random.default_rng(0)
    truth = draw.random(400) < 0.2
    scores = draw.normal(size=400) + truth
    scores = np.round(scores / step) * step if step else scores
    ranks = ranks_by(np.zeros(400, np.int64), truth, scores)[0]
    assert average_precision(ranks) == pytest.approx(average_precision_score(truth, scores))
    assert roc_auc(ranks) == pytest.approx(roc_auc_score(truth, scores))


def test_areas_of_many_scores_are_near(rng: np.random.Generator) -> None:
    truth = rng.random(50_000) < 0.01
    scores = rng.normal(size=50_000) + 2 * truth
    ranks = ranks_by(np.zeros(50_000, np.int64), truth, scores)[0]
    exact = average_precision_score(truth, scores)
    assert average_precision(ranks) == pytest.approx(exact, abs=0.01)
    assert roc_auc(ranks) == pytest.approx(roc_auc_score(truth, scores), abs=0.001)


def test_an_interval_is_as_wide_as_machines_differ(rng: np.random.Generator) -> None:
    machines = np.repeat(np.arange(40).astype(str), 100)
    hits = np.repeat(rng.random(40), 100)  # each machine is all its own
    rows = rng.permutation(hits)
    units = units_of(machines)

    def width(values: np.ndarray) -> float:
        found = spread_of(lambda s: s[..., 1] / s[..., 0], sum_by(units, np.ones(4000), values))
        assert found.low < found.value < found.high
        assert found.value == pytest.approx(values.mean())
        return found.high - found.low

    assert width(hits) == pytest.approx(2 * 1.96 * hits.std() / np.sqrt(40), rel=0.2)
    assert width(hits) > 5 * width(rows)


def test_units_are_machines_or_stretches() -> None:
    assert len(np.unique(units_of(np.arange(1000).astype(str)))) == 200
    few = units_of(np.array(["a"] * 70 + ["b"] * 30))
    assert len(np.unique(few)) == 50
    assert (np.diff(few) >= 0).all()
    assert units_of(np.array(["a"] * 3)).tolist() == [0, 1, 2]


def test_confusions_are_counted_by_unit() -> None:
    truth, named = np.array([0, 1, 1]), np.array([0, 0, 1])
    found = confusion_by(np.array([0, 0, 1]), truth, named, 2)
    assert found.tolist() == [[[1, 0], [1, 0]], [[0, 0], [0, 1]]]


def test_the_mean_of_nothing_is_none() -> None:
    assert np.isnan(mean_of([]).value)
