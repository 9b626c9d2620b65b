"""One finished run, which every test of this folder looks at, in one process: it takes a while."""

import json
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess, run
from typing import Any

import pytest

TYPED = ("run", "--pipeline", "matts", "--params", "dataset=6")  # as everybody types it


@pytest.fixture(scope="session")
def typed(
    environment: dict[str, str], copy_project: Callable[[str], Path]
) -> tuple[Path, CompletedProcess[str]]:
    """The whole road once, typed as everybody types it: where it ran, and what it said."""
    folder = copy_project("typed")
    command = [sys.executable, "-m", "kedro", *TYPED]
    done = run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return folder, done


@pytest.fixture(scope="session")
def finished(typed: tuple[Path, CompletedProcess[str]]) -> Path:
    """The project in which the whole road ran; nobody trains there again."""
    return typed[0]


@pytest.fixture(scope="session")
def data(finished: Path) -> Path:
    """Everything that the whole run made."""
    return finished / "data/smoke"


@pytest.fixture(scope="session")
def results(data: Path) -> Any:
    """What the run found; anything that only Python takes for JSON is refused."""
    text = (data / "08_reporting/6/results.json").read_text()
    return json.loads(text, parse_constant=lambda word: pytest.fail(f"{word} is no strict JSON"))


@pytest.fixture(scope="module")
def copied(finished: Path, empty_record: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The finished project once more, to work on; the record of its runs is new."""
    kept = shutil.ignore_patterns("mlflow.db", "mlruns")
    folder = tmp_path_factory.mktemp("copied")
    shutil.copytree(finished, folder, dirs_exist_ok=True, ignore=kept)
    shutil.copy(empty_record, folder / "data/smoke")
    return folder
