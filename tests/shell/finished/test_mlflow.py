import json
import logging
import sys
from collections.abc import Callable, Iterator
from hashlib import sha256
from math import isnan
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any

import mlflow
import numpy as np
import pandas as pd
import pytest
from mlflow.entities import Run
from mlflow.tracking import MlflowClient

from matts.config import DatasetConfigLoader
from matts.domain import BadInputError
from matts.hooks import MlflowHooks, RunLogHooks
from matts.hooks.mlflow_models import numbers
from matts.hooks.mlflow_run import fits_in_store, flatten
from matts.pipelines.matts import create_pipeline
from matts.settings import CONFIG_LOADER_ARGS
from matts.simulate.tandem_mill import SENSORS

Kedro = Callable[..., CompletedProcess[str]]
Recorded = Callable[[Path, str], list[Run]]

pytestmark = pytest.mark.filterwarnings("ignore")  # MLflow's own

DETECTORS = {
    "arima",
    "combined",
    "constant",
    "cva",
    "mean_shift",
    "isolation_forest",
    "kalman",
    "virtual_sensors",
    "supervised",
    "matts",
    "matts_reconstruction",
    "moving_variance",
    "one_sensor",
    "pca",
    "random",
    "untrained",
    "untrained_reconstruction",
    "vae",
    "zscore",
}
DIAGNOSERS = {"latent", "logistic", "majority", "shared", "trees"}


@pytest.fixture(scope="module")
def client(finished: Path) -> MlflowClient:
    store = f"sqlite:///{finished}/data/smoke/mlflow.db"
    return MlflowClient(store, store)


@pytest.fixture(scope="module")
def parent(recorded: Recorded, finished: Path) -> Run:
    (run,) = recorded(finished, "matts")  # one run of kedro is one run here
    return run


@pytest.fixture(scope="module")
def children(client: MlflowClient, parent: Run) -> dict[str, Run]:
    inside = f"tags.`mlflow.parentRunId` = '{parent.info.run_id}'"
    found = client.search_runs([parent.info.experiment_id], inside)
    assert {run.info.status for run in found} == {"FINISHED"}
    return {run.data.tags["model"]: run for run in found}


def test_a_run_tells_what_it_was(parent: Run) -> None:
    tags = parent.data.tags
    assert parent.info.status == "FINISHED"
    assert parent.info.run_name == "matts 6"
    assert (tags["dataset"], tags["pipeline"], tags["data_source"]) == ("6", "matts", "simulated")
    assert tags["params"] == "{'dataset': 6}"
    assert tags["kedro_session"].startswith("20")
    assert "error" not in tags


def test_every_parameter_is_logged(parent: Run, finished: Path) -> None:
    conf = str(finished / "conf")
    loader = DatasetConfigLoader(conf, "test", {"dataset": 6}, **CONFIG_LOADER_ARGS)
    assert parent.data.params == flatten(loader["parameters"])
    assert parent.data.params["training.epochs"] == "8"


def test_every_node_has_its_seconds(parent: Run) -> None:
    seconds = {name for name in parent.data.metrics if name.startswith("seconds.")}
    assert len(seconds) == len(create_pipeline().nodes)
    assert {"seconds.fit_detectors", "seconds.cut_windows", "seconds.ingest"} <= seconds
    assert all(parent.data.metrics[name] > 0 for name in seconds)


def test_a_run_has_the_figures_of_what_is_deployed(parent: Run, results: Any) -> None:
    for name, value in results["detection"].items():
        logged = parent.data.metrics[name]
        assert logged == pytest.approx(value) if value is not None else isnan(logged)
    end_to_end = results["end_to_end"]["f1_macro"]
    assert parent.data.metrics["end_to_end_f1_macro"] == pytest.approx(end_to_end)
    assert parent.data.metrics["parameters_deployed"] == 4773


def test_every_model_has_a_child_run_with_the_same_metric_names(
    children: dict[str, Run], results: Any
) -> None:
    assert children.keys() == DETECTORS | DIAGNOSERS
    for kind in (DETECTORS, DIAGNOSERS):
        assert len({tuple(sorted(children[name].data.metrics)) for name in kind}) == 1
    for name in DETECTORS:
        figures = children[name].data.metrics
        assert figures["pr_auc"] == pytest.approx(results["models"][name]["pr_auc"])
        assert figures["ms_per_window"] > 0
        assert "delay_median" in figures
    assert {run.data.tags["dataset"] for run in children.values()} == {"6"}


