import numpy as np
import pandas as pd
import pytest
from sklearn.ensemble import ExtraTreesRegressor

from matts.tabular.features import Features
from matts.tabular.importance import groups_of, importance_of, rows_explained
from matts.tabular.lesson import Lesson
from matts.tabular.model import TabularModel, fit_model
from matts.tabular.rows import Rows
from matts.tabular.tasks import Examples, Task, examples_of
from tests.tabular.labelled import SENSORS, worn

ROWS = worn(3000)
NAMES = (*SENSORS, *(f"{name}_squared" for name in SENSORS), "row_mean", "hour", "day_sin")
RAW = np.asarray(ROWS.values)
MATRIX = np.column_stack([RAW, RAW**2, np.zeros((len(ROWS), 3))])
FEATURES = Features(NAMES, MATRIX)


def learnt(kind: str, task: Task) -> tuple[TabularModel, Examples, np.ndarray]:
    """A model of most machines, its examples, and the places of the others."""
    examples = examples_of(ROWS, task)
    machines = ROWS.machines[examples.rows]
    held = np.strings.endswith(machines, "1") | np.strings.endswith(machines, "5")
    places = np.flatnonzero(~held)
    lesson = Lesson(
        MATRIX[examples.rows[places]],
        examples.y[places],
        machines[places],
        NAMES,
        examples.classes,
    )
    return fit_model(kind, {}, lesson), examples, np.flatnonzero(held)


def ranked(found: pd.DataFrame, method: str) -> list[str]:
    own = found[found["method"] == method].sort_values("value", ascending=False)
    return [*own["what"]]


@pytest.mark.parametrize(
    ("kind", "task"),
    [
        ("lightgbm", Task("anomaly")),
        ("random_forest", Task("failure_type")),
        ("xgboost", Task("remaining_life")),
    ],
)
def test_the_sensors_that_wear_shows_in_matter(kind: str, task: Task) -> None:
    model, examples, held = learnt(kind, task)
    found = importance_of(model, FEATURES, examples, held, ROWS, 0)
    assert set(found["task"]) == {task.key}
    assert set(ranked(found, "permutation")[:2]) == {"temperature", "vibration"}
    assert ranked(found, "shap")[0].startswith(("temperature", "vibration"))
    shares = found.loc[found["method"] == "shap", "value"]
    assert shares.sum() == pytest.approx(1)
    by_shuffling = found[found["method"] == "permutation"].set_index("what")
    assert by_shuffling.loc["clock", "value"] == 0  # it never changes
    assert (by_shuffling["low"] <= by_shuffling["value"] + 1e-12).all()


def test_equal_seeds_say_the_same() -> None:
    model, examples, held = learnt("lightgbm", Task("anomaly"))
    first, again = (importance_of(model, FEATURES, examples, held, ROWS, 3) for _ in range(2))
    pd.testing.assert_frame_equal(first, again)


def test_what_is_no_tree_has_no_shap() -> None:
    model, examples, held = learnt("logistic_regression", Task("anomaly"))
    assert set(importance_of(model, FEATURES, examples, held, ROWS, 0)["method"]) == {"permutation"}


def test_shap_is_left_out_where_it_is_not_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    model, examples, held = learnt("lightgbm", Task("anomaly"))
    monkeypatch.setattr("matts.tabular.importance.find_spec", lambda _: None)
    assert set(importance_of(model, FEATURES, examples, held, ROWS, 0)["method"]) == {"permutation"}


def test_columns_of_one_sensor_are_one_group() -> None:
    groups = groups_of((*NAMES, "humidity_x_pressure", "mean_abs_z"), ROWS)
    assert groups["temperature"] == [0, 5]
    assert groups["all sensors of a row"] == [10, 14]
    assert groups["clock"] == [11, 12]
    assert groups["products of sensors"] == [13]


def test_a_sensor_whose_name_begins_another() -> None:
    rows = Rows(**{**ROWS.__dict__, "sensors": ("heat", "heat_out")})
    assert groups_of(("heat", "heat_out", "heat_out_z"), rows) == {"heat": [0], "heat_out": [1, 2]}


def test_a_grown_forest_is_asked_about_fewer_rows() -> None:
    draw = np.random.default_rng(0)
    x, y = draw.normal(size=(4000, 3)), draw.normal(size=4000)
    small = ExtraTreesRegressor(10, max_depth=3, random_state=0).fit(x, y)
    grown = ExtraTreesRegressor(10, random_state=0).fit(x, y)
    assert rows_explained(small) == 500
    assert rows_explained(grown) == 10_000_000 // 40_000
