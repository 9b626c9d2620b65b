"""Where runs are recorded, and how one is opened."""

import logging
from collections.abc import Mapping
from pathlib import Path
from typing import Any

LONGEST = 500  # characters of a parameter's value that MLflow takes


def open_experiment(settings: Mapping[str, str], project: Path) -> str:
    """Point MLflow at its store; an experiment that is new keeps its artifacts in the project."""
    import mlflow  # noqa: PLC0415

    logging.getLogger("mlflow").setLevel(logging.WARNING)  # its import undoes conf/logging.yml
    mlflow.set_tracking_uri(tracking_uri(settings["tracking_uri"], project))
    name = settings["experiment"]
    if mlflow.get_experiment_by_name(name) is None:
        mlflow.create_experiment(name, (project / settings["artifacts"]).as_uri())
    return str(mlflow.set_experiment(name).experiment_id)


def start_run(name: str, tags: Mapping[str, Any], experiment: str) -> Any:
    """Open a run with all its tags, inside the one that is open.

    `mlflow.start_run` alone would look for notebooks, and import IPython for that.
    """
    import mlflow  # noqa: PLC0415
    from mlflow.tracking.context.default_context import DefaultRunContext  # noqa: PLC0415
    from mlflow.tracking.context.git_context import GitRunContext  # noqa: PLC0415

    outer = mlflow.active_run()
    parent = {"mlflow.parentRunId": outer.info.run_id} if outer else {}
    contexts: tuple[Any, ...] = (DefaultRunContext, GitRunContext)
    around = {key: value for each in contexts for key, value in each().tags().items()}
    around |= {**parent, **tags}
    created = mlflow.MlflowClient().create_run(experiment, tags=around, run_name=name)
    return mlflow.start_run(run_id=created.info.run_id, nested=bool(outer))


def tracking_uri(given: str, project: Path) -> str:
    """MLflow's address, with a relative SQLite file made absolute below the project.

    >>> tracking_uri("sqlite:///mlflow.db", Path("/"))
    'sqlite:////mlflow.db'
    """
    prefix = "sqlite:///"
    if given.startswith(prefix) and not given.startswith(prefix + "/"):
        path = project / given.removeprefix(prefix)
        path.parent.mkdir(parents=True, exist_ok=True)
        return f"{prefix}{path}"
    return given
