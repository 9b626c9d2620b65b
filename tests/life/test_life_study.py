from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from pydantic import ValidationError

from matts.evaluate.life import even_rmse
from matts.groups import SensorSettings
from matts.life.estimator import LifeEstimator, weigh
from matts.life.histories import capped_life, even_weights, groups, join, units
from matts.life.settings import LifeSettings
from matts.life.study import ENSEMBLE, Estimators, fit_lives, foresee_all, hold_out
from tests.life.wear import QUICK, SIX, TEST, TRAIN, VALIDATION, wearing

Studied = tuple[Estimators, pd.DataFrame]


@pytest.fixture(scope="module")
def studied() -> Studied:
    return fit_lives(TRAIN, VALIDATION, QUICK, SensorSettings())


BARE = QUICK.model_copy(update={"models": {"ridge": {}}, "seeds": 1})


def test_every_asset_is_held_out_once_and_whole() -> None:
    pair = replace(TRAIN, row_assets=np.array([f"a{s // 2}" for s in TRAIN.segments]))  # type: ignore[union-attr]
    folds = hold_out(pair, QUICK)
    assert len(folds) == 3
    np.testing.assert_array_equal(np.sort(np.concatenate(folds)), np.arange(len(pair)))
    held = [set(groups(pair)[fold]) for fold in folds]
    assert not held[0] & held[1] | held[1] & held[2] | held[0] & held[2]


def test_one_estimator_a_seed_and_a_guess_of_all_that_were_held_out(studied: Studied) -> None:
    estimators, held_out = studied
    assert list(estimators) == ["life/0", "life/1"]
    assert held_out["unit"].nunique() == 21
    assert held_out[[*QUICK.models, ENSEMBLE]].notna().all(axis=None)
    weights = estimators["life/0"].weights
    assert weights.min() >= 0
    assert weights.sum() == pytest.approx(1)


def test_held_out_errors_beat_a_constant_and_no_model_beats_the_mixture_by_much(
    studied: Studied,
) -> None:
    _, held_out = studied
    errors = {name: even_rmse(held_out, name) for name in (*QUICK.models, ENSEMBLE)}
    assert errors[ENSEMBLE] < 0.5 * held_out["left"].std()
    assert errors[ENSEMBLE] < min(errors[name] for name in QUICK.models) + 0.1


def test_shuffled_lives_teach_nothing() -> None:
    rng = np.random.default_rng(0)
    assert TRAIN.row_life is not None
    shuffled = replace(TRAIN, row_life=rng.permutation(TRAIN.row_life))
    other = replace(VALIDATION, row_life=rng.permutation(VALIDATION.row_life))  # type: ignore[arg-type]
    kept = {name: QUICK.models[name] for name in ("ridge", "boosting", "lstm")}
    settings = QUICK.model_copy(update={"seeds": 1, "folds": 2, "models": kept})
    _, held_out = fit_lives(shuffled, other, settings, SensorSettings())
    for name in (*kept, ENSEMBLE):
        assert even_rmse(held_out, name) > 0.95 * held_out["left"].std()


def test_what_comes_later_changes_nothing(studied: Studied) -> None:
    estimator = studied[0]["life/0"]
    places = units(TEST)
    unit = TEST.where(places == places[-1])
    whole = estimator.predict(unit)
    end = unit.last[9] + 1
    early = replace(
        unit,
        rows=unit.rows[:end],
        row_faults=unit.row_faults[:end],
        segments=unit.segments[:end],  # type: ignore[index]
        last=unit.last[:10],
    )
    for name in ("left", "low", "high"):
        then, now = getattr(whole, name)[:10], getattr(estimator.predict(early), name)
        np.testing.assert_allclose(now, then, rtol=1e-6)


def test_its_state_is_all_there_is(studied: Studied) -> None:
    estimator = studied[0]["life/0"]
    again = LifeEstimator.from_state(estimator.state())
    for one, other in zip(again.predict(TEST), estimator.predict(TEST), strict=True):
        np.testing.assert_array_equal(one, other)


def test_a_state_with_regimes_is_all_there_is() -> None:
    loaded = wearing(8, loads=3)
    settings = BARE.model_copy(update={"regimes": 3})
    estimators, _ = fit_lives(loaded, wearing(4, 1, loads=3), settings, SIX)
    again = LifeEstimator.from_state(estimators["life/0"].state())
    expected = estimators["life/0"].predict(loaded)
    np.testing.assert_array_equal(again.predict(loaded).left, expected.left)


def test_an_interval_that_reaches_the_cap_is_open(studied: Studied) -> None:
    new = wearing(6, seed=4)
    found, left = studied[0]["life/0"].predict(new), capped_life(new, 60)
    np.testing.assert_array_equal(found.open, found.high >= 60)
    assert found.open[left >= 60].mean() > 0.9
    assert found.open[left < 15].mean() < 0.1


def test_nothing_is_made_where_no_life_is_known() -> None:
    none = [replace(each, row_life=None) for each in (TRAIN, VALIDATION)]
    assert fit_lives(none[0], none[1], QUICK, SensorSettings())[0] == {}
    unknown = [replace(e, row_life=np.full(len(e.rows), np.nan)) for e in (TRAIN, VALIDATION)]
    estimators, held_out = fit_lives(unknown[0], unknown[1], QUICK, SensorSettings())
    assert estimators == {}
    assert not len(held_out)
    assert not len(foresee_all({}, TRAIN))


def test_one_asset_is_too_few(caplog: pytest.LogCaptureFixture) -> None:
    same = replace(TRAIN, row_assets=np.full(len(TRAIN.rows), "one"))
    assert fit_lives(same, same, QUICK, SensorSettings())[0] == {}
    assert "remaining life needs 2 assets to learn from, got 1" in caplog.text


def test_a_table_has_every_reading_of_the_test_units(studied: Studied) -> None:
    table = foresee_all(studied[0], replace(TEST, last=TEST.last[::9]))
    assert len(table) == len(TEST)
    for seed in (0, 1):
        assert (table[f"low/{seed}"] <= table[f"{ENSEMBLE}/{seed}"]).all()
        assert table[f"open/{seed}"].dtype == bool
    assert not np.array_equal(table["cnn/0"], table["cnn/1"])


def test_weights_follow_who_is_right() -> None:
    truth = capped_life(TRAIN, 60)
    noise = np.random.default_rng(0).normal(0, 10, (2, len(truth)))
    each = {"a": truth + noise[0], "b": truth + 3 * noise[1], "c": np.zeros(len(truth))}
    weights = weigh(each, truth, even_weights(TRAIN))
    assert weights[0] == pytest.approx(0.9, abs=0.03)
    assert weights[2] == 0
    assert weigh({"a": 0 * truth, "b": 0 * truth}, truth, truth + 1).tolist() == [0.5, 0.5]


def test_settings_name_what_is_wrong() -> None:
    with pytest.raises(ValidationError, match="there is no model 'forest' of life: choose from"):
        LifeSettings(models={"forest": {}})
    with pytest.raises(ValidationError, match=r"models.boosting.trees: .*, got 0"):
        LifeSettings(models={"boosting": {"trees": 0}})
    with pytest.raises(ValidationError, match=r"models needs some of ridge, .*got none"):
        LifeSettings(models={})


def test_parts_are_joined_for_folds() -> None:
    folds = hold_out(join(TRAIN, VALIDATION), QUICK)
    assert sum(len(fold) for fold in folds) == len(TRAIN) + len(VALIDATION)
