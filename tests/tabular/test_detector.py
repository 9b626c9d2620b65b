"""The API: scikit-learn's manners, every row answered in its place, odd tables told plainly."""

import logging
import re
import runpy
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone, is_classifier, is_regressor
from sklearn.exceptions import NotFittedError
from sklearn.model_selection import GroupKFold, cross_val_score
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import FunctionTransformer
from sklearn.utils.estimator_checks import (
    check_get_params_invariance,
    check_no_attributes_set_in_init,
    check_parameters_default_constructible,
    check_set_params,
)

from matts.domain import BadInputError
from matts.simulate.smart_factory import SmartFactorySettings, simulate_smart_factory
from matts.source.settings import SourceSettings
from matts.tabular import SmartFactoryDetector, load_table, quick_predict
from matts.tabular.model import TabularModel

SENSORS = ["temperature", "vibration", "humidity", "pressure", "energy_consumption"]
GROUPS = {"groups": {"history": {"like": "machine_age|since_maintenance", "given": True}}}
QUICK: dict[str, Any] = {"settings": {"model": {"rounds": 15}, "sensors": GROUPS}}


def of(table: pd.DataFrame, *machines: int) -> pd.DataFrame:
    names = sorted(table["asset"].unique())
    return table[table["asset"].isin([names[each] for each in machines])]


def plain(table: pd.DataFrame) -> pd.DataFrame:
    """Without any label."""
    return table[[name for name in table if not str(name).startswith(("Anomaly_", "Target_"))]]


@pytest.fixture(scope="module")
def factory() -> pd.DataFrame:
    """Six machines for a day and a half each."""
    settings = SmartFactorySettings(machines=6, readings=700, growth=(150, 200), calm=100)
    return simulate_smart_factory(settings).readings


@pytest.fixture(scope="module")
def unseen(factory: pd.DataFrame) -> pd.DataFrame:
    return of(factory, 4, 5)


@pytest.fixture(scope="module")
def detector(factory: pd.DataFrame) -> SmartFactoryDetector:
    return SmartFactoryDetector(**QUICK).fit(of(factory, 0, 1, 2, 3))