def test_artifacts_of_a_run(client: MlflowClient, parent: Run, data: Path) -> None:
    names = {each.path for each in client.list_artifacts(parent.info.run_id)}
    pictures = {f"{plot}.png" for plot in ("scores", "pr", "confusion", "training", "latent")}
    models = {"detectors.safetensors", "diagnosers.safetensors", "baselines.safetensors"}
    tables = {"scores.parquet", "diagnoses.parquet", "report.md", "results.json"}
    assert names >= {"lineage.json", "scores.plotly.json", *pictures, *models, *tables}
    kept = Path(client.download_artifacts(parent.info.run_id, "results.json"))
    assert kept.read_bytes() == (data / "08_reporting/6/results.json").read_bytes()


def test_what_is_too_large_to_keep_twice_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("matts.hooks.mlflow_run.LARGEST", 3)
    large = tmp_path / "inference.parquet"
    large.write_bytes(b"123")
    assert fits_in_store(large)
    assert not caplog.messages
    large.write_bytes(b"1234")
    with caplog.at_level(logging.INFO, logger="matts"):
        assert not fits_in_store(large)
    assert caplog.messages == [f"{large} stays out of MLflow: 0.0 GB is too much to keep twice"]


def test_lineage_tells_who_made_what_from_what(
    client: MlflowClient, parent: Run, data: Path
) -> None:
    path = client.download_artifacts(parent.info.run_id, "lineage.json")
    lineage = json.loads(Path(path).read_text())
    nodes = {node["node"]: node for node in lineage["nodes"]}
    assert nodes["fit_diagnosers"] == {
        "node": "fit_diagnosers",
        "inputs": ["detectors", "train_windows", "validation_windows", "params:workers"],
        "outputs": ["diagnosers"],
    }
    assert len(nodes) == len(create_pipeline().nodes)
    files = {
        "readings": "02_intermediate/6/readings.parquet",
        "train_windows": "05_model_input/6/train_windows.safetensors",
        "detectors": "06_models/6/detectors.safetensors",
        "results": "08_reporting/6/results.json",
        "scores_plot_png": "08_reporting/6/scores.png",
    }
    for name, file in files.items():
        assert lineage["sha256"][name] == sha256((data / file).read_bytes()).hexdigest()


def test_every_model_is_registered(client: MlflowClient) -> None:
    names = {f"matts-6-{name}" for name in DETECTORS | DIAGNOSERS}
    assert {model.name for model in client.search_registered_models()} == names


def champions(client: MlflowClient) -> set[str]:
    found = client.search_registered_models()
    return {model.name for model in found if "champion" in model.aliases}


def test_the_best_on_validation_are_champions(client: MlflowClient, results: Any) -> None:
    def best(rivals: str, figure: str) -> str:
        values = {name: entry[figure] or 0 for name, entry in results[rivals].items()}
        return str(max(values, key=values.__getitem__))

    detector = best("models", "validation_pr_auc")
    diagnoser = best("diagnosers", "validation_f1_macro")
    assert champions(client) == {f"matts-6-{detector}", f"matts-6-{diagnoser}"}


@pytest.fixture
def registry(finished: Path) -> Iterator[Callable[[str], Any]]:
    """Load a registered model by name and alias or version, as any program would."""
    store = f"sqlite:///{finished}/data/smoke/mlflow.db"
    before = mlflow.get_tracking_uri()
    mlflow.set_tracking_uri(store)

    def load(name: str) -> Any:
        return mlflow.pyfunc.load_model(f"models:/matts-6-{name}")

    yield load
    mlflow.set_tracking_uri(before)


@pytest.fixture(scope="module")
def rows_of_test(data: Path) -> pd.DataFrame:
    """The readings from which the test windows were cut."""
    table = pd.read_parquet(data / "02_intermediate/6/readings.parquet")
    return table[list(SENSORS)].iloc[3204:].reset_index(drop=True)


def test_the_champion_scores_as_the_pipeline_did(
    client: MlflowClient,
    registry: Callable[[str], Any],
    rows_of_test: pd.DataFrame,
    data: Path,
    results: Any,
) -> None:
    scores = pd.read_parquet(data / "07_model_output/6/scores.parquet")
    then = scores[scores["part"] == "test"]
    (name,) = (
        each.split("-")[-1] for each in champions(client) if each.split("-")[-1] in DETECTORS
    )
    for rival, version in ((name, "@champion"), ("matts", "/1"), ("vae", "/1")):
        given = registry(rival + version).predict(rows_of_test)
        assert given["score"].isna().tolist() == [True] * 4 + [False] * len(then)
        np.testing.assert_array_equal(given["score"][4:], then[f"{rival}/0"])
        limit = results["models"][rival]["threshold"]
        np.testing.assert_array_equal(given["alert"][4:], then[f"{rival}/0"] >= limit)


