"""`kedro` without its seconds of imports: every command runs in a fork of one warm process.

A line in: {"folder", "arguments", "stdout", "stderr"}; a line out: the status that it ended with.
"""

import gc
import importlib
import json
import os
import sys

WARM = (
    "IPython",  # MLflow looks whether somebody works in a notebook
    "matts.cli",
    "matts.datasets",
    "matts.hooks.mlflow_export",
    "matts.hooks.mlflow_models",
    "matts.pipelines.explore",
    "matts.pipelines.export",
    "matts.pipelines.inference",
    "matts.pipelines.leaderboard",
    "matts.pipelines.matts",
    "matts.pipelines.search",
    "matts.settings",
    "mlflow.store.model_registry.sqlalchemy_store",
    "mlflow.store.tracking.sqlalchemy_store",
)


def become_kedro(folder: str, arguments: list[str], stdout: str, stderr: str) -> None:
    """What `python -m kedro` does, in that folder."""
    from kedro.framework.cli import main  # noqa: PLC0415

    os.chdir(folder)
    for stream, path in ((sys.stdout, stdout), (sys.stderr, stderr)):
        os.dup2(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC), stream.fileno())
    sys.argv = ["kedro", *arguments]
    main()


def serve() -> None:
    """Fork for every line."""
    for module in WARM:
        importlib.import_module(module)
    gc.freeze()  # else every fork spends seconds on taking all of it apart at its end
    for line in sys.stdin:
        child = os.fork()
        if not child:
            sys.exit(become_kedro(**json.loads(line)))  # type: ignore[func-returns-value]
        _, status = os.waitpid(child, 0)
        print(os.waitstatus_to_exitcode(status), flush=True)  # noqa: T201


if __name__ == "__main__":
    serve()