@pytest.fixture(scope="module")
def saved(detector: SmartFactoryDetector, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("model")
    detector.save(folder)
    return folder


def test_it_finds_anomalies_of_machines_it_never_saw(
    detector: SmartFactoryDetector, unseen: pd.DataFrame
) -> None:
    assert detector.score(unseen) > 2 * unseen["Target_anomaly"].mean()
    assert detector.predict(unseen).dtype == np.int64
    assert detector.classes_.tolist() == [0, 1]
    assert detector.predict_proba(unseen).sum(axis=1) == pytest.approx(1)


@pytest.mark.parametrize(
    "check",
    [
        check_get_params_invariance,
        check_no_attributes_set_in_init,
        check_set_params,
    ],
)
def test_scikit_learns_own_checks_of_parameters(check: Any) -> None:
    check("SmartFactoryDetector", SmartFactoryDetector())


def test_it_is_made_of_defaults_alone() -> None:
    check_parameters_default_constructible("SmartFactoryDetector", SmartFactoryDetector())


def test_a_clone_is_fitted_by_nobody(detector: SmartFactoryDetector, unseen: pd.DataFrame) -> None:
    copy = clone(detector)
    assert copy.get_params() == detector.get_params()
    with pytest.raises(NotFittedError, match="call fit or load first"):
        copy.predict(unseen)


def test_it_says_what_it_is() -> None:
    assert is_classifier(SmartFactoryDetector("failure_type"))
    life = SmartFactoryDetector("remaining_life")
    assert is_regressor(life)
    assert not hasattr(life, "predict_proba")


def test_names_of_features_are_the_sensors(detector: SmartFactoryDetector) -> None:
    assert detector.n_features_in_ == len(detector.feature_names_in_) == 7
    assert "temperature" in detector.feature_names_in_


def test_equal_fits_are_equal_and_change_no_table(factory: pd.DataFrame) -> None:
    table = of(factory, 0, 1, 2)
    before = table.copy()
    one, other = (SmartFactoryDetector(**QUICK).fit(table) for _ in range(2))
    assert np.array_equal(one.predict_proba(table), other.predict_proba(table))
    pd.testing.assert_frame_equal(table, before)


def test_it_stands_at_the_end_of_a_pipeline(factory: pd.DataFrame, unseen: pd.DataFrame) -> None:
    drop = FunctionTransformer(lambda table: table.drop(columns="humidity"))
    both = Pipeline([("drop", drop), ("tell", SmartFactoryDetector(**QUICK))])
    both.fit(of(factory, 0, 1, 2, 3))
    assert "humidity" not in both["tell"].feature_names_in_
    assert both.score(unseen) > unseen["Target_anomaly"].mean()


def test_it_is_cross_validated_by_machine(factory: pd.DataFrame) -> None:
    scores = cross_val_score(
        SmartFactoryDetector(**QUICK), factory, cv=GroupKFold(3), groups=factory["asset"]
    )
    assert (scores > factory["Target_anomaly"].mean()).all()
    own = SmartFactoryDetector(**QUICK)
    truth = factory["Target_anomaly"].astype(int)
    assert len(cross_val_score(own, factory, truth, cv=own.split(factory), scoring="f1")) == 3


def test_splits_are_whole_machines_in_places_of_the_table(factory: pd.DataFrame) -> None:
    mixed = factory.sample(frac=1, random_state=0)
    for train, test in SmartFactoryDetector(**QUICK).split(mixed):
        machines = mixed["asset"].to_numpy()
        assert not {*machines[train]} & {*machines[test]}
        assert sorted([*train, *test]) == list(range(len(mixed)))


def test_answers_of_the_caller_are_those_of_the_table(
    factory: pd.DataFrame, detector: SmartFactoryDetector, unseen: pd.DataFrame
) -> None:
    table = of(factory, 0, 1, 2, 3)
    told = SmartFactoryDetector(**QUICK).fit(plain(table), table["Target_anomaly"])
    assert np.array_equal(told.predict_proba(unseen), detector.predict_proba(unseen))
    with pytest.raises(BadInputError, match="truth values, 0 or 1, got 'perhaps'"):
        SmartFactoryDetector().fit(plain(table), np.full(len(table), "perhaps"))
    for odd, came in (([0, 1], "got 2"), (1, "got 1 for all"), (np.ones((2800, 1)), "2800 x 1")):
        with pytest.raises(BadInputError, match=f"each of 2800 rows needs an answer, .*{came}"):
            SmartFactoryDetector().fit(plain(table), odd)
    with pytest.raises(BadInputError, match="needs finite numbers, got 'inf'"):
        SmartFactoryDetector("remaining_life").fit(plain(table), np.full(len(table), np.inf))


def test_a_row_that_cannot_be_judged_does_not_count(
    detector: SmartFactoryDetector, unseen: pd.DataFrame
) -> None:
    blind = unseen["temperature"].where(np.arange(len(unseen)) > 0)
    odd = unseen.assign(**{name: blind.where(blind.isna(), unseen[name]) for name in SENSORS})
    assert detector.score(odd) == pytest.approx(detector.score(unseen), abs=0.1)
    with pytest.raises(BadInputError, match="different answers, got 0 rows without"):
        detector.score(unseen.assign(**dict.fromkeys(SENSORS, np.nan)))


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (pd.DataFrame.to_numpy, "DataFrame, for columns need names; got .*ndarray"),
        (lambda t: t.rename(columns={"pressure": 7}), "name of its own, in text, got 7"),
        (lambda t: t.rename(columns={"pressure": "humidity"}), "of its own, .* got 'humidity'"),
        (lambda t: t.drop(columns=SENSORS), "a sensor to judge by, got machine_age, since_"),
    ],
)
def test_what_is_no_table_of_readings_is_refused(
    change: Any, words: str, factory: pd.DataFrame
) -> None:
    with pytest.raises(BadInputError, match=words):
        SmartFactoryDetector(**QUICK).fit(change(factory))


