"""Whole runs beside the first: again, broken off and begun again, on a real file, with seeds."""

import json
import sys
import time
from collections.abc import Callable
from pathlib import Path
from signal import SIGINT, SIGKILL, SIGTERM, Signals
from subprocess import DEVNULL, CompletedProcess, Popen
from typing import Any

import pandas as pd
import pytest
from mlflow.entities import Run
from mlflow.tracking import MlflowClient

from matts.serve.artifacts import load_states

Kedro = Callable[..., CompletedProcess[str]]
Recorded = Callable[[Path, str], list[Run]]

pytestmark = pytest.mark.slow

ROAD = ("run", "--pipeline", "matts", "--params")
PATIENCE = 120  # seconds until a training must have begun


CLOCK = {"training_seconds", "ms_per_window", "windows_per_second", "microseconds"}


def lasting(results: Any) -> Any:
    """What does not depend on a clock, nor on how many defaults Kedro writes out."""
    if not isinstance(results, dict):
        return results
    gone = CLOCK | {"parameters"}
    return {key: lasting(value) for key, value in results.items() if key not in gone}


def same(folder: Path, results: Any) -> bool:
    """Whether a run gave these results, to the last digit and in this order."""
    again = json.loads((folder / "data/smoke/08_reporting/6/results.json").read_text())
    return json.dumps(lasting(again)) == json.dumps(lasting(results))


def break_off(folder: Path, environment: dict[str, str], signal: Signals) -> int:
    """Begin a training that would take an hour, end it with a signal, return its exit status."""
    log = folder / "data/smoke/08_reporting/6/training.log"
    log.unlink(missing_ok=True)
    endless = "dataset=6,training.epochs=100000,training.patience=100000,training.log_every=1"
    command = [sys.executable, "-m", "kedro", *ROAD, endless]
    training = Popen(command, cwd=folder, env=environment, stdout=DEVNULL, stderr=DEVNULL)
    try:
        deadline = time.monotonic() + PATIENCE
        while not (log.exists() and "epoch 2" in log.read_text()):
            assert training.poll() is None
            assert time.monotonic() < deadline
            time.sleep(0.05)
        training.send_signal(signal)
        return training.wait(PATIENCE)
    finally:
        training.kill()


def files(folder: Path) -> dict[Path, bytes]:
    """Everything that a run gives, logs and MLflow's record apart."""
    data = folder / "data/smoke"
    found = {path.relative_to(data): path for path in data.rglob("*") if path.is_file()}
    return {
        name: path.read_bytes()
        for name, path in found.items()
        if name.suffix != ".log" and name.parts[0] not in {"mlflow.db", "mlruns"}
    }


@pytest.mark.filterwarnings("ignore")
def test_a_killed_run_leaves_whole_files_and_can_begin_again(
    kedro: Kedro, copied: Path, environment: dict[str, str], recorded: Recorded, results: Any
) -> None:
    before = files(copied)
    assert break_off(copied, environment, SIGKILL) == -SIGKILL
    after = files(copied)
    assert after.keys() == before.keys()
    for name in map(Path, ("08_reporting/6/results.json", "05_model_input/6/split.json")):
        assert after[name] == before[name]
    for path in (copied / "data/smoke").rglob("*.safetensors"):
        assert load_states(path)
    done = kedro(copied, *ROAD, "dataset=6")
    assert done.returncode == 0, done.stderr
    assert same(copied, results)
    assert recorded(copied, "matts")[0].info.status == "FINISHED"


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("signal", [SIGINT, SIGTERM])
def test_a_run_that_was_broken_off_is_no_finished_run(
    project: Path, environment: dict[str, str], recorded: Recorded, signal: Signals
) -> None:
    assert break_off(project, environment, signal) == 1
    assert [run.info.status for run in recorded(project, "matts")] == ["KILLED"]
    later = [path for path in files(project) if path.parts[0] > "06_models"]
    assert {path.name for path in later} == {"quality.json", "quality.md"}  # which ingest writes


@pytest.mark.filterwarnings("ignore")
def test_evaluation_runs_alone_and_crowns_anew(kedro: Kedro, copied: Path, results: Any) -> None:
    client = MlflowClient(f"sqlite:///{copied}/data/smoke/mlflow.db")
    client.create_registered_model("matts-6-retired", {"ranked_by": "validation_pr_auc"})
    client.create_model_version("matts-6-retired", str(copied))
    client.set_registered_model_alias("matts-6-retired", "champion", "1")
    before = {
        "judged_life.json",
        "learnt.json",
        "quality.json",
    }  # of other stages, and read by this
    for layer in ("07_model_output", "08_reporting"):
        for path in (copied / "data/smoke" / layer).rglob("*"):
            if path.is_file() and path.name not in before:
                path.unlink()
    done = kedro(copied, "run", "--pipeline", "evaluate")
    assert done.returncode == 0, done.stderr
    assert same(copied, results)
    crowned = [
        each.name for each in client.search_registered_models() if "champion" in each.aliases
    ]
    assert len(crowned) == 2
    assert "matts-6-retired" not in crowned


@pytest.fixture(scope="module")
def real(kedro: Kedro, new_project: Callable[[str], Path], coils: pd.DataFrame) -> Path:
    """A run with two seeds on a file that is there."""
    folder = new_project("real")
    coils.head(3800).to_csv(folder / "data/01_raw/tcm5_dataset_6.csv", index=False)
    done = kedro(folder, *ROAD, "dataset=6,evaluate.seeds=2")
    assert done.returncode == 0, done.stderr
    assert done.stderr.startswith("3800 real readings\n")
    return folder


@pytest.fixture(scope="module")
def found(real: Path) -> Any:
    return json.loads((real / "data/smoke/08_reporting/6/results.json").read_text())


@pytest.mark.filterwarnings("ignore")
def test_a_real_file_is_read_and_everything_says_so(
    real: Path, found: Any, recorded: Recorded
) -> None:
    assert found["data_source"] == "real"
    assert found["split"]["test"]["last_reading"] == 3799
    folder = real / "data/smoke/08_reporting/6"
    assert (folder / "report.md").read_text().startswith("# matts on real readings, data set 6\n")
    for path in folder.glob("*.plotly.json"):
        title = json.loads(path.read_text())["layout"]["title"]["text"]
        assert title.endswith("real readings, data set 6")
    assert recorded(real, "matts")[0].data.tags["data_source"] == "real"


def test_two_seeds_give_two_trainings_and_an_interval(real: Path, found: Any) -> None:
    for name in ("matts", "untrained", "random", "isolation_forest"):
        assert found["models"][name]["seeds"]["which"] == [0, 1]
    assert found["models"]["pca"]["seeds"]["which"] == [0]
    assert found["diagnosers"]["latent"]["seeds"]["which"] == [0, 1]
    summary = found["models"]["matts"]["seeds"]["pr_auc"]
    assert summary["n"] == 2
    assert summary["low"] < summary["mean"] < summary["high"]
    report = (real / "data/smoke/08_reporting/6/report.md").read_text()
    assert "MATTS over seeds [0, 1], mean and 95 % interval: PR-AUC" in report


def test_the_better_seed_on_validation_is_deployed(real: Path, found: Any) -> None:
    path = real / "data/smoke/06_models/6/calibration.json"
    quality = json.loads(path.read_text())["validation_pr_auc"]
    seed = found["models"]["matts"]["seed"]
    assert quality[f"matts/{seed}"] == max(quality["matts/0"], quality["matts/1"])
    assert found["deployed"]["detector"] == f"matts/{seed}"
    assert found["deployed"]["diagnoser"] == f"latent/{seed}"
