import json
from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any

import mlflow
import numpy as np
import onnx
import pandas as pd
import pytest
from mlflow.entities import Run
from mlflow.tracking import MlflowClient

from matts.datasets import WindowsFile
from matts.serve.exported import Exported

Kedro = Callable[..., CompletedProcess[str]]
Recorded = Callable[[Path, str], list[Run]]

pytestmark = pytest.mark.filterwarnings("ignore")  # MLflow's own

FILES = {f"{stage}.{form}" for stage in ("detector", "diagnoser") for form in ("onnx", "pt2", "ts")}


@pytest.fixture(scope="module")
def done(kedro: Kedro, copied: Path) -> CompletedProcess[str]:
    done = kedro(copied, "run", "--pipeline", "export", "--params", "dataset=6")
    assert done.returncode == 0, done.stderr
    return done


@pytest.fixture(scope="module")
def folder(done: CompletedProcess[str], copied: Path) -> Path:
    """Where the exported files lie."""
    assert done
    return copied / "data/smoke/06_models/6/export"


@pytest.fixture(scope="module")
def parent(folder: Path, recorded: Recorded, copied: Path) -> Run:
    assert folder.exists()
    (run,) = recorded(copied, "export")
    return run


@pytest.fixture(scope="module")
def client(copied: Path) -> MlflowClient:
    store = f"sqlite:///{copied}/data/smoke/mlflow.db"
    mlflow.set_tracking_uri(store)
    return MlflowClient(store, store)


def test_a_run_writes_both_models_in_every_form(done: CompletedProcess[str], folder: Path) -> None:
    assert {path.name for path in folder.iterdir()} == {"cards.json", *FILES}
    said = f"Detector and diagnoser are in {folder}, each as .onnx, .pt2 and .ts."
    told, seconds = done.stderr.strip().splitlines()
    assert told == said  # and no word of torch's or MLflow's own
    assert "export_detector" in seconds


def test_the_file_scores_as_the_run_did(folder: Path, copied: Path) -> None:
    """Every validation and test window, from readings in the mill's own units."""
    then = pd.read_parquet(copied / "data/smoke/07_model_output/6/scores.parquet")
    readings = pd.read_parquet(copied / "data/smoke/02_intermediate/6/readings.parquet")
    detector = Exported.read(folder / "detector.onnx")
    now = detector.predict(readings).loc[then["reading"]]
    name = detector.card["model"]
    np.testing.assert_allclose(now["score"], then[name], rtol=0, atol=1e-5)
    np.testing.assert_array_equal(now["alert"], then[name] >= detector.card["threshold"])
    assert 0 < now["alert"].sum() < len(now)


def test_the_card_tells_what_the_run_knew(folder: Path, copied: Path) -> None:
    cards = json.loads((folder / "cards.json").read_text())
    tree = json.loads((copied / "data/smoke/06_models/6/calibration.json").read_text())
    detector, model = cards["detector"], cards["detector"]["model"]
    assert detector["threshold"] == tree["thresholds"][model]["limit"]
    assert detector["fingerprint"] == tree["fingerprints"][model]
    assert detector["sensors"] == tree["expects"]["sensors"]
    assert (detector["dataset"], detector["data_source"]) == (6, "simulated")
    assert detector["units"]["force_1"] == "N"
    for stage, card in cards.items():
        assert Exported.read(folder / f"{stage}.onnx").card == card


def test_files_and_cards_are_artifacts(client: MlflowClient, parent: Run) -> None:
    names = {each.path for each in client.list_artifacts(parent.info.run_id)}
    assert names >= {"cards.json", *FILES}
    assert (parent.info.status, parent.data.tags["data_source"]) == ("FINISHED", "simulated")


def test_both_are_registered_with_signature_and_card(
    client: MlflowClient, parent: Run, folder: Path, copied: Path
) -> None:
    path = copied / "data/smoke/05_model_input/6/test_windows.safetensors"
    values = np.ascontiguousarray(WindowsFile(filepath=str(path)).load().values)
    for stage in ("detector", "diagnoser"):
        uri = f"models:/matts-6-{stage}-onnx/1"
        loaded: Any = mlflow.pyfunc.load_model(uri)
        file = Exported.read(folder / f"{stage}.onnx")
        for name, expected in file.run(values).items():
            np.testing.assert_array_equal(loaded.predict(values)[name], expected)
        (needed,) = loaded.metadata.signature.inputs
        assert (needed.type, needed.shape) == (np.dtype(np.float64), (-1, 5, 51))
        assert loaded.input_example.shape == (2, 5, 51)
        with pytest.raises(mlflow.MlflowException, match="does not match expected shape"):
            loaded.predict(values[:, :4])
        kept = onnx.load_model_from_string((folder / f"{stage}.onnx").read_bytes())
        assert mlflow.onnx.load_model(uri).metadata_props == kept.metadata_props
        run = client.get_run(loaded.metadata.run_id)
        assert run.data.tags["mlflow.parentRunId"] == parent.info.run_id
        assert run.data.tags["fingerprint"] == file.card["fingerprint"]


def test_what_is_not_trained_yet_is_said(kedro: Kedro, doomed: Path) -> None:
    done = kedro(doomed, "run", "--pipeline", "export", "--params", "dataset=6")
    assert done.returncode == 1
    assert "nothing has written it yet: run `--pipeline matts` first" in done.stderr
    assert not list(doomed.glob("data/smoke/06_models/6/export/*"))


def test_models_of_different_runs_are_not_exported(kedro: Kedro, copied: Path) -> None:
    """And what was exported before stays whole."""
    folder = copied / "data/smoke/06_models/6"
    before = {path: path.read_bytes() for path in (folder / "export").iterdir()}
    calibration = folder / "calibration.json"
    text = calibration.read_text()
    tree = json.loads(text)
    tree["fingerprints"] = dict.fromkeys(tree["fingerprints"], "0" * 64)
    calibration.write_text(json.dumps(tree))
    done = kedro(copied, "run", "--pipeline", "export", "--params", "dataset=6")
    calibration.write_text(text)
    assert done.returncode == 1
    assert "of different runs: train again" in done.stderr
    assert {path: path.read_bytes() for path in (folder / "export").iterdir()} == before
