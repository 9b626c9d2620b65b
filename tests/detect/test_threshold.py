from typing import Any

import numpy as np
import pytest
from pydantic import ValidationError
from sklearn.metrics import f1_score

from matts.detect.alarms import Scored
from matts.detect.threshold import (
    METHODS,
    PROMISING,
    Threshold,
    ThresholdSettings,
    calibrate,
    find_threshold,
)
from matts.domain import BadInputError, Bools, Floats

Truth = tuple[Floats, Bools]


def find(scores: Floats, faulty: Bools, method: str, **settings: object) -> float:
    chosen = ThresholdSettings.model_validate({"method": method, **settings})
    return calibrate(scores, faulty, None, chosen).limit


def f1(truth: Truth, limit: float) -> float:
    return float(f1_score(truth[1], truth[0] >= limit))


@pytest.fixture
def truth() -> Truth:
    """Scores of 900 healthy and 100 anomalous windows that overlap, far from [0, 1]."""
    draw = np.random.default_rng(0)
    scores = 500 + 80 * np.concatenate([draw.normal(0, 1, 900), draw.normal(3, 1, 100)])
    return scores, np.arange(1000) >= 900


def test_every_method_can_be_chosen() -> None:
    assert [ThresholdSettings.model_validate({"method": each}).method for each in METHODS] == [
        *METHODS
    ]


def test_fixed_is_the_value_itself(truth: Truth) -> None:
    assert find(*truth, "fixed", value=0.7) == 0.7


@pytest.mark.parametrize("percentile", [90, 99])
def test_percentile_is_of_the_healthy_windows_alone(truth: Truth, percentile: float) -> None:
    scores, faulty = truth
    limit = find(scores, faulty, "percentile", percentile=percentile)
    assert (scores[~faulty] < limit).mean() == pytest.approx(percentile / 100, abs=1e-3)
    assert find(np.where(faulty, 1e6, scores), faulty, "percentile", percentile=percentile) == limit


def test_no_score_gives_a_better_f1_than_best_f1(truth: Truth) -> None:
    limit = find(*truth, "best_f1")
    assert f1(truth, limit) == max(f1(truth, each) for each in np.sort(truth[0])[-200:])


def test_learnable_starts_in_the_middle_and_beats_it(
    truth: Truth, monkeypatch: pytest.MonkeyPatch
) -> None:
    scores, _ = truth
    middle, limit = (scores.min() + scores.max()) / 2, find(*truth, "learnable")
    assert scores.min() < limit < scores.max()
    assert f1(truth, limit) > f1(truth, middle) + 0.02
    assert f1(truth, limit) > 0.95 * f1(truth, find(*truth, "best_f1"))
    monkeypatch.setattr(np, "geomspace", lambda *_: [])  # not one step
    assert find(*truth, "learnable") == pytest.approx(middle)


def test_learnable_stays_in_the_middle_where_that_is_best() -> None:
    scores, faulty = np.array([0.0, 0.1, 0.9, 1.0]), np.array([False, False, True, True])
    assert find(scores, faulty, "learnable") == pytest.approx(0.5, abs=0.05)


def test_learnable_does_not_mind_the_scale(truth: Truth) -> None:
    limit = find(*truth, "learnable")
    assert find(1e-6 * truth[0] - 3, truth[1], "learnable") == pytest.approx(1e-6 * limit - 3)


@pytest.mark.parametrize("method", sorted({*METHODS} - {"budget"}))  # alarms have an order
def test_the_order_of_the_windows_does_not_matter(truth: Truth, method: str) -> None:
    scores, faulty = truth
    order = np.random.default_rng(1).permutation(len(scores))
    if method in PROMISING:  # what follows a fault is left out
        order = np.r_[order[order < 900], 900:1000]
    shuffled = find(scores[order], faulty[order], method)
    assert shuffled == pytest.approx(find(scores, faulty, method), rel=1e-9)


@pytest.mark.parametrize("method", ["best_f1", "learnable"])
def test_without_an_anomaly_it_is_a_percentile(truth: Truth, method: str) -> None:
    scores, none = truth[0], np.zeros(1000, bool)
    assert find(scores, none, method) == find(scores, none, "percentile") > scores.mean()


@pytest.mark.parametrize("method", METHODS)
def test_equal_scores_and_one_class_alone_give_a_limit(method: str) -> None:
    for faulty in (np.zeros(5, bool), np.ones(5, bool), np.arange(5) > 2):
        assert np.isfinite(find(np.full(5, 0.25), faulty, method))


@pytest.mark.parametrize("method", ["percentile", "best_f1", "learnable", *PROMISING])
def test_an_asset_with_enough_windows_has_its_own_threshold(truth: Truth, method: str) -> None:
    scores, faulty = np.concatenate([truth[0], truth[0] + 9000]), np.tile(truth[1], 2)
    assets = np.repeat(["calm", "loud"], 1000)
    assets[:10] = "rare"
    settings = ThresholdSettings.model_validate({"method": method, "per_asset": True, "budget": 5})
    threshold = calibrate(scores, faulty, assets, settings)
    assert threshold.by_asset.keys() == {"calm", "loud"}
    loud = assets == "loud"
    assert threshold.by_asset["loud"] == find(scores[loud], faulty[loud], method, budget=5)
    assert f1((scores[loud], faulty[loud]), threshold.by_asset["loud"]) > f1(
        (scores[loud], faulty[loud]), threshold.by_asset["calm"]
    )


