"""Every detector and diagnoser of a run: a child run with equal metric names, and a model."""

import contextlib
import io
import tempfile
from collections.abc import Mapping
from importlib.metadata import version
from math import nan
from pathlib import Path
from typing import Any

import mlflow
import pandas as pd
from kedro.io import DataCatalog
from mlflow.models import infer_signature
from mlflow.tracking import MlflowClient

from matts.detect.calibration import Calibration
from matts.domain import Windows
from matts.evaluate.results import DIAGNOSER
from matts.hooks.mlflow_store import start_run
from matts.serve.carried import DETECTION, carry
from matts.serve.registered import load_folder, save_folder

CHAMPION = "champion"
EXAMPLE = 4  # windows in a model's input example
NEEDED = (
    *("numpy", "pandas", "pydantic", "safetensors", "scikit-learn", "scipy", "skops", "torch"),
    "tqdm",
)


def log_results(catalog: DataCatalog, experiment: str) -> None:
    """Log what a run with results found: its own metrics, child runs, models, champions."""
    results = catalog.load("results")
    mlflow.log_metrics(numbers(results["detection"]) | numbers(results["cost"]))
    if DIAGNOSER in results["diagnosers"]:
        mlflow.log_metrics(_naming(results["diagnosers"][DIAGNOSER]))
    mlflow.log_metrics(_lasting(results))
    calibration = Calibration.join(
        catalog.load("calibration"), catalog.load("baseline_calibration")
    )
    with tempfile.TemporaryDirectory() as scratch:
        code = carry(Path(scratch))  # MLflow copies it into every model
        writer = ModelWriter(results["dataset"], catalog, calibration.expects, experiment, code)
        _log_models(writer, results, catalog, calibration)
    for rivals, figure in (("models", "validation_pr_auc"), ("diagnosers", "validation_f1_macro")):
        writer.crown(results[rivals], figure)


def _log_models(
    writer: "ModelWriter", results: Mapping[str, Any], catalog: DataCatalog, decided: Calibration
) -> None:
    """Every detector and every diagnoser, each of its best seed."""
    detectors = catalog.load("detectors") | catalog.load("baselines")
    for name, entry in results["models"].items():
        full = f"{name}/{entry['seed']}"
        figures = numbers(entry) | numbers(entry["cost"])
        writer.log(name, detectors[full], figures, decided.thresholds[full])
    diagnosers = catalog.load("diagnosers") | catalog.load("baseline_diagnosers")
    for name, entry in results["diagnosers"].items():
        writer.log(name, diagnosers[f"{name}/{entry['seed']}"], _naming(entry), None)


def _lasting(results: Mapping[str, Any]) -> dict[str, float]:
    """How well remaining life is foreseen at the last reading, if it is."""
    if "life" not in results:
        return {}
    errors = results["life"]["models"]["ensemble"]
    covered = results["life"]["intervals"]["last"]["coverage"]["mean"]
    figures = {f"life_{name}": errors[name]["mean"] for name in ("rmse", "mae", "nasa")}
    return {**figures, "life_coverage": covered}


class ModelWriter:
    """Log and register the models of one run."""

    def __init__(
        self,
        dataset: int | str,
        catalog: DataCatalog,
        schema: Mapping[str, Any],
        experiment: str,
        code: list[str],
    ) -> None:
        self.dataset, self.experiment, self.code = dataset, experiment, code
        self.schema = schema
        windows = catalog.load("test_windows")
        self.example = _example(windows)
        self.needed = [f"{name}=={version(name)}" for name in NEEDED]
        self.versions: dict[str, str] = {}

    def log(self, name: str, model: Any, figures: Mapping[str, float], threshold: Any) -> None:
        """One child run with the model's figures and the model itself, registered."""
        tags = {"dataset": self.dataset, "model": name}
        with (
            start_run(name, tags, self.experiment),
            tempfile.TemporaryDirectory() as scratch,
        ):
            folder = Path(scratch) / "model"
            save_folder(folder, model, self.schema, threshold)
            given = load_folder(folder).predict(self.example)
            with contextlib.redirect_stderr(io.StringIO()):  # a line a model is too much to read
                info = mlflow.pyfunc.log_model(
                    name="model",
                    loader_module=DETECTION,
                    data_path=str(folder),
                    code_paths=self.code,
                    signature=infer_signature(self.example, given),
                    input_example=self.example,
                    pip_requirements=self.needed,
                    registered_model_name=self.full_name(name),
                )
            mlflow.log_metrics(dict(figures), model_id=info.model_id)  # of run and model at once
        self.versions[name] = info.registered_model_version

    def full_name(self, name: str) -> str:
        """The name in the registry."""
        return f"matts-{self.dataset}-{name}"

    def crown(self, rivals: Mapping[str, Any], figure: str) -> None:
        """Give the best by a validation figure the alias, and take it from all others.

        Where nobody knows that figure, nothing is best.
        """
        if all(rival[figure] is None for rival in rivals.values()):
            return
        client, best = MlflowClient(), max(rivals, key=lambda name: rivals[name][figure] or 0.0)
        mlflow.set_tag(f"{CHAMPION} by {figure}", best)
        for name in rivals:
            client.set_registered_model_tag(self.full_name(name), "ranked_by", figure)
        mine = f"name LIKE '{self.full_name('%')}' AND tag.ranked_by = '{figure}'"
        for registered in client.search_registered_models(filter_string=mine):
            if CHAMPION in registered.aliases:  # of an earlier run, with other rivals perhaps
                client.delete_registered_model_alias(registered.name, CHAMPION)
        client.set_registered_model_alias(self.full_name(best), CHAMPION, self.versions[best])


def numbers(tree: Mapping[str, Any]) -> dict[str, float]:
    """The numbers at the top of a tree; nan is one that does not exist, so that names stay equal.

    >>> numbers({"pr_auc": 0.5, "delay_median": None, "seeds": {}})
    {'pr_auc': 0.5, 'delay_median': nan}
    """
    known = {name: nan if value is None else value for name, value in tree.items()}
    return {name: float(v) for name, v in known.items() if isinstance(v, int | float)}


def _example(windows: Windows) -> pd.DataFrame:
    """The first readings of a record, enough for some windows."""
    rows = windows.rows[: windows.length - 1 + EXAMPLE]
    return pd.DataFrame(rows, columns=list(windows.sensors))


def _naming(entry: Mapping[str, Any]) -> dict[str, float]:
    """What naming faults is worth, under the same names for each diagnoser."""
    return numbers(
        {
            f"{view}_{metric}": entry[view][metric]
            for view in ("on_anomalies", "end_to_end")
            for metric in ("accuracy", "f1_macro", "f1_weighted")
        }
    )
