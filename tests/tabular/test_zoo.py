"""Every setting of every model takes effect."""

from typing import Any

import numpy as np
import pytest

from matts.domain import BadInputError
from matts.tabular.model import fit_model
from matts.tabular.zoo import CLASSIFIERS, REGRESSORS
from tests.tabular.lessons import lesson

SMALL = {"rounds": 30, "patience": 30, "trees": 8}  # a test has no time for more
FOREST: dict[str, Any] = {"trees": 4, "leaf": 40, "tree_rows": 60, "column_share": 1.0}
BOOSTED: dict[str, Any] = {"rounds": 3, "rate": 0.5, "column_share": 1.0}
STOPS = {**BOOSTED, "patience": 1}
OTHERS: dict[str, dict[str, Any]] = {
    "random_forest": FOREST,
    "extra_trees": FOREST,
    "xgboost": {**STOPS, "depth": 1, "least": 20, "bins": 3, "row_share": 1.0, "ridge": 90},
    "lightgbm": {**STOPS, "leaves": 2, "leaf": 60, "bins": 3, "row_share": 1.0, "ridge": 90},
    "catboost": {**STOPS, "depth": 1, "bins": 3, "row_share": 1.0, "ridge": 90},
    "gradient_boosting": {**BOOSTED, "depth": 1, "leaf": 40, "row_share": 1.0},
    "hist_gradient_boosting": {**STOPS, "leaves": 2, "leaf": 60, "bins": 3},
    "isolation_forest": {"trees": 4, "examples": 30},
    "logistic_regression": {"freedom": 1e-4, "rounds": 1, "tolerance": 1.0},
    "adaboost": {**BOOSTED, "rate": 0.1, "depth": 1},
    "gaussian_nb": {"smoothing": 5.0},
    "voting": {"members": {"gaussian_nb": {}, "isolation_forest": {}}},
    "stacking": {
        "members": {"gaussian_nb": {}, "isolation_forest": {}},
        "folds": 2,
        "freedom": 0.01,
    },
}
ALONE = [kind for kind, entry in CLASSIFIERS.items() if not entry.needs_rows]  # test_hybrid.py
WEIGHTED = [kind for kind, entry in CLASSIFIERS.items() if entry.weighted]
CASES = [(kind, name) for kind in ALONE for name in OTHERS[kind] if name != "patience"]


def fit_small(kind: str, **settings: Any) -> Any:
    fields = CLASSIFIERS[kind].settings.model_fields
    small = {name: value for name, value in SMALL.items() if name in fields}
    return fit_model(kind, {**small, **settings}, lesson())


@pytest.fixture(scope="module")
def usual() -> dict[str, Any]:
    return {kind: fit_small(kind).probabilities(lesson().x) for kind in ALONE}


def test_every_setting_is_tried() -> None:
    everyone = {"most_rows", "balance"}
    assert {*CLASSIFIERS} - {*ALONE} == {"hybrid"}
    for kind in ALONE:
        fields = {*CLASSIFIERS[kind].settings.model_fields}
        assert {*OTHERS[kind]} == fields - everyone, kind
    assert all(CLASSIFIERS[kind] == entry for kind, entry in REGRESSORS.items())


@pytest.mark.parametrize(("kind", "name"), CASES)
def test_every_setting_takes_effect(kind: str, name: str, usual: dict[str, Any]) -> None:
    other = fit_small(kind, **{name: OTHERS[kind][name]}).probabilities(lesson().x)
    assert not np.allclose(other, usual[kind], atol=1e-9)


@pytest.mark.parametrize("kind", [kind for kind, entry in CLASSIFIERS.items() if entry.stops_early])
def test_patience_takes_effect(kind: str) -> None:
    short, long = (fit_small(kind, rate=0.9, rounds=60, patience=patience) for patience in (1, 60))
    assert not np.allclose(short.probabilities(lesson().x), long.probabilities(lesson().x))


@pytest.mark.parametrize("kind", ALONE)
def test_most_rows_takes_effect(kind: str, usual: dict[str, Any]) -> None:
    assert not np.allclose(fit_small(kind, most_rows=100).probabilities(lesson().x), usual[kind])


@pytest.mark.parametrize("kind", WEIGHTED)
def test_balance_takes_effect_and_is_freed_from_probabilities(
    kind: str, usual: dict[str, Any]
) -> None:
    said = fit_small(kind, balance=1.0).probabilities(lesson().x)
    assert not np.allclose(said, usual[kind])
    assert said.mean(axis=0)[1] == pytest.approx(lesson().y.mean(), abs=0.1)


@pytest.mark.parametrize("kind", [kind for kind in CLASSIFIERS if kind not in WEIGHTED])
def test_balance_is_refused_where_it_has_no_effect(kind: str) -> None:
    with pytest.raises(ValueError, match=f"{kind}.balance: .* weighs no classes, .* got 1"):
        fit_model(kind, {"balance": 1.0}, lesson())


def test_settings_of_a_member_are_checked() -> None:
    with pytest.raises(BadInputError, match=r"lightgbm\.rounds: .* got 0"):
        fit_small("voting", members={"lightgbm": {"rounds": 0}})


def test_a_member_that_is_not_in_the_zoo_is_refused() -> None:
    with pytest.raises(ValueError, match=r"a committee has members of .*, got oracle"):
        fit_small("voting", members={"oracle": {}})
