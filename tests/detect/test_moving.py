import numpy as np
import pytest

from matts.detect import moving
from matts.detect.alarms import Scored
from matts.detect.threshold import Threshold, ThresholdSettings, calibrate
from matts.domain import BadInputError, Floats


@pytest.fixture
def drifting() -> Floats:
    """3,000 healthy scores whose level climbs by ten spreads in the last thousand."""
    climb = np.r_[np.zeros(2000), np.linspace(0, 10, 1000)]
    return np.asarray(climb + np.random.default_rng(0).normal(size=3000))


def test_median_and_spread_are_those_of_the_scores_before(
    drifting: Floats, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(moving, "BATCH", 7)
    found = moving.ordinary_before(drifting[:100], memory=30)
    assert np.isnan(found[:30]).all()
    for at in range(30, 100):
        past = drifting[at - 30 : at]
        spread = 1.4826 * np.median(np.abs(past - np.median(past)))
        np.testing.assert_allclose(found[at], [np.median(past), spread])


@pytest.mark.parametrize("settings", [{"method": "dynamic"}, {"method": "budget", "moving": True}])
def test_it_follows_a_drift_that_a_still_limit_does_not(
    drifting: Floats, settings: dict[str, object]
) -> None:
    chosen = ThresholdSettings.model_validate({"budget": 2, **settings})
    found = calibrate(drifting[:2000], np.zeros(2000, bool), None, chosen)
    assert found.memory == 100
    still = found.model_copy(update={"memory": 0}).alerts(drifting[2000:]).mean()
    assert still > 0.5
    assert found.alerts(drifting[2000:]).mean() < 0.02


def test_the_future_changes_nothing(drifting: Floats) -> None:
    threshold = Threshold(limit=2, memory=50, spreads=3)
    whole = threshold.alerts(drifting)
    assert 0 < whole.sum() < 100
    for stop in (20, 51, 1000):
        np.testing.assert_array_equal(threshold.alerts(drifting[:stop]), whole[:stop])


def test_a_long_fault_does_not_become_ordinary_nor_lock_it(drifting: Floats) -> None:
    scores = drifting[:1000].copy()
    scores[500:540] += 30
    alerts = Threshold(limit=5, memory=100, spreads=6).alerts(scores)
    np.testing.assert_array_equal(np.flatnonzero(alerts), np.arange(500, 540))


def test_each_asset_follows_its_own_past_from_its_own_start() -> None:
    assets = np.tile(["calm", "loud"], 100)
    scores = np.random.default_rng(1).normal(size=200) + np.where(assets == "loud", 1000, 0)
    threshold = Threshold(limit=5, by_asset={"loud": 1005}, memory=20, spreads=8)
    assert not threshold.alerts(scores, assets).any()
    scores[[2, 150]] += 500  # calm, before and after it moves
    np.testing.assert_array_equal(np.flatnonzero(threshold.alerts(scores, assets)), [2, 150])


def test_memory_and_rate_take_effect(drifting: Floats) -> None:
    def find(**settings: object) -> Threshold:
        chosen = ThresholdSettings.model_validate({"method": "dynamic", **settings})
        return calibrate(drifting[:2000], np.zeros(2000, bool), None, chosen)

    assert (find(memory=40).memory, find(memory=80).memory) == (40, 80)
    assert find(rate=0.001).spreads > find(rate=0.01).spreads > find(rate=0.1).spreads > 1


def test_without_enough_past_or_any_spread_it_stays() -> None:
    for scores in (np.arange(50.0), np.zeros(500)):
        settings = ThresholdSettings(method="dynamic")
        found = calibrate(scores, np.zeros(len(scores), bool), None, settings)
        assert found.memory == 0
        assert found.alerts(scores).mean() < 0.05
    flat = Threshold(limit=1, memory=10, spreads=3)  # the past has no spread: it stays, too
    assert flat.alerts(np.r_[np.zeros(50), 0.5, 2]).tolist() == 51 * [False] + [True]


def test_strangeness_is_in_spreads_of_each_assets_own_past() -> None:
    scores = np.random.default_rng(2).normal(size=400)
    none, assets = np.zeros(400, np.int64), np.repeat(["a", "b"], 200)
    part = Scored(np.where(assets == "b", 7 * scores + 90, scores), none > 0, none, assets)
    found = moving.in_spreads(part, memory=50)
    assert len(found.scores) == 300
    alone = moving.in_spreads(Scored(scores[200:], none[200:] > 0, none[200:]), memory=50)
    np.testing.assert_allclose(found.scores[150:], alone.scores)


def test_it_is_refused_where_it_cannot_be_drawn() -> None:
    Threshold(limit=1).refuse_to_move()
    with pytest.raises(BadInputError, match=r"does not move: .*threshold\.method=dynamic"):
        Threshold(limit=1, memory=10).refuse_to_move()