def test_folds_that_cannot_be_are_refused(factory: pd.DataFrame) -> None:
    with pytest.raises(BadInputError, match=r"folds needs .*: count: .* got 1"):
        SmartFactoryDetector().evaluate(factory, folds=1)
    with pytest.raises(BadInputError, match=r"folds needs .* got 'many'"):
        SmartFactoryDetector().evaluate(factory, folds="many")
    with pytest.raises(BadInputError, match=r"folds needs .* got 11"):
        SmartFactoryDetector().split(factory, folds=11)


def test_failures_are_called_by_their_names_and_an_unseen_one_is_a_miss(
    factory: pd.DataFrame, unseen: pd.DataFrame
) -> None:
    names = ["Vibration Issue", "Overheating", "Pressure Drop", "Electrical Fault"]
    flags = factory[[f"Anomaly_{name}" for name in names]].to_numpy()
    kinds = np.where(flags.any(axis=1), np.array(names)[flags.argmax(axis=1)], "Normal")
    machines = factory["asset"].isin(of(factory, 0, 1, 2, 3)["asset"].unique()).to_numpy()
    told = SmartFactoryDetector("failure_type", **QUICK)
    told.fit(plain(factory[machines]), kinds[machines])
    assert {*told.classes_} == {*kinds[machines]}
    assert {*told.predict(unseen)} <= {*told.classes_}
    known = told.score(plain(unseen), kinds[~machines])
    odd = kinds[~machines].copy()
    odd[odd != "Normal"] = "Flood"
    assert told.score(plain(unseen), odd) < known


def test_remaining_life_is_a_number(factory: pd.DataFrame, unseen: pd.DataFrame) -> None:
    life = SmartFactoryDetector("remaining_life", **QUICK).fit(of(factory, 0, 1, 2, 3))
    known = unseen["Target_remaining_life"].notna().to_numpy()
    off = np.abs(life.predict(unseen)[known] - unseen["Target_remaining_life"][known])
    assert off.mean() < 100
    assert life.score(unseen) > 0.2


@pytest.mark.parametrize("model", ["lightgbm", "hybrid"])
def test_a_growing_table_is_told_as_it_was_at_once(
    model: str, factory: pd.DataFrame, unseen: pd.DataFrame
) -> None:
    small = {"networks": {"steps": 4, "hidden": 4, "windows": 200, "epochs": 1}, "rounds": 5}
    own = {"model": small if model == "hybrid" else {"rounds": 15}, "sensors": GROUPS}
    told = SmartFactoryDetector("anomaly", 60, model, own).fit(of(factory, 0, 1, 2, 3))
    table = plain(of(unseen, 0))
    at_once = told.predict_proba(table)
    for count in (1, 2, 3, 50, 333):
        assert np.array_equal(told.predict_proba(table.head(count)), at_once[:count])


def test_a_table_of_a_run_is_told_whatever_files_it_came_from(
    factory: pd.DataFrame, described: pd.DataFrame, tmp_path: Path
) -> None:
    told = SmartFactoryDetector(settings=PLANT).fit(described)
    told.save(tmp_path)
    typed = factory[["asset", "time", "temperature", "vibration", "energy_consumption"]]
    yes = quick_predict(tmp_path, typed)["probability_yes"]
    assert np.array_equal(
        yes[described.index], quick_predict(tmp_path, described)["probability_yes"]
    )


def test_order_of_rows_and_columns_does_not_matter(
    detector: SmartFactoryDetector, unseen: pd.DataFrame
) -> None:
    mixed = unseen.sample(frac=1, random_state=0)[[*reversed(unseen.columns)]]
    told = pd.Series(detector.predict_proba(unseen)[:, 1], unseen.index)
    assert np.array_equal(detector.predict_proba(mixed)[:, 1], told[mixed.index])


def test_one_machine_does_not_change_what_is_said_of_another(
    detector: SmartFactoryDetector, unseen: pd.DataFrame
) -> None:
    own = (unseen["asset"] == unseen["asset"].iloc[0]).to_numpy()
    assert np.array_equal(detector.predict_proba(unseen[own]), detector.predict_proba(unseen)[own])


