"""One MLflow run a `kedro run`: settings, seconds, lineage, results, models."""

import logging
import os
import time
from collections.abc import Iterator, Mapping
from hashlib import file_digest
from pathlib import Path
from typing import Any

from kedro.framework.context import KedroContext
from kedro.framework.hooks import hook_impl
from kedro.io import DataCatalog
from kedro.pipeline import Pipeline
from kedro.pipeline.node import Node

from matts.hooks.mlflow_store import LONGEST, open_experiment, start_run

log = logging.getLogger("matts")

LARGEST = 256 * 2**20  # bytes of a file that MLflow is given a copy of
RUN = "MATTS_MLFLOW_RUN"  # in the environment, for nodes may run in other threads and processes


class MlflowHooks:
    """Follow a run from its first node to its last, or to its error."""

    def __init__(self) -> None:
        self.started: dict[str, float] = {}

    @hook_impl
    def after_context_created(self, context: KedroContext) -> None:
        """Remember where the project is and what was asked for."""
        self.project = Path(context.project_path)
        self.parameters = context.config_loader["parameters"]
        self.settings = context.config_loader["mlflow"]

    @hook_impl
    def before_pipeline_run(self, run_params: dict[str, Any]) -> None:
        """Open the run and log all parameters."""
        import mlflow  # noqa: PLC0415 (it takes seconds, and `kedro --help` does without)

        self.experiment = open_experiment(self.settings, self.project)
        pipeline = ",".join(run_params["pipeline_names"] or ["__default__"])
        dataset = self.parameters["dataset"]
        tags = {
            "dataset": dataset,
            "pipeline": pipeline,
            "kedro_session": run_params["run_id"],
            "params": str(run_params["runtime_params"] or {}),
        }
        os.environ[RUN] = start_run(f"{pipeline} {dataset}", tags, self.experiment).info.run_id
        mlflow.log_params(flatten(self.parameters))

    @hook_impl
    def before_node_run(self, node: Node) -> None:
        """Start the clock."""
        self.started[node.name] = time.perf_counter()

    @hook_impl
    def after_node_run(self, node: Node, inputs: dict[str, Any], outputs: dict[str, Any]) -> None:
        """Log how long a node took, and where the readings come from."""
        import mlflow  # noqa: PLC0415

        self._log_seconds(node)
        source = (inputs | outputs).get("data_source")
        if source:
            mlflow.MlflowClient().set_tag(os.environ[RUN], "data_source", source["data_source"])

    @hook_impl
    def after_dataset_saved(self, data: Any, node: Node) -> None:
        """What is computed a piece at a time is computed as it is saved: that counts, too."""
        if isinstance(data, Iterator):
            self._log_seconds(node)

    def _log_seconds(self, node: Node) -> None:
        import mlflow  # noqa: PLC0415

        seconds = time.perf_counter() - self.started[node.name]
        mlflow.log_metric(f"seconds.{name_of(node)}", seconds, run_id=os.environ[RUN])

    @hook_impl
    def after_pipeline_run(self, pipeline: Pipeline, catalog: DataCatalog) -> None:
        """Log artifacts, lineage with digests, and what the models are worth; close the run."""
        import mlflow  # noqa: PLC0415

        try:
            self._record(pipeline, catalog)
        except Exception as error:
            self.on_pipeline_error(error)
            raise
        mlflow.end_run()

    def _record(self, pipeline: Pipeline, catalog: DataCatalog) -> None:
        import mlflow  # noqa: PLC0415

        files = written_files(pipeline, catalog)
        for name, path in files.items():
            if wants_artifact(catalog, name) and fits_in_store(path):
                mlflow.log_artifact(str(path))
        digests = {name: digest(path) for name, path in files.items()}
        nodes = [
            {"node": name_of(node), "inputs": node.inputs, "outputs": node.outputs}
            for node in pipeline.nodes
        ]
        mlflow.log_dict({"nodes": nodes, "sha256": digests}, "lineage.json")
        if "results" in pipeline.all_outputs():
            from matts.hooks.mlflow_models import log_results  # noqa: PLC0415

            log_results(catalog, self.experiment)
        if "exported_cards" in pipeline.all_outputs():
            from matts.hooks.mlflow_export import log_exported  # noqa: PLC0415

            log_exported(catalog, self.experiment)
        if "search_trials" in pipeline.all_outputs():
            from matts.hooks.mlflow_search import log_search  # noqa: PLC0415

            log_search(catalog)
        if "leaderboard" in pipeline.all_outputs():
            from matts.hooks.mlflow_leaderboard import log_leaderboard  # noqa: PLC0415

            log_leaderboard(catalog.load("leaderboard"))
        if "tabular_summary" in pipeline.all_outputs():
            from matts.hooks.mlflow_tabular import log_tabular  # noqa: PLC0415

            log_tabular(catalog, pipeline)

    @hook_impl
    def on_pipeline_error(self, error: Exception) -> None:
        """Close the run as failed, so that a broken run never looks finished."""
        import mlflow  # noqa: PLC0415

        if mlflow.active_run():
            mlflow.set_tag("error", f"{type(error).__name__}: {error}"[:LONGEST])
            mlflow.end_run(status="FAILED")


def name_of(node: Node) -> str:
    """A node's name, without the hash that Kedro puts behind a name of its own making."""
    return str(node.name).split("__", maxsplit=1)[0]


def end_as_killed() -> None:
    """Close the run that somebody broke off, which MLflow would else call finished."""
    import mlflow  # noqa: PLC0415

    while mlflow.active_run():
        mlflow.end_run(status="KILLED")


def flatten(tree: Mapping[str, Any], prefix: str = "") -> dict[str, str]:
    """A tree of parameters as dotted names and short texts.

    >>> flatten({"training": {"epochs": 3}, "input": None})
    {'training.epochs': '3', 'input': 'None'}
    """
    flat: dict[str, str] = {}
    for key, value in tree.items():
        if isinstance(value, Mapping):
            flat |= flatten(value, f"{prefix}{key}.")
        else:
            flat[f"{prefix}{key}"] = str(value)[:LONGEST]
    return flat


def written_files(pipeline: Pipeline, catalog: DataCatalog) -> dict[str, Path]:
    """The files that a pipeline reads or writes, by their names in the catalog."""
    paths = {
        name: getattr(catalog.get(name), "_filepath", None) for name in sorted(pipeline.datasets())
    }
    return {
        name: Path(str(path)) for name, path in paths.items() if path and Path(str(path)).is_file()
    }


def wants_artifact(catalog: DataCatalog, name: str) -> bool:
    """Whether the catalog marks an entry as an artifact."""
    metadata = getattr(catalog.get(name), "metadata", None) or {}
    return bool(metadata.get("mlflow", {}).get("artifact"))


def fits_in_store(path: Path) -> bool:
    """Whether a file is small enough to be kept twice; verdicts on millions of rows are not."""
    size = path.stat().st_size
    if size > LARGEST:
        log.info("%s stays out of MLflow: %.1f GB is too much to keep twice", path, size / 1e9)
    return size <= LARGEST


def digest(path: Path) -> str:
    """The sha256 of a file."""
    with path.open("rb") as file:
        return file_digest(file, "sha256").hexdigest()