def test_one_threshold_for_all_unless_asked(truth: Truth) -> None:
    assets = np.repeat(["calm", "loud"], 500)
    assert not calibrate(*truth, assets, ThresholdSettings()).by_asset
    few = ThresholdSettings(per_asset=True, enough=501)
    assert not calibrate(*truth, assets, few).by_asset


def test_an_asset_needs_as_many_windows_as_its_budget(truth: Truth) -> None:
    scores, faulty, assets = np.tile(truth[0], 2), np.tile(truth[1], 2), np.repeat(["a", "b"], 1000)
    asked = {"method": "budget", "per_asset": True}
    for budget, own in ((5, {"a", "b"}), (0.5, set[str]())):
        settings = ThresholdSettings.model_validate({**asked, "budget": budget})
        assert calibrate(scores, faulty, assets, settings).by_asset.keys() == own


LARGER: dict[str, dict[str, Any]] = {
    "mad": {"rate": 0.01},
    "gaussian": {"rate": 0.01},
    "pot": {"rate": 0.01},
    "dynamic": {"rate": 0.01},
    "budget": {"budget": 5},
}


@pytest.mark.parametrize(("method", "more"), LARGER.items())
def test_a_larger_promise_is_a_lower_limit(truth: Truth, method: str, more: dict[str, Any]) -> None:
    assert find(*truth, method, **more) < find(*truth, method)


def test_tail_takes_effect(truth: Truth) -> None:
    assert find(*truth, "pot", tail=0.2) != find(*truth, "pot", tail=0.05)


def record(scores: Floats) -> Scored:
    return Scored(scores, np.zeros(len(scores), bool), np.zeros(len(scores), np.int64))


@pytest.mark.parametrize("method", PROMISING)
def test_training_scores_count_where_validation_is_hardly_stranger(method: str) -> None:
    draw = np.random.default_rng(3)
    validation, alike = record(draw.normal(size=1000)), record(draw.normal(size=7000))
    overfitted = record(alike.scores - 2)

    def limit(past: Scored | None, training: str) -> float:
        settings = ThresholdSettings.model_validate({"method": method, "training": training})
        return find_threshold(validation, past, settings).limit

    alone = limit(None, "auto")
    assert limit(alike, "auto") == limit(alike, "always") != alone
    assert limit(overfitted, "auto") == alone != limit(overfitted, "always")
    assert limit(alike, "never") == alone


@pytest.mark.parametrize("method", sorted({*METHODS} - {*PROMISING}))
def test_methods_without_a_promise_look_at_validation_alone(truth: Truth, method: str) -> None:
    settings = ThresholdSettings.model_validate({"method": method, "training": "always"})
    validation = Scored(*truth, np.zeros(1000, np.int64))
    past = record(np.random.default_rng(4).normal(9000, 1, 1000))
    assert find_threshold(validation, past, settings).limit == find(*truth, method)


def test_with_too_few_readings_for_a_budget_the_limit_is_above_them_all(truth: Truth) -> None:
    scores, faulty = truth
    assert find(scores, faulty, "budget") > scores[~faulty].max()


def test_only_what_promises_can_move() -> None:
    with pytest.raises(ValidationError, match=r"moving needs a method of mad, .*, got best_f1"):
        ThresholdSettings(method="best_f1", moving=True)


def test_each_window_is_judged_by_the_limit_of_its_asset() -> None:
    threshold = Threshold(limit=0.5, by_asset={"pump": 0.9, "fan": 0.1})
    assets = np.array(["pump", "mill", "fan", "pump"])
    scores = np.array([0.6, 0.6, 0.2, 0.9])
    assert threshold.alerts(scores, assets).tolist() == [False, True, True, True]
    assert threshold.alerts(scores).tolist() == [True, True, False, True]
    assert Threshold(limit=0.6).alerts(scores, assets).tolist() == [True, True, False, True]


def test_no_scores_are_refused() -> None:
    with pytest.raises(BadInputError, match="a threshold needs validation scores"):
        calibrate(np.zeros(0), np.zeros(0, bool), None, ThresholdSettings())


@pytest.mark.parametrize(
    "wrong",
    [
        {"method": "otsu"},
        {"percentile": 101},
        {"enough": 0},
        {"rate": 0},
        {"tail": 1},
        {"budget": 0},
        {"memory": 1},
        {"training": "some"},
    ],
)
def test_settings_that_make_no_sense_are_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValidationError, match=next(iter(wrong))):
        ThresholdSettings.model_validate(wrong)


def test_a_threshold_survives_as_json() -> None:
    threshold = Threshold(limit=0.1 + 0.2, by_asset={"pump": 1 / 3}, memory=10, spreads=0.1)
    assert Threshold.model_validate_json(threshold.model_dump_json()) == threshold