def test_every_row_is_told_without_labels(
    saved: Path, detector: SmartFactoryDetector, unseen: pd.DataFrame, tmp_path: Path
) -> None:
    found = quick_predict(saved, plain(unseen))
    assert found.index.equals(unseen.index)
    assert np.array_equal(found["probability_yes"], detector.predict_proba(unseen)[:, 1])
    assert np.array_equal(found["prediction"].astype(int), detector.predict(unseen))
    assert found["before"].max() == 699
    plain(unseen).to_csv(tmp_path / "factory.csv", index=False)
    of_file = quick_predict(saved, tmp_path / "factory.csv")
    assert np.allclose(of_file["probability_yes"], found["probability_yes"])


def test_what_was_saved_is_a_model_of_the_pipeline_and_of_the_api(
    saved: Path, detector: SmartFactoryDetector, factory: pd.DataFrame, unseen: pd.DataFrame
) -> None:
    again = SmartFactoryDetector.load(saved)
    assert np.array_equal(again.predict_proba(unseen), detector.predict_proba(unseen))
    assert again.get_params()["model"] == TabularModel.load(saved).kind == "lightgbm"
    assert again.fit(factory).score(unseen) > 0
    again.save(saved.parent / "twice")
    detector.save(saved.parent / "twice")  # a folder may be saved into again
    twice = SmartFactoryDetector.load(saved.parent / "twice")
    assert np.array_equal(twice.predict_proba(unseen), detector.predict_proba(unseen))
    (saved.parent / "nothing").mkdir(exist_ok=True)
    with pytest.raises(BadInputError, match=r"needs a description.json beside it"):
        SmartFactoryDetector.load(saved.parent / "nothing")


def test_odd_tables_are_told_plainly(
    saved: Path, unseen: pd.DataFrame, caplog: pytest.LogCaptureFixture
) -> None:
    with pytest.raises(BadInputError, match="needs sensors vibration, pressure, got temp"):
        quick_predict(saved, unseen.drop(columns=["vibration", "pressure"]))
    with pytest.raises(BadInputError, match="at least 1 row, got an empty table"):
        quick_predict(saved, unseen.head(0))
    with pytest.raises(BadInputError, match=r"there is none at nowhere\.csv"):
        quick_predict(saved, "nowhere.csv")
    odd = plain(unseen).assign(colour="blue", torque=1.0)
    odd["pressure"] = odd["pressure"].astype(object)
    odd.loc[odd.index[5], "pressure"] = "Bad!"
    with caplog.at_level(logging.INFO):
        found = quick_predict(saved, odd)
    assert found["prediction"].notna().all()
    assert "does not know are left out: colour, torque" in caplog.text
    assert "pressure: 1 cells with text are missing readings, as 'Bad!'" in caplog.text
    assert "10 rows are among the first 5 of their machine" in caplog.text


def test_a_row_without_any_reading_is_empty_and_counted(
    saved: Path,
    detector: SmartFactoryDetector,
    unseen: pd.DataFrame,
    caplog: pytest.LogCaptureFixture,
) -> None:
    odd = plain(unseen).copy()
    odd.loc[odd.index[7], SENSORS] = np.nan
    found = quick_predict(saved, odd)
    assert found["prediction"].isna().to_numpy().nonzero()[0].tolist() == [7]
    assert "1 of 1400 rows cannot be judged" in caplog.text
    assert np.isnan(detector.predict_proba(odd)[7]).all()
    with pytest.raises(BadInputError, match="1 of 1400 rows cannot be judged: quick_predict"):
        detector.predict(odd)


