"""The exported ONNX files of a run: a child run each, and a registered model with its signature."""

import contextlib
import io
import tempfile
from importlib.metadata import version
from pathlib import Path
from typing import Any

import mlflow
import onnx
from kedro.io import DataCatalog
from mlflow.models import infer_signature

from matts.domain import Floats
from matts.hooks.mlflow_store import start_run
from matts.serve.exported import Exported

EXAMPLE = 2  # windows in a model's input example
NEEDED = ("numpy", "onnx", "onnxruntime")
FIGURES = ("validation_pr_auc", "threshold")


def log_exported(catalog: DataCatalog, experiment: str) -> None:
    """Log and register the detector and the diagnoser that were exported."""
    example = catalog.load("train_windows").values[:EXAMPLE]
    for stage, card in catalog.load("exported_cards").items():
        _log(catalog.load(f"exported_{stage}_onnx"), card, example, experiment)


def _log(file: bytes, card: dict[str, Any], example: Floats, experiment: str) -> None:
    """One child run with the model, which keeps its card."""
    name = f"{card['stage']}-onnx"
    tags = {key: card[key] for key in ("dataset", "data_source", "fingerprint")}
    with (
        start_run(name, {**tags, "model": name}, experiment),
        tempfile.TemporaryDirectory() as scratch,
    ):
        mlflow.log_metrics({key: card[key] for key in FIGURES if card.get(key) is not None})
        path = Path(scratch) / "model.onnx"
        path.write_bytes(file)
        given = Exported.read(path).run(example)
        with contextlib.redirect_stderr(io.StringIO()):  # a line a model is too much to read
            mlflow.onnx.log_model(
                onnx.load_model_from_string(file),
                name="model",
                signature=infer_signature(example, given),
                input_example=example,
                pip_requirements=[f"{each}=={version(each)}" for each in NEEDED],
                registered_model_name=f"matts-{card['dataset']}-{name}",
                save_as_external_data=False,
                onnx_execution_providers=["CPUExecutionProvider"],
            )
