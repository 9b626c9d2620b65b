"""Copies of the project with data of their own, and `kedro` in them."""

import json
import os
import shutil
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from subprocess import PIPE, CompletedProcess, Popen, run

import pytest

ROOT = Path(__file__).parents[2]
TYPED = ("run", "--pipeline", "matts", "--params", "dataset=6")  # as everybody types it
QUICK = """# Enough to find some faults in a second.
detector: {monitor: pr_auc}
training: {epochs: 8, batch_size: 64, learning_rate: 0.02}
"""

Kedro = Callable[..., CompletedProcess[str]]


@pytest.fixture(scope="session")
def environment() -> dict[str, str]:
    """What a user would have to export; `--env test` without typing it."""
    return {
        **os.environ,
        "DO_NOT_TRACK": "1",
        "KEDRO_DISABLE_TELEMETRY": "1",
        "KEDRO_ENV": "test",
        "OMP_NUM_THREADS": "1",
        "PYTHONPATH": str(ROOT / "src"),
    }


def copy_project(folder: Path) -> Path:
    """The configuration alone: no data, no runs; the code stays where it is."""
    kept = shutil.ignore_patterns("local")
    shutil.copytree(ROOT / "conf", folder / "conf", ignore=kept, dirs_exist_ok=True)
    shutil.copy(ROOT / "pyproject.toml", folder)
    for empty in ("conf/local", "data", "src"):
        (folder / empty).mkdir()
    for kept_apart in ("globals.yml", "mlflow.yml"):  # here the whole project is kept apart
        (folder / "conf/test" / kept_apart).unlink()
    (folder / "conf/test/parameters.yml").write_text(QUICK)
    return folder


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project in which nothing ever ran."""
    return copy_project(tmp_path)


@pytest.fixture(scope="session")
def kedro(
    environment: dict[str, str], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Kedro]:
    """Run a command of kedro in a folder: a process of its own, forked from a warm one."""
    said = tmp_path_factory.mktemp("said")
    outputs = {"stdout": str(said / "stdout"), "stderr": str(said / "stderr")}
    server = Popen(
        [sys.executable, Path(__file__).with_name("fork_kedro.py")],
        stdin=PIPE,
        stdout=PIPE,
        text=True,
        cwd=ROOT,
        env=environment,
    )
    with server:
        assert server.stdin
        assert server.stdout
        reader, writer = server.stdout, server.stdin

        def ask(folder: Path, *arguments: str) -> CompletedProcess[str]:
            request = {"folder": str(folder), "arguments": arguments, **outputs}
            print(json.dumps(request), file=writer, flush=True)
            status = int(reader.readline())
            texts = {stream: Path(path).read_text() for stream, path in outputs.items()}
            return CompletedProcess(arguments, status, **texts)

        yield ask
        writer.close()


@pytest.fixture(scope="session")
def smoke(
    environment: dict[str, str], tmp_path_factory: pytest.TempPathFactory
) -> CompletedProcess[str]:
    """The whole road once, typed as everybody types it; `args[0]` is the project's folder."""
    folder = copy_project(tmp_path_factory.mktemp("smoke"))
    command = [sys.executable, "-m", "kedro", *TYPED]
    done = run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done


@pytest.fixture(scope="session")
def finished(smoke: CompletedProcess[str]) -> Path:
    return Path(smoke.args[0])
