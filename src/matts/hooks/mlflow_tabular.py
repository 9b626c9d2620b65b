"""A tabular study in MLflow: each configuration a child run, files of a folder, the best models."""

import contextlib
import io
import logging
import tempfile
import time
from collections.abc import Iterator, Mapping
from dataclasses import replace
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import mlflow
import pandas as pd
from kedro.io import DataCatalog
from kedro.pipeline import Pipeline
from mlflow.entities import Metric, Param, RunTag
from mlflow.models import infer_signature
from mlflow.tracking import MlflowClient
from mlflow.utils.mlflow_tags import MLFLOW_PARENT_RUN_ID

from matts.hooks.mlflow_store import LONGEST
from matts.readings import sensors_of
from matts.serve.carried import ROWS, carry
from matts.serve.registered_rows import RegisteredRows
from matts.tabular.deployed import Deployed

EXAMPLE = 20  # readings in a model's input example
BASE = (
    *("fsspec", "numpy", "pandas", "pandera", "pyarrow", "pydantic", "scikit-learn", "scipy"),
    *("skops", "threadpoolctl", "torch", "tqdm"),
)
EXTRA = ("catboost", "lightgbm", "xgboost", "xgboost-cpu")  # those that are there
TEXTS = ("model", "control", "best", "beats_all_controls", "not_surely_better_than", "problem")
PARAMS = ("thresholds", "settings", "fitted_rows")


def log_tabular(catalog: DataCatalog, pipeline: Pipeline) -> None:
    """Log what each task came to with the run itself, and a child run for each configuration.

    A part of the pipeline is logged as far as it went.
    """
    summary, made = catalog.load("tabular_summary"), pipeline.all_outputs()
    for name in sorted(made):
        _log_folder(catalog, name)
    if "tabular_results" in made:
        _log_configurations(catalog.load("tabular_results"), summary["dataset"])
    if "tabular_models" in made:
        _register_all(catalog, summary)
    mlflow.log_metrics(_best(summary))  # after the models: each would be given those of all tasks


def _log_configurations(results: Mapping[str, pd.DataFrame], dataset: int | str) -> None:
    run: Any = mlflow.active_run()
    for task, own in results.items():
        rows: list[Any] = own.to_dict("records")
        for row in rows:
            _log_configuration(task, row, dataset, run.info)


def _register_all(catalog: DataCatalog, summary: dict[str, Any]) -> None:
    """The best model of each task, with a few readings as an example."""
    readings = catalog.load("readings").head(EXAMPLE)
    asked = [name for name in ("asset", "segment", "time") if name in readings]
    example = readings[[*asked, *sensors_of(readings)]]
    with _quiet("matts.tabular.quick"):
        for task, kept in catalog.load("tabular_models").items():
            _register(task, kept, example, summary)


def _best(summary: dict[str, Any]) -> dict[str, float]:
    """The figures of the best model of each task, and what everything cost."""
    figures = {
        f"{task}.{metric}": found["value"]
        for task, told in summary["tasks"].items()
        for metric, found in told["figures"].items()
        if found["value"] is not None
    }
    costs = ("cpu_seconds", "seconds", "configurations")
    return {_plain(name): value for name, value in figures.items()} | {
        name: summary[name] for name in costs
    }


def _log_folder(catalog: DataCatalog, name: str) -> None:
    """Artifacts of a folder that the catalog marks as some."""
    entry = catalog.get(name)
    metadata = getattr(entry, "metadata", None) or {}
    if metadata.get("mlflow", {}).get("folder"):
        mlflow.log_artifacts(str(Path(str(getattr(entry, "_filepath")))), name)  # noqa: B009


def _log_configuration(task: str, row: dict[str, Any], dataset: int | str, parent: Any) -> None:
    """One child run: settings, figures with their intervals, what it cost."""
    client, now = MlflowClient(), int(time.time() * 1000)
    name = f"{task} {row['model']}"
    run = client.create_run(parent.experiment_id, now, run_name=name).info.run_id
    metrics = [
        Metric(_plain(key), float(value), now, 0)
        for key, value in row.items()
        if key not in (*TEXTS, *PARAMS) and pd.notna(value)
    ]
    params = [Param(key, str(row[key])[:LONGEST]) for key in PARAMS if pd.notna(row.get(key))]
    told = {key: row[key] for key in TEXTS if pd.notna(row.get(key))}
    told |= {"task": task, "dataset": dataset, MLFLOW_PARENT_RUN_ID: parent.run_id}
    tags = [RunTag(key, str(value)) for key, value in told.items()]
    client.log_batch(run, metrics, params, tags)
    client.set_terminated(run)


def _register(task: str, kept: Deployed, example: pd.DataFrame, summary: dict[str, Any]) -> None:
    """The best model of a task as a version in the registry; it takes typed tables."""
    name = f"matts-{summary['dataset']}-{task}"
    typed = replace(kept, about=kept.about.model_copy(update={"source": None}))
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch) / "model"
        typed.save(folder)
        given = RegisteredRows(folder).predict(example)
        with contextlib.redirect_stderr(io.StringIO()):  # a line a model is too much to read
            mlflow.pyfunc.log_model(
                name=task,
                loader_module=ROWS,
                data_path=str(folder),
                code_paths=carry(Path(scratch)),
                signature=infer_signature(example, given),
                input_example=example,
                pip_requirements=[*_needed()],
                registered_model_name=name,
            )


@contextlib.contextmanager
def _quiet(name: str) -> Iterator[None]:
    """Nobody need hear what is said of an example."""
    logger = logging.getLogger(name)
    logger.disabled = True
    try:
        yield
    finally:
        logger.disabled = False


def _needed() -> Iterator[str]:
    """Everything that a model may lean on, as it is installed here."""
    for name in (*BASE, *EXTRA):
        try:
            yield f"{name}=={version(name)}"
        except PackageNotFoundError:
            if name in BASE:
                raise


def _plain(name: str) -> str:
    """A metric's name as MLflow takes it: letters, digits and a few signs.

    >>> _plain("f1/Ölmangel (a)")
    'f1/_lmangel _a_'
    """
    return "".join(c if (c.isascii() and c.isalnum()) or c in "_-. /" else "_" for c in name)
