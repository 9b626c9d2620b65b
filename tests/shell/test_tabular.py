"""A plant of eight machines, from a file to models, figures and a page."""

import json
import sys
from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any

import numpy as np
import pandas as pd
import pytest
from mlflow.entities import Run
from mlflow.tracking import MlflowClient

from matts.tabular import SmartFactoryDetector, quick_predict

Kedro = Callable[..., CompletedProcess[str]]
Recorded = Callable[[Path, str], list[Run]]
MACHINES, READINGS = 8, 300
RUN = ("run", "--pipeline", "tabular", "--params")
ASKED = "dataset=plant,workers=1"
PLANT = """
source:
  path: data/01_raw/plant.csv
  asset: {columns: [machine]}
  time: {column: time, gap: null}
  labels: {kind: class, column: kind, healthy: [Normal], names: {Hot: Hot, Loose: Loose}}
  targets: {anomaly: anomaly, remaining_life: left}
tabular:
  horizons: [0, 30]
  tasks: [anomaly, failure_type, remaining_life, downtime]
"""

pytestmark = pytest.mark.filterwarnings("ignore")  # MLflow's own


def write_plant(path: Path, seed: int = 0) -> None:
    """Faults grow for half an hour in the sensor that they concern, then the machine is mended."""
    tables = [_machine(name, np.random.default_rng([seed, name])) for name in range(MACHINES)]
    path.parent.mkdir(parents=True, exist_ok=True)
    pd.concat(tables).to_csv(path, index=False)


