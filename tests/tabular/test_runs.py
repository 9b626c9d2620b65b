import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from matts.domain import BadInputError
from matts.groups import SensorSettings
from matts.tabular import cells as cells_module
from matts.tabular.cells import cells_of, run_cell
from matts.tabular.predictions import read_predictions, write_predictions
from matts.tabular.runs import fill, fit_best
from matts.tabular.settings import TabularSettings
from matts.tabular.study import Study, open_study
from tests.tabular.conftest import frame

TABLE = frame(machines=6, readings=120)


def settings(folder: Path, **given: Any) -> TabularSettings:
    chosen = {"tasks": ["anomaly", "remaining_life"], "horizons": [0], "folds": 2}
    models = {"models": ["logistic_regression", "extra_trees"], "storage": str(folder)}
    return TabularSettings.model_validate(chosen | models | given)


def opened(asked: TabularSettings) -> Study:
    return open_study(TABLE, SensorSettings(), asked)


@pytest.fixture(scope="module")
def asked(tmp_path_factory: pytest.TempPathFactory) -> TabularSettings:
    return settings(tmp_path_factory.mktemp("cells"))


@pytest.fixture(scope="module")
def study(asked: TabularSettings) -> Study:
    return opened(asked)


def files(folder: str) -> dict[str, int]:
    return {path.name: path.stat().st_mtime_ns for path in Path(folder).glob("*.npz")}


def test_every_configuration_is_kept_and_asked_once(study: Study, asked: TabularSettings) -> None:
    found = fill(study, asked, 1)
    own = {(each.task, each.model) for each in found if not each.control}
    assert own == {
        ("anomaly_now", "logistic_regression"),
        ("anomaly_now", "extra_trees"),
        ("remaining_life_now", "extra_trees"),
    }
    for each in found:
        assert each.problem is None
        assert np.isfinite(each.values[each.judged]).all()
        assert each.cost.fitted_rows == tuple(
            len(fold.train) for fold in study.subjects[each.task].folds
        )
    before = files(asked.storage)
    assert len(before) == len(found)
    again = fill(opened(asked), asked, 1)
    assert files(asked.storage) == before
    for one, other in zip(found, again, strict=True):
        assert np.allclose(one.values, other.values, equal_nan=True, atol=1e-6)


@pytest.mark.parametrize(
    ("changed", "redone"),
    [
        ({"settings": {"extra_trees": {"trees": 7}}}, {"extra_trees"}),
        ({"models": ["logistic_regression", "gaussian_nb"]}, {"gaussian_nb"}),
        ({"seed": 1}, None),
        ({"folds": {"by": "time", "count": 2}}, None),
        ({"features": {"leave_out": ["humidity_squared"]}}, None),
    ],
)
def test_only_what_changed_is_asked_again(
    study: Study, asked: TabularSettings, changed: dict[str, Any], redone: set[str] | None
) -> None:
    kept = {cell.key: cell for cell in cells_of(study, asked)}
    other = settings(Path(asked.storage), **changed)
    new = [cell for cell in cells_of(opened(other), other) if cell.key not in kept]
    if redone is None:
        assert len(new) == len(kept)
    else:
        assert {cell.model for cell in new} == redone


def test_a_broken_file_is_asked_again(study: Study, asked: TabularSettings, tmp_path: Path) -> None:
    cell = cells_of(study, asked)[-1]
    path = tmp_path / "cell.npz"
    said = run_cell(study, cell)
    write_predictions(path, said)
    back = read_predictions(path)
    assert back is not None
    assert (back.task, back.model, back.cost) == (said.task, said.model, said.cost)
    assert np.array_equal(back.folds, said.folds)
    path.write_bytes(path.read_bytes()[:100])
    assert read_predictions(path) is None
    assert read_predictions(tmp_path / "none.npz") is None


@pytest.mark.slow
def test_workers_say_the_same(study: Study, asked: TabularSettings, tmp_path: Path) -> None:
    elsewhere = settings(tmp_path)
    one, two = fill(study, asked, 1), fill(study, elsewhere, 2)
    for left, right in zip(one, two, strict=True):
        assert np.array_equal(left.values, right.values.astype(np.float32), equal_nan=True)


def test_a_model_that_cannot_answer_says_why(
    study: Study, asked: TabularSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> Any:
        msg = "it needs a library"
        raise BadInputError(msg)

    monkeypatch.setattr(cells_module, "fit_model", refuse)
    cell = next(each for each in cells_of(study, asked) if each.model == "extra_trees")
    found = run_cell(study, cell)
    assert (found.problem, len(found.values)) == ("it needs a library", 0)


def test_what_lacks_a_library_is_asked_again_once_it_is_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = settings(tmp_path, tasks=["anomaly"], models=["logistic_regression", "xgboost"])
    own = opened(asked)
    with monkeypatch.context() as patch:
        patch.setitem(sys.modules, "xgboost", None)  # as if it were not installed
        before = {each.model: each for each in fill(own, asked, 1)}
    assert before["xgboost"].problem is not None
    assert "pip install 'matts[tabular]'" in before["xgboost"].problem
    kept = files(asked.storage)
    after = {each.model: each for each in fill(own, asked, 1)}
    assert after["xgboost"].problem is None
    assert len(after["xgboost"].values)
    assert kept.items() < files(asked.storage).items()  # the others were not asked again


def test_the_canary_learns_nothing(study: Study, asked: TabularSettings) -> None:
    said = {each.model: each for each in fill(study, asked, 1) if each.task == "anomaly_now"}
    truth = study.subjects["anomaly_now"].examples.y
    shuffled = said["shuffled"].values[:, 1]
    assert abs(np.corrcoef(shuffled, truth)[0, 1]) < 0.15


def test_best_models_are_fitted_once_and_kept(study: Study, asked: TabularSettings) -> None:
    best = {"anomaly_now": "extra_trees"}
    every, first = fit_best(study, best, asked, 1)
    examples = study.subjects["anomaly_now"].examples
    x = study.features.values[examples.rows]
    assert every["anomaly_now"].kind == "extra_trees"
    there = {path: path.stat().st_mtime_ns for path in Path(asked.storage).glob("*-*")}
    assert len(there) == 2
    again, _ = fit_best(study, best, asked, 1)
    assert there == {path: path.stat().st_mtime_ns for path in Path(asked.storage).glob("*-*")}
    told = every["anomaly_now"].probabilities(x)
    assert np.array_equal(told, again["anomaly_now"].probabilities(x))
    assert not np.array_equal(told, first["anomaly_now"].probabilities(x))
