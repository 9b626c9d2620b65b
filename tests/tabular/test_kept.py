import json
import sys
from pathlib import Path

import pytest
import skops.io

from matts.domain import BadInputError
from matts.tabular import kept
from matts.tabular.learners.scikit import load_estimator
from matts.tabular.model import TabularModel, fit_model
from tests.tabular.lessons import lesson


class Foreign:
    """What no model is made of."""

    def __init__(self) -> None:
        self.value = 1


def test_a_file_with_foreign_types_is_refused(tmp_path: Path) -> None:
    model = fit_model("random_forest", {"trees": 2}, lesson())
    model.save(tmp_path)
    skops.io.dump(Foreign(), tmp_path / "model.skops")
    about = json.loads((tmp_path / "model.json").read_text())
    about["files"] = kept._digests(
        tmp_path, ["model.skops"]
    )  # whoever puts it there can do that too
    about.pop("seal")
    (tmp_path / "model.json").write_text(json.dumps(kept.sealed(about)))
    with pytest.raises(BadInputError, match=r"holds trees and numbers, got .*Foreign"):
        TabularModel.load(tmp_path)


@pytest.mark.parametrize(
    ("kind", "name"),
    [
        ("xgboost", "model.ubj"),
        ("lightgbm", "model.txt"),
        ("catboost", "model.cbm"),
        ("logistic_regression", "model.skops"),
        ("stacking", "judge.skops"),
    ],
)
def test_native_files_are_written_and_a_changed_or_lost_one_is_refused(
    kind: str, name: str, tmp_path: Path
) -> None:
    fit_model(kind, {}, lesson()).save(tmp_path)
    path = tmp_path / name
    path.write_bytes(path.read_bytes() + b" ")
    with pytest.raises(BadInputError, match=f"got another or no {name}"):
        TabularModel.load(tmp_path)
    path.unlink()
    with pytest.raises(BadInputError, match=f"got another or no {name}"):
        TabularModel.load(tmp_path)


def test_a_model_takes_the_place_of_another_and_leaves_other_files_alone(tmp_path: Path) -> None:
    (tmp_path / "note.md").write_text("ours")
    fit_model("lightgbm", {}, lesson()).save(tmp_path)
    model = fit_model("xgboost", {}, lesson())
    model.save(tmp_path)
    assert {path.name for path in tmp_path.iterdir()} == {"note.md", "model.json", "model.ubj"}
    (tmp_path / "note.md").write_text("changed")
    again = TabularModel.load(tmp_path)
    assert (again.probabilities(lesson().x) == model.probabilities(lesson().x)).all()


@pytest.mark.parametrize(
    ("was", "now"), [("{", ""), ("{", "[{"), ('"heat"', '"hiss"'), ('"seal"', '"deal"')]
)
def test_a_model_json_that_was_changed_is_refused(was: str, now: str, tmp_path: Path) -> None:
    fit_model("gaussian_nb", {}, lesson()).save(tmp_path)
    path = tmp_path / "model.json"
    path.write_text(path.read_text().replace(was, now, 1))
    with pytest.raises(BadInputError, match=r"files that were saved, got another model\.json"):
        TabularModel.load(tmp_path)


def test_a_damaged_member_is_refused(tmp_path: Path) -> None:
    fit_model("voting", {}, lesson()).save(tmp_path)
    (tmp_path / "lightgbm" / "model.txt").write_text("tree")
    with pytest.raises(BadInputError, match=r"got another or no model\.txt"):
        TabularModel.load(tmp_path)


def test_a_folder_without_a_model_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadInputError, match=r"a folder with a model\.json"):
        TabularModel.load(tmp_path)


def test_trees_that_point_out_of_themselves_are_refused(tmp_path: Path) -> None:
    model = fit_model("gradient_boosting", {"rounds": 2}, lesson())
    model.fitted.learner.estimator.n_features_in_ = 1  # type: ignore[union-attr]
    model.save(tmp_path)
    with pytest.raises(BadInputError, match="a node points out of its tree"):
        load_estimator(tmp_path / "model.skops")


@pytest.mark.parametrize("name", ["xgboost", "lightgbm", "catboost"])
def test_a_missing_library_is_named_with_where_to_get_it(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, name, None)
    with pytest.raises(BadInputError, match=r"pip install 'matts\[tabular\]'"):
        fit_model(name, {}, lesson())