@pytest.mark.parametrize(
    ("setting", "words"),
    [
        ({"task": "weather"}, "task: .* got 'weather'"),
        ({"horizon": -1}, "horizon: .* got -1"),
        ({"model": "oracle"}, "models of classes are .* got oracle"),
        ({"seed": -1}, "seed: .* got -1"),
        ({"settings": {"rounds": 3}}, "needs keys of model, source, .*, guard, got rounds"),
        ({"settings": [3]}, r"settings: .* got \[3\]"),
        ({"settings": {"model": {"round": 3}}}, "lightgbm.round"),
        ({"settings": {"source": {"time": {"colum": "t"}}}}, "settings.source.time.colum"),
        ({"settings": {"source": "plant.csv"}}, "settings.source: .* got 'plant.csv'"),
        ({"settings": {"features": {"leave_out": ["hours"]}}}, "got hours"),
        ({"settings": {"guard": {"copies": 2}}}, "settings.guard.copies: .* got 2"),
    ],
)
def test_a_wrong_setting_is_named(
    setting: dict[str, Any], words: str, factory: pd.DataFrame
) -> None:
    with pytest.raises(BadInputError, match=words):
        SmartFactoryDetector(**setting).fit(of(factory, 0, 1))


def test_the_page_of_the_api_prints_what_it_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    page = (Path(__file__).parents[2] / "docs/reference/smart-factory-api.md").read_text()
    code, said = (re.findall(rf"```{kind}\n(.*?)```", page, re.S) for kind in ("python", "text"))
    (tmp_path / "page.py").write_text("".join(code))
    monkeypatch.chdir(tmp_path)
    try:
        runpy.run_path("page.py")
    finally:
        logging.getLogger("matts").setLevel(logging.NOTSET)
    assert capsys.readouterr().out == "".join(said)


def test_settings_come_back_from_the_folder_as_they_were(
    factory: pd.DataFrame, tmp_path: Path
) -> None:
    own = {
        "model": {"rounds": 3, "depth": 2},
        "sensors": GROUPS,
        "features": {"leave_out": ["clock", "minute"]},
        "guard": {"copies": 1.0, "allowed": ["since_maintenance"]},
    }
    told = SmartFactoryDetector("maintenance", 60, "xgboost", own, seed=5).fit(factory)
    assert "hour" not in told.transform(factory)
    told.save(tmp_path)
    again = SmartFactoryDetector.load(tmp_path)
    assert again.question.describe() == told.question.describe()
    assert (again.task, again.horizon, again.model, again.seed) == ("maintenance", 60, "xgboost", 5)
    assert again.fitted.settings == told.fitted.settings
    assert again.question.settings.guard.allowed == ("since_maintenance",)


def test_a_label_among_the_sensors_is_refused_unless_it_is_allowed(factory: pd.DataFrame) -> None:
    table = of(factory, 0, 1, 2, 3)
    told = plain(table).assign(lamp=table["Target_anomaly"] * 3 + 1)
    with pytest.raises(BadInputError, match="lamp"):
        SmartFactoryDetector(**QUICK).fit(told, table["Target_anomaly"])
    allowed = {"allowed": ["lamp", "lamp_squared"], "copies": 1.0}
    open_one = SmartFactoryDetector(settings=QUICK["settings"] | {"guard": allowed})
    with pytest.raises(BadInputError, match="lamp"):  # what is made of it tells as much
        open_one.fit(told, table["Target_anomaly"])


def test_folds_and_their_report(factory: pd.DataFrame, tmp_path: Path) -> None:
    found = SmartFactoryDetector(**QUICK).evaluate(factory)
    assert found.figures["pr_auc"] > 2 * found.figures["base_rate"]
    assert found.folds == 3
    assert len(found.rows) == len(factory)
    assert np.array_equal(found.y, factory["Target_anomaly"].to_numpy()[found.rows])
    assert "# anomaly_now, lightgbm" in found.report()
    assert found.by_machine()["off"].is_monotonic_decreasing
    found.plot(tmp_path / "curve.png")
    assert (tmp_path / "curve.png").stat().st_size > 5_000


@pytest.mark.parametrize("task", ["failure_type", "remaining_life"])
def test_other_tasks_have_figures_and_pictures(
    task: str, factory: pd.DataFrame, tmp_path: Path
) -> None:
    found = SmartFactoryDetector(task, **QUICK).evaluate(factory, folds=2)
    assert {"f1_macro", "r2"} & found.figures.keys()
    found.plot(tmp_path / "picture.png")
    assert (tmp_path / "picture.png").stat().st_size > 5_000


