from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from matts.domain import BadInputError, Floats
from matts.tabular.fitting import LEAST
from matts.tabular.lesson import Lesson
from matts.tabular.model import TabularModel, fit_model
from matts.tabular.zoo import CLASSIFIERS, REGRESSORS
from tests.tabular.lessons import lesson

ALONE = [kind for kind, entry in CLASSIFIERS.items() if not entry.needs_rows]  # test_hybrid.py
TRIALS = [*((kind, 2) for kind in ALONE), *((kind, 0) for kind in ALONE if kind in REGRESSORS)]


def answers(model: TabularModel, x: Floats) -> Floats:
    return model.probabilities(x) if model.classes else model.numbers(x)


@pytest.fixture(scope="module", params=TRIALS, ids=lambda trial: "-".join(map(str, trial)))
def fitted(request: pytest.FixtureRequest) -> tuple[TabularModel, Lesson]:
    kind, classes = request.param
    own = lesson(classes)
    return fit_model(kind, {}, own), own


def test_twelve_classifiers_six_regressors_the_histogram_form_and_the_hybrid() -> None:
    assert len(CLASSIFIERS) == 12 + 2
    assert len(REGRESSORS) == 6 + 2
    assert "exact" in CLASSIFIERS["gradient_boosting"].label
    assert "histogram" in CLASSIFIERS["hist_gradient_boosting"].label


def test_every_model_finds_what_there_is(fitted: tuple[TabularModel, Lesson]) -> None:
    model, _ = fitted
    new = lesson(len(model.classes), seed=1)
    said = answers(model, new.x)
    if not model.classes:
        assert np.corrcoef(said, new.y)[0, 1] > 0.8
    elif model.kind != "isolation_forest":  # high values are not strange, only rare
        assert roc_auc_score(new.y, said[:, 1]) > 0.85
    if model.classes:
        np.testing.assert_allclose(said.sum(axis=1), 1)


def test_a_model_read_from_its_folder_says_the_same_to_the_last_bit(
    fitted: tuple[TabularModel, Lesson], tmp_path: Path
) -> None:
    model, own = fitted
    model.save(tmp_path / "model")
    again = TabularModel.load(tmp_path / "model")
    np.testing.assert_array_equal(answers(model, own.x), answers(again, own.x))
    assert (again.kind, again.names, again.classes, again.settings) == (
        model.kind,
        own.names,
        own.classes,
        model.settings,
    )


def test_a_row_is_judged_alike_alone_and_among_others(
    fitted: tuple[TabularModel, Lesson],
) -> None:
    model, own = fitted
    together = answers(model, own.x[:5])
    alone = np.concatenate([answers(model, row[None]) for row in own.x[:5]])
    np.testing.assert_allclose(together, alone, rtol=1e-5, atol=1e-7)
    assert len(answers(model, own.x[:0])) == 0


@pytest.mark.parametrize("kind", ALONE)
def test_more_classes_and_one_that_training_lacks(kind: str, tmp_path: Path) -> None:
    four = lesson(4)
    own = four.take(np.flatnonzero(four.y != 1))
    model = fit_model(kind, {}, own)
    said = model.probabilities(four.x)
    assert said.shape == (len(four), 4)
    assert (said[:, 1] == 0).all()
    np.testing.assert_allclose(said.sum(axis=1), 1)
    model.save(tmp_path / "model")
    np.testing.assert_array_equal(TabularModel.load(tmp_path / "model").probabilities(four.x), said)


@pytest.mark.parametrize(("kind", "classes"), TRIALS)
@pytest.mark.parametrize("rows", [1, 5, 20])
def test_very_few_rows_are_learnt_from(kind: str, classes: int, rows: int) -> None:
    whole = lesson(classes)
    varied = np.r_[whole.y.argmin(), whole.y.argmax(), 0:300:16][:rows]
    said = answers(fit_model(kind, {}, whole.take(varied)), whole.x)
    assert np.isfinite(said).all()
    assert rows >= LEAST or np.allclose(said, said[0])


@pytest.mark.parametrize(("kind", "classes"), TRIALS)
def test_missing_and_constant_columns_and_a_single_machine_are_borne(
    kind: str, classes: int
) -> None:
    own = lesson(classes)
    x = own.x.copy()
    x[:, 3], x[:, 4] = np.nan, 7.0
    one = replace(own, x=x, groups=np.full(len(own), "m0"))
    assert np.isfinite(answers(fit_model(kind, {}, one), x)).all()


def test_where_there_is_nothing_to_learn_the_usual_is_said(tmp_path: Path) -> None:
    own = lesson(2)
    never = fit_model("lightgbm", {}, replace(own, y=np.zeros(len(own), np.int64)))
    assert never.probabilities(own.x[:1]).tolist() == [[1.0, 0.0]]
    blind = fit_model("catboost", {}, replace(own, x=np.ones_like(own.x)))
    blind.save(tmp_path / "model")
    said = TabularModel.load(tmp_path / "model").probabilities(own.x[:1])
    np.testing.assert_allclose(said[0], np.bincount(own.y) / len(own))
    numbers = replace(lesson(0), y=np.full(len(own), 3.0))
    assert fit_model("xgboost", {}, numbers).numbers(own.x[:2]).tolist() == [3.0, 3.0]


@pytest.mark.parametrize("kind", ["random_forest", "lightgbm", "catboost", "xgboost", "stacking"])
def test_equal_seeds_make_equal_models(kind: str) -> None:
    own = lesson(2)
    first, again, other = (
        fit_model(kind, {}, replace(own, seed=seed)).probabilities(own.x) for seed in (3, 3, 4)
    )
    np.testing.assert_array_equal(first, again)
    assert not np.array_equal(first, other)


def test_what_cannot_be_used_is_refused_in_one_sentence() -> None:
    own = lesson(2)
    beyond = own.x.copy()
    beyond[:2, 1] = np.inf
    with pytest.raises(BadInputError, match=r"got 2 infinite or beyond 3.4e38 in shake"):
        fit_model("lightgbm", {}, replace(own, x=beyond))
    model = fit_model("gaussian_nb", {}, own)
    with pytest.raises(BadInputError, match=r"got 2 infinite or beyond 3.4e38 in shake"):
        model.probabilities(beyond)
    with pytest.raises(BadInputError, match=r"rows must be \[n, 6\], got \[300, 5\]"):
        model.probabilities(own.x[:, :5])
    with pytest.raises(BadInputError, match="tells classes apart"):
        model.numbers(own.x)
    with pytest.raises(BadInputError, match="foretells a number"):
        fit_model("extra_trees", {}, lesson(0)).probabilities(own.x)
    with pytest.raises(BadInputError, match=r"models of a number are .*, got adaboost"):
        fit_model("adaboost", {}, lesson(0))
    with pytest.raises(BadInputError, match=r"xgboost\.rounds: .*greater than or equal to 1.*0"):
        fit_model("xgboost", {"rounds": 0}, own)
