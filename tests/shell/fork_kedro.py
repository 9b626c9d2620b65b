"""`kedro` without its seconds of imports: every command runs in a fork of one warm process.

A line in: {"folder", "arguments", "stdout", "stderr"}; a line out: the status that it ended with.
"""

import gc
import importlib
import json
import os
import sys
from typing import Any

WARM = (
    "IPython",  # MLflow looks whether somebody works in a notebook
    "matts.cli",
    "matts.datasets",
    "matts.hooks.mlflow_export",
    "matts.hooks.mlflow_models",
    "matts.hooks.mlflow_tabular",
    "matts.pipelines.explore",
    "matts.pipelines.export",
    "matts.pipelines.inference",
    "matts.pipelines.leaderboard",
    "matts.pipelines.matts",
    "matts.pipelines.search",
    "matts.pipelines.tabular",
    "matts.settings",
    "matplotlib.pyplot",
    "mlflow.pyfunc",
    "mlflow.store.model_registry.sqlalchemy_store",
    "mlflow.store.tracking.sqlalchemy_store",
    "numba",
    "plotly.graph_objs.layout",
    "skops.io",
    "torch._dynamo",  # which torch's optimizers need
)


def become_kedro(folder: str, arguments: list[str], stdout: str, stderr: str) -> None:
    """What `python -m kedro` does, in that folder."""
    from kedro.framework.cli import main  # noqa: PLC0415

    os.chdir(folder)
    for stream, path in ((sys.stdout, stdout), (sys.stderr, stderr)):
        os.dup2(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC), stream.fileno())
    sys.argv = ["kedro", *arguments]
    main()


def get_warm() -> None:
    """Do once what every run would do again."""
    for module in WARM:
        importlib.import_module(module)
    from mlflow.utils.requirements_utils import (  # noqa: PLC0415
        warn_dependency_requirement_mismatches,
    )
    from sqlalchemy import Engine, event  # noqa: PLC0415

    warn_dependency_requirement_mismatches(["mlflow"])  # it looks once at whatever is installed
    event.listen(Engine, "connect", trust_the_disk)


def trust_the_disk(connection: Any, _: object) -> None:
    """MLflow's hundreds of small records need not outlive a power cut."""
    connection.execute("PRAGMA synchronous = OFF")


def serve() -> None:
    """Fork for every line."""
    get_warm()
    gc.freeze()  # else every fork spends seconds on taking all of it apart at its end
    for line in sys.stdin:
        child = os.fork()
        if not child:
            sys.exit(become_kedro(**json.loads(line)))  # type: ignore[func-returns-value]
        _, status = os.waitpid(child, 0)
        print(os.waitstatus_to_exitcode(status), flush=True)  # noqa: T201


if __name__ == "__main__":
    serve()
