import re

import numpy as np
import pytest

from matts.domain import BadInputError
from matts.groups import SensorSettings
from matts.tabular.controls import CONTROLS, Question, controls_of, is_told
from matts.tabular.settings import TabularSettings
from matts.tabular.study import Study, draw_rows, open_study
from matts.tabular.tasks import Task
from tests.tabular.conftest import frame


def settings(**given: object) -> TabularSettings:
    return TabularSettings.model_validate(
        {"storage": "none", "models": ["extra_trees"], "horizons": [0, 10]} | given
    )


@pytest.fixture(scope="module")
def study() -> Study:
    return open_study(frame(machines=6, readings=200), SensorSettings(), settings())


def test_a_study_has_every_task_that_rows_can_answer(study: Study) -> None:
    names = ("anomaly", "failure_type", "remaining_life")
    assert {*study.subjects} == {f"{name}_{when}" for name in names for when in ("now", "10min")}
    assert set(study.left_out) == {
        f"{name}_{when}" for name in ("maintenance", "downtime") for when in ("now", "10min")
    }
    assert "note no downtime" in study.left_out["downtime_now"]


def test_rows_are_drawn_from_all_machines_and_times() -> None:
    drawn = draw_rows(10_000, 500, seed=1)
    assert len(drawn) == 500
    assert (np.bincount(drawn // 1000) == 50).all()
    assert draw_rows(10_000, 500, seed=2).tolist() != drawn.tolist()


def test_a_sample_changes_examples_and_no_feature(study: Study) -> None:
    table = frame(machines=6, readings=200)
    some = open_study(table, SensorSettings(), settings(sample=300))
    assert len(some.subjects["anomaly_now"].examples.rows) == 300
    assert np.array_equal(some.features.values, study.features.values, equal_nan=True)
    assert some.digest == study.digest
    assert some.subjects["anomaly_now"].digest != study.subjects["anomaly_now"].digest


def test_readings_without_labels_are_told_in_a_sentence() -> None:
    bare = frame().drop(columns=["Target_anomaly", "Target_remaining_life"])
    bare = bare.drop(columns=["Anomaly_Leak", "Anomaly_Heat"])
    with pytest.raises(BadInputError, match="needs labels to learn from"):
        open_study(bare, SensorSettings(), settings())


@pytest.mark.parametrize("wrong", [np.inf, -np.inf, 1e30])
def test_readings_that_models_cannot_hold_are_told_in_a_sentence(wrong: float) -> None:
    table = frame()
    table.loc[3, "humidity"] = wrong
    with pytest.raises(
        BadInputError, match=rf"need readings up to .* got {re.escape(f'{wrong:g}')} of humidity"
    ):
        open_study(table, SensorSettings(), settings())


def test_an_endless_life_is_told_in_a_sentence() -> None:
    table = frame()
    table.loc[3, "Target_remaining_life"] = np.inf
    with pytest.raises(BadInputError, match="finite numbers or nothing, got an infinite remaining"):
        open_study(table, SensorSettings(), settings())


def test_readings_without_a_sensor_to_judge_are_told_in_a_sentence() -> None:
    sensors = SensorSettings.model_validate({"groups": {"all": {"like": ".*", "given": True}}})
    with pytest.raises(BadInputError, match="need a sensor that is not given"):
        open_study(frame(), sensors, settings())


def test_a_task_that_no_chosen_model_answers_is_left_out() -> None:
    own = settings(models=["isolation_forest"], horizons=[0])
    study = open_study(frame(), SensorSettings(), own)
    assert set(study.subjects) == {"anomaly_now", "failure_type_now"}
    assert "can answer it: isolation_forest" in study.left_out["remaining_life_now"]
    alone = settings(models=["hybrid"], tasks=["failure_type"])
    with pytest.raises(BadInputError, match=r"none of tabular\.models can answer it: hybrid"):
        open_study(frame(), SensorSettings(), alone)


def test_a_column_that_is_a_label_is_refused() -> None:
    table = frame()
    table["answer"] = table.groupby("asset")["Target_anomaly"].shift(-1).fillna(0.0)
    with pytest.raises(BadInputError, match="answer"):
        open_study(table, SensorSettings(), settings())


@pytest.mark.parametrize("name", sorted({*CONTROLS} - {"history"}))  # these rows are given none
@pytest.mark.parametrize("key", ["anomaly_now", "failure_type_10min", "remaining_life_now"])
def test_controls_answer_what_they_are_asked(study: Study, name: str, key: str) -> None:
    subject = study.subjects[key]
    for fold in subject.folds:
        said = CONTROLS[name](Question(study.rows, subject.examples, fold))
        assert np.isfinite(said).all()
        if subject.examples.classes:
            assert said.shape == (len(fold.test), len(subject.examples.classes))
            assert said.sum(axis=1) == pytest.approx(1)
        else:
            assert said.shape == fold.test.shape


def test_the_last_label_is_that_of_the_machine_and_of_before(study: Study) -> None:
    subject = study.subjects["anomaly_now"]
    examples, fold = subject.examples, subject.folds[0]
    said = CONTROLS["last_label"](Question(study.rows, examples, fold))[:, 1]
    rows = examples.rows[fold.test]
    state = study.rows.targets["anomaly"]
    first = study.rows.first_of_machine[rows]
    assert (said[~first] == state[rows[~first] - 1]).all()
    assert said[first] == pytest.approx(examples.y[fold.train].mean())


def test_nobody_has_to_beat_what_is_told_the_answer() -> None:
    assert is_told("last_label", Task("anomaly"))
    assert is_told("last_label", Task("remaining_life", 60))
    assert not is_told("last_label", Task("anomaly", 60))
    assert not is_told("prior", Task("anomaly"))


def test_a_history_is_a_control_where_something_is_given() -> None:
    sensors = SensorSettings.model_validate({"groups": {"age": {"like": "age", "given": True}}})
    table = frame()
    table["age"] = np.random.default_rng(1).normal(size=len(table)).cumsum()
    known = open_study(table, sensors, settings())
    assert "history" in controls_of(known.rows)
    subject = known.subjects["anomaly_now"]
    said = CONTROLS["history"](Question(known.rows, subject.examples, subject.folds[0]))
    assert len(np.unique(said)) > 1


def test_settings_name_what_is_unknown() -> None:
    with pytest.raises(ValueError, match="models needs some of random_forest"):
        settings(models=["random_woods"])
    with pytest.raises(ValueError, match=r"lightgbm\.tres"):
        settings(settings={"lightgbm": {"tres": 3}})
    assert settings(folds=4).folds.count == 4