def test_a_diagnoser_names_faults_as_the_pipeline_did(
    registry: Callable[[str], Any], rows_of_test: pd.DataFrame, data: Path
) -> None:
    diagnoses = pd.read_parquet(data / "07_model_output/6/diagnoses.parquet")
    then = diagnoses.loc[diagnoses["part"] == "test", "latent/0"]
    given = registry("latent/1").predict(rows_of_test)[4:]
    np.testing.assert_array_equal(1 + given.to_numpy().argmax(axis=1), then)
    np.testing.assert_allclose(given.sum(axis=1), 1)


def test_a_worker_process_gets_the_code_that_runs_not_a_models(
    registry: Callable[[str], Any], finished: Path
) -> None:
    registry("matts/1")
    assert not [entry for entry in sys.path if entry.startswith(str(finished))]


@pytest.mark.slow
def test_a_model_carries_all_the_code_that_it_needs(
    load_elsewhere: Callable[..., Path], finished: Path
) -> None:
    names = [f"matts-6-{name}" for name in sorted(DETECTORS | DIAGNOSERS)]
    package = load_elsewhere(f"sqlite:///{finished}/data/smoke/mlflow.db", *names).parent
    assert finished in package.parents
    assert not {"pipelines", "hooks", "search", "commands"} & {
        path.name for path in package.iterdir()
    }


def test_a_model_knows_its_signature_and_an_example(registry: Callable[[str], Any]) -> None:
    for name in ("matts/1", "latent/1"):
        model = registry(name)
        assert model.metadata.signature.inputs.input_names() == list(SENSORS)
        example = model.input_example
        assert len(example) == 8
        assert len(model.predict(example)) == 8


def test_no_model_is_a_pickle(data: Path) -> None:
    files = [path for path in (data / "mlruns").rglob("*") if path.is_file()]
    assert sum(path.name == "model.safetensors" for path in files) >= len(DETECTORS | DIAGNOSERS)
    assert not [p for p in files if p.suffix in {".pkl", ".pickle", ".joblib", ".pt", ".pth"}]


def test_a_run_that_failed_says_so_and_why(kedro: Kedro, doomed: Path, recorded: Recorded) -> None:
    raw = doomed / "data/01_raw/tcm5_dataset_6.csv"
    raw.write_text("")
    assert kedro(doomed, "run", "--pipeline", "matts").returncode == 1
    raw.unlink()
    newest = recorded(doomed, "matts")[0]
    assert newest.info.status == "FAILED"
    assert newest.data.tags["error"] == (
        "BadInputError: data/01_raw/tcm5_dataset_6.csv: readings need at least 2 rows below the "
        "header, got 0"
    )


@pytest.mark.slow
@pytest.mark.parametrize("runner", ["ThreadRunner", "ParallelRunner"])
def test_other_runners_record_the_same(
    kedro: Kedro, project: Path, parent: Run, recorded: Recorded, runner: str
) -> None:
    done = kedro(project, "run", "--pipeline", "matts", "--params", "dataset=6", "--runner", runner)
    assert done.returncode == 0, done.stderr
    (again,) = recorded(project, "matts")
    assert again.info.status == "FINISHED"
    assert again.data.metrics.keys() == parent.data.metrics.keys()
    assert again.data.params == parent.data.params
    assert again.data.tags["data_source"] == "simulated"
    client = MlflowClient(f"sqlite:///{project}/data/smoke/mlflow.db")
    everything = client.search_runs([again.info.experiment_id])
    assert len(everything) == 1 + len(DETECTORS | DIAGNOSERS)  # and no stray one


@pytest.mark.parametrize("hooks", [MlflowHooks, RunLogHooks])
def test_an_error_before_anything_was_opened_is_survived(
    hooks: type, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.chdir(tmp_path)
    with caplog.at_level(logging.DEBUG):
        hooks().on_pipeline_error(BadInputError("no such thing"))
    assert mlflow.active_run() is None
    assert list(tmp_path.iterdir()) == []


def test_a_figure_that_does_not_exist_keeps_its_name() -> None:
    logged = numbers({"pr_auc": 1, "delay_median": None, "seeds": {}, "name": "x"})
    assert logged.keys() == {"pr_auc", "delay_median"}
    assert logged["pr_auc"] == 1.0
    assert isnan(logged["delay_median"])