DESCRIBED: dict[str, Any] = {
    "time": {"column": "timestamp"},
    "asset": {"columns": ["machine"]},
    "columns": {"like": "temperature|vibration|energy_consumption"},
    "targets": {"anomaly": {"column": "alarm", "healthy": ["No"], "faulty": ["Yes"]}},
}
PLANT: dict[str, Any] = {"source": DESCRIBED, "model": {"rounds": 15}}


@pytest.fixture(scope="module")
def described(factory: pd.DataFrame) -> pd.DataFrame:
    """The same as a plant has it, rows in no order."""
    table = factory[["asset", "time", "temperature", "vibration", "energy_consumption"]]
    table = table.rename(columns={"asset": "machine", "time": "timestamp"})
    alarm = np.where(factory["Target_anomaly"] > 0, "Yes", "No")
    return table.assign(alarm=alarm).astype({"timestamp": str}).sample(frac=1, random_state=1)


def test_any_described_table_is_told_in_its_own_order(
    described: pd.DataFrame, tmp_path: Path
) -> None:
    told = SmartFactoryDetector(settings=PLANT).fit(described)
    told.save(tmp_path / "model")
    described.drop(columns="alarm").to_csv(tmp_path / "plant.csv", index=False)
    found = quick_predict(tmp_path / "model", tmp_path / "plant.csv")
    truth = (described["alarm"] == "Yes").to_numpy()
    assert found["prediction"].notna().all()
    yes = found["probability_yes"].to_numpy()
    assert yes[truth].mean() > 3 * yes[~truth].mean()
    in_order = described.sort_values(["machine", "timestamp"])
    ordered = quick_predict(tmp_path / "model", in_order)["probability_yes"]
    assert np.array_equal(yes, ordered[described.index])
    table = load_table(tmp_path / "plant.csv", told.description_.source)
    assert len(table) == len(described)


def test_each_file_of_a_folder_is_a_machine(described: pd.DataFrame, tmp_path: Path) -> None:
    for machine, own in described.groupby("machine"):
        own.drop(columns="machine").to_csv(tmp_path / f"{machine}.csv", index=False)
    source = DESCRIBED | {"asset": {"file": "name"}}
    table = load_table(tmp_path, SourceSettings.model_validate({"path": "", **source}))
    told = SmartFactoryDetector(settings=PLANT | {"source": source}).fit(table)
    told.save(tmp_path / "model")
    found = quick_predict(tmp_path / "model", tmp_path)
    machines = table["file"].to_numpy()
    counts = described["machine"].astype(str).value_counts()
    assert (found["before"].groupby(machines).max() + 1).to_dict() == counts.to_dict()
    alone = quick_predict(tmp_path / "model", tmp_path / f"{machines[0]}.csv")
    columns = ["probability_yes", "before"]
    own = found.loc[machines == machines[0], columns].reset_index(drop=True)
    pd.testing.assert_frame_equal(alone[columns], own)


def test_rows_that_stand_for_nothing_are_empty(described: pd.DataFrame, tmp_path: Path) -> None:
    told = SmartFactoryDetector(settings=PLANT).fit(described)
    told.save(tmp_path)
    odd = described.head(400).copy()
    again = odd.iloc[[9]]
    odd.loc[odd.index[3], "timestamp"] = "yesterday"
    odd.loc[odd.index[4], "machine"] = ""
    found = quick_predict(tmp_path, pd.concat([odd, again]))
    empty = found["prediction"].isna().to_numpy().nonzero()[0].tolist()
    assert empty == [3, 4, 9]  # of two readings of an instant the last one counts


def test_readings_of_periods_cannot_answer_for_every_row(described: pd.DataFrame) -> None:
    rare = DESCRIBED | {"time": {"column": "timestamp", "every": "10min"}}
    with pytest.raises(BadInputError, match=r"leave time\.every out"):
        SmartFactoryDetector(settings={"source": rare}).fit(described)
