"""A search in MLflow: what it came to, and every trial as a child run."""

import time
from typing import Any

import mlflow
from kedro.io import DataCatalog
from mlflow.entities import Metric, Param, RunTag
from mlflow.tracking import MlflowClient
from mlflow.utils.mlflow_tags import MLFLOW_PARENT_RUN_ID

STATUS = {"complete": "FINISHED", "pruned": "KILLED", "failed": "FAILED"}
TOLD = ("number", "state", "value", "epochs", "seconds", "reason", "figures")  # the rest was varied


def log_search(catalog: DataCatalog) -> None:
    """Log the best trial's figures with the run itself, and a child run for every trial.

    A search that goes on logs the trials of its earlier runs again: so each run that ends has all
    of its study below it, also what a run that was killed could not log.
    """
    results = catalog.load("search_results")
    mlflow.log_metrics({"best_value": results["best"]["value"], "trials": results["trials"]})
    run: Any = mlflow.active_run()
    for trial in catalog.load("search_trials").to_dict("records"):
        _log_trial(trial, results["dataset"], run.info)


def _log_trial(trial: dict[str, Any], dataset: int | str, parent: Any) -> None:
    """One child run: settings, the validation figure of each epoch, how it ended."""
    client, now = MlflowClient(), int(time.time() * 1000)
    name = f"trial {trial['number']}"
    run = client.create_run(parent.experiment_id, now, run_name=name).info.run_id
    figures = [
        Metric("validation_pr_auc", float(figure), now, epoch)
        for epoch, figure in enumerate(trial["figures"], start=1)
    ]
    metrics = [*figures, Metric("seconds", trial["seconds"], now, 0)]
    if trial["state"] == "complete":
        metrics.append(Metric("value", trial["value"], now, 0))
    params = [Param(path, str(value)) for path, value in trial.items() if path not in TOLD]
    told = {"trial": trial["number"], "state": trial["state"], "dataset": dataset}
    told |= {MLFLOW_PARENT_RUN_ID: parent.run_id, "reason": trial["reason"]}
    tags = [RunTag(key, str(value)) for key, value in told.items()]
    client.log_batch(run, metrics, params, tags)
    client.set_terminated(run, STATUS[trial["state"]])