def _machine(name: int, draw: np.random.Generator) -> pd.DataFrame:
    cycle = int(draw.integers(55, 75))
    age = (np.arange(READINGS) + draw.integers(0, cycle)) % cycle
    left = cycle - 1 - age
    hot = (np.arange(READINGS) // cycle + name) % 2 == 0
    grown = np.clip(age - (cycle - 30), 0, None) / 30
    faulty = grown > 0.5
    times = pd.date_range("2025-03-01", periods=READINGS, freq="min")
    return pd.DataFrame(
        {
            "machine": f"M{name}",
            "time": times,
            "temperature": draw.normal(60, 2, READINGS) + 20 * grown * hot,
            "vibration": draw.normal(30, 2, READINGS) + 20 * grown * ~hot,
            "pressure": draw.normal(5, 1, READINGS),
            "kind": np.where(faulty, np.where(hot, "Hot", "Loose"), "Normal"),
            "anomaly": np.where(faulty, "Yes", "No"),
            "left": np.minimum(left, 45),
        }
    )


def make_place(folder: Path) -> Path:
    (folder / "conf/base/parameters/dataset_plant.yml").write_text(PLANT)
    (folder / "conf/test/parameters.yml").write_text(
        "tabular: {models: [lightgbm, logistic_regression], folds: 2}\n"
    )
    write_plant(folder / "data/01_raw/plant.csv")
    return folder


@pytest.fixture(scope="session")
def plant(new_project: Callable[[str], Path], kedro: Kedro) -> tuple[Path, CompletedProcess[str]]:
    """The project in which the whole pipeline ran once."""
    folder = make_place(new_project("plant"))
    done = kedro(folder, *RUN, ASKED)
    assert done.returncode == 0, done.stderr
    return folder, done


def report(folder: Path) -> Path:
    return folder / "data/smoke/08_reporting/plant/tabular"


def summary(folder: Path) -> Any:
    text = (report(folder) / "summary.json").read_text()
    return json.loads(text, parse_constant=lambda word: pytest.fail(f"{word} is no strict JSON"))


def cells(folder: Path) -> dict[str, int]:
    """The configurations that are kept, and when each was written."""
    kept = folder / "data/smoke/07_model_output/plant/tabular_cells"
    return {path.name: path.stat().st_mtime_ns for path in kept.glob("*.npz")}


def test_every_task_has_its_files(plant: tuple[Path, CompletedProcess[str]]) -> None:
    folder, _ = plant
    tasks = {
        f"{name}_{when}"
        for name in ("anomaly", "failure_type", "remaining_life")
        for when in ("now", "30min")
    }
    assert {path.stem for path in (report(folder) / "results").iterdir()} == tasks
    output = folder / "data/smoke/07_model_output/plant/tabular"
    assert {path.stem for path in output.iterdir()} == tasks
    models = folder / "data/smoke/06_models/plant/tabular"
    assert {path.name for path in models.iterdir()} == tasks
    told = summary(folder)
    assert {*told["tasks"]} == tasks
    assert {*told["left_out"]} == {"downtime_now", "downtime_30min"}
    assert told["rows"] == MACHINES * READINGS


def test_results_say_what_is_better_than_a_guess(
    plant: tuple[Path, CompletedProcess[str]],
) -> None:
    own = pd.read_csv(report(plant[0]) / "results/anomaly_now.csv").set_index("model")
    controls = {"prior", "last_label", "one_sensor", "raw_linear", "shuffled"}
    assert {*own.index} == {"lightgbm", "logistic_regression", "chosen", *controls}
    assert {*own.index[own["control"]]} == controls
    best = own[own["best"]].iloc[0]
    assert best["pr_auc_low"] < best["pr_auc"] < best["pr_auc_high"]
    assert best["pr_auc"] > 3 * best["base_rate"]
    assert str(best["beats_all_controls"]) == "True"
    assert own.loc["prior", "pr_auc"] < 2 * best["base_rate"]


def test_predictions_are_of_rows_that_trained_no_model(
    plant: tuple[Path, CompletedProcess[str]],
) -> None:
    folder, _ = plant
    path = folder / "data/smoke/07_model_output/plant/tabular/failure_type_now.parquet"
    said = pd.read_parquet(path)
    assert len(said) == MACHINES * READINGS
    assert said.groupby("machine")["fold"].nunique().max() == 1
    assert {*said["truth"]} == {"Normal", "Hot", "Loose"}
    own = said[[f"lightgbm/{name}" for name in ("Normal", "Hot", "Loose")]]
    assert own.sum(axis=1).to_numpy() == pytest.approx(1, abs=1e-5)


def test_the_page_and_the_terminal_say_it(plant: tuple[Path, CompletedProcess[str]]) -> None:
    folder, done = plant
    page = (report(folder) / "tabular.md").read_text()
    for words in ("## anomaly_30min", "shuffled (control)", "## Folds", "CPU s", "downtime_now:"):
        assert words in page
    assert "- `lightgbm`: LightGBM.\n- `logistic_regression`: logistic regression." in page
    headings = [line[3:] for line in page.splitlines() if line.startswith("## ")]
    assert headings[:3] == ["What the labels are made of", "anomaly_now", "anomaly_30min"]
    assert "| best model" in done.stderr
    assert "CPU s" in done.stderr
    assert "Traceback" not in done.stderr
    assert (report(folder) / "scores.png").stat().st_size > 10_000
    log = report(folder).parent / "tabular.log"
    assert "configurations are there" in log.read_text()


def test_kept_models_answer_about_rows_without_labels(
    plant: tuple[Path, CompletedProcess[str]],
) -> None:
    folder, _ = plant
    model = folder / "data/smoke/06_models/plant/tabular/failure_type_now"
    raw = pd.read_csv(folder / "data/01_raw/plant.csv").drop(columns=["kind", "anomaly", "left"])
    told = quick_predict(model, raw)
    assert len(told) == len(raw)
    assert {*told["prediction"]} == {"Normal", "Hot", "Loose"}
    assert SmartFactoryDetector.load(model).task == "failure_type"


def test_mlflow_has_every_configuration(
    plant: tuple[Path, CompletedProcess[str]], recorded: Recorded
) -> None:
    folder, _ = plant
    run = recorded(folder, "tabular")[0]
    own = pd.read_csv(report(folder) / "results/anomaly_now.csv").set_index("model")
    best = own.index[own["best"]][0]
    metrics = run.data.metrics
    assert metrics["anomaly_now.pr_auc"] == pytest.approx(own.loc[best, "pr_auc"])
    client = MlflowClient(f"sqlite:///{folder}/data/smoke/mlflow.db")
    below = client.search_runs(
        [run.info.experiment_id], f"tags.mlflow.parentRunId = '{run.info.run_id}'"
    )
    named = {child.info.run_name: child for child in below}
    child = named["anomaly_now lightgbm"]
    assert child.data.metrics["pr_auc"] == pytest.approx(own.loc["lightgbm", "pr_auc"])
    assert child.data.metrics["cpu_seconds"] >= 0
    assert "rounds" in child.data.params["settings"] or "trees" in child.data.params["settings"]
    assert (child.data.tags["task"], child.info.status) == ("anomaly_now", "FINISHED")
    assert named["anomaly_now prior"].data.tags["control"] == "True"
    folders = {each.path for each in client.list_artifacts(run.info.run_id)}
    assert {"tabular_results", "tabular_models", "tabular.md", "summary.json"} <= folders


def test_best_models_are_registered(
    plant: tuple[Path, CompletedProcess[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    import mlflow  # noqa: PLC0415

    folder, _ = plant
    monkeypatch.chdir(folder)
    before = mlflow.get_tracking_uri()
    mlflow.set_tracking_uri(f"sqlite:///{folder}/data/smoke/mlflow.db")
    model = mlflow.pyfunc.load_model("models:/matts-plant-anomaly_now/1")
    readings = pd.read_parquet(folder / "data/smoke/02_intermediate/plant/readings.parquet")
    asked = readings[["asset", "time", "temperature", "vibration", "pressure"]]
    assert len(model.predict(asked)) == len(asked)
    assert not [entry for entry in sys.path if entry.startswith(str(folder))]
    mlflow.set_tracking_uri(before)


@pytest.mark.slow
def test_a_registered_model_carries_all_the_code_that_it_needs(
    load_elsewhere: Callable[..., Path], plant: tuple[Path, CompletedProcess[str]]
) -> None:
    folder, _ = plant
    store = f"sqlite:///{folder}/data/smoke/mlflow.db"
    names = [each.name for each in MlflowClient(store, store).search_registered_models()]
    assert folder in load_elsewhere(store, *names).parents


def test_a_second_run_asks_only_what_changed(
    kedro: Kedro, plant: tuple[Path, CompletedProcess[str]]
) -> None:
    folder, _ = plant
    before = cells(folder)
    told = (f"{ASKED},tabular.settings.lightgbm.leaves=5", "--to-nodes", "ask_tabular_models")
    changed = kedro(folder, *RUN, *told)
    assert changed.returncode == 0, changed.stderr
    assert f"{len(before) - 6} of {len(before)} configurations are there" in changed.stderr
    after = cells(folder)
    assert before.items() < after.items()
    assert len(after) == len(before) + 6


def test_a_sample_is_asked_by_its_size(
    kedro: Kedro, plant: tuple[Path, CompletedProcess[str]]
) -> None:
    folder, _ = plant
    params = f"{ASKED},tabular.sample=500,tabular.folds=3,tabular.tasks=[anomaly]"
    done = kedro(folder, *RUN, params, "--to-nodes", "sum_up_tabular")
    assert done.returncode == 0, done.stderr
    told = summary(folder)
    assert told["sample"] == 500
    assert told["tasks"]["anomaly_now"]["examples"] == 500
    assert {each["fold"] for each in told["folds"]} == {0, 1, 2}


@pytest.mark.slow
@pytest.mark.parametrize("mode", ["physical", "published"])
def test_both_factories_are_asked(
    kedro: Kedro, plant: tuple[Path, CompletedProcess[str]], mode: str
) -> None:
    asked = f"source.simulate.mode={mode},tabular.tasks=[anomaly,remaining_life]"
    params = f"dataset=smart_factory,{asked},tabular.models=[lightgbm],workers=1"
    done = kedro(plant[0], *RUN, params, "--to-nodes", "write_tabular")
    assert done.returncode == 0, done.stderr
    page = plant[0] / "data/smoke/08_reporting/smart_factory/tabular/tabular.md"
    rule = "**anomaly** is: temperature > 90 or vibration > 80"
    assert (rule in page.read_text()) == (mode == "published")


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ("tabular.models=[forest]", "models needs some of random_forest"),
        ("tabular.tasks=[downtime]", "a tabular task needs labels to learn from"),
        ("tabular.folds=1", "greater than or equal to 2"),
        ("tabular.horizon=5", "did you mean horizons?"),
    ],
)
def test_what_cannot_be_asked_is_told(
    kedro: Kedro, plant: tuple[Path, CompletedProcess[str]], asked: str, said: str
) -> None:
    done = kedro(plant[0], *RUN, f"{ASKED},{asked}")
    assert done.returncode == 1
    assert said in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.slow
def test_a_study_that_was_killed_is_gone_on_with(
    kedro: Kedro, new_project: Callable[[str], Path], kill_kedro: Callable[..., None]
) -> None:
    folder = make_place(new_project("killed_plant"))
    kill_kedro(folder, *RUN, ASKED, when=lambda: len(cells(folder)) >= 2)
    before = cells(folder)
    assert len(before) >= 2
    done = kedro(folder, *RUN, ASKED)
    assert done.returncode == 0, done.stderr
    assert f"{len(before)} of {len(cells(folder))} configurations are there" in done.stderr
    assert before.items() <= cells(folder).items()
