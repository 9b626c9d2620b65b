"""Copies of the project with data of their own, and `kedro` in them."""

import json
import os
import shutil
import signal
import sys
import time
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from subprocess import DEVNULL, PIPE, CompletedProcess, Popen, run

import pandas as pd
import pytest
from mlflow.entities import Run
from mlflow.tracking import MlflowClient

from matts.simulate.tandem_mill import MillSettings, simulate_tandem_mill

ROOT = Path(__file__).parents[2]
QUICK = """# Enough to find some faults in a second.
detector: {monitor: pr_auc}
training: {epochs: 8, batch_size: 64, learning_rate: 0.02}
evaluate: {seeds: 1}
baselines: {detectors: {vae: {epochs: 1}}}
vae: {seeds: 1}
"""

Kedro = Callable[..., CompletedProcess[str]]
Load = Callable[..., Path]


@pytest.fixture(scope="session", autouse=True)
def _interruptible() -> None:
    """A shell that starts the tests in the background has them, and their children, ignore it."""
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="session")
def environment() -> dict[str, str]:
    """What a user may export: `--env test` without typing it, and no word to Kedro's makers."""
    return {
        **os.environ,
        "DO_NOT_TRACK": "1",
        "KEDRO_DISABLE_TELEMETRY": "1",
        "KEDRO_ENV": "test",
        "OMP_NUM_THREADS": "1",
        "PYTHONPATH": str(ROOT / "src"),
    }


@pytest.fixture(scope="session")
def kill_kedro(environment: dict[str, str]) -> Callable[..., None]:
    """Start `kedro` in a folder, and kill it with all its workers as soon as it has come so far."""

    def kill_kedro(folder: Path, *typed: str, when: Callable[[], bool]) -> None:
        killed = Popen(
            [sys.executable, "-m", "kedro", *typed],
            cwd=folder,
            env=environment,
            stdout=DEVNULL,
            stderr=DEVNULL,
            start_new_session=True,
        )
        until = time.monotonic() + 120
        while not when() and time.monotonic() < until:
            assert killed.poll() is None
            time.sleep(0.02)
        os.killpg(killed.pid, signal.SIGKILL)
        killed.wait()

    return kill_kedro


@pytest.fixture(scope="session")
def copy_project(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """Copy the configuration alone: no data, no runs; the code stays where it is."""

    def copy_project(name: str) -> Path:
        folder = tmp_path_factory.mktemp(name)
        kept = shutil.ignore_patterns("local")
        shutil.copytree(ROOT / "conf", folder / "conf", ignore=kept, dirs_exist_ok=True)
        shutil.copy(ROOT / "pyproject.toml", folder)
        for empty in ("conf/local", "data/01_raw", "src"):
            (folder / empty).mkdir(parents=True)
        (folder / "conf/test/parameters.yml").write_text(QUICK)
        return folder

    return copy_project


@pytest.fixture(scope="session")
def empty_record(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """MLflow's database as it begins: making one takes a second, copying it takes none."""
    path = tmp_path_factory.mktemp("record") / "mlflow.db"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # MLflow's own
        MlflowClient(f"sqlite:///{path}").search_experiments()
    return path


@pytest.fixture(scope="session")
def new_project(copy_project: Callable[[str], Path], empty_record: Path) -> Callable[[str], Path]:
    """Make a project in which nothing ever ran, with a record in which nothing stands."""

    def new_project(name: str) -> Path:
        folder = copy_project(name)
        (folder / "data/smoke").mkdir()
        shutil.copy(empty_record, folder / "data/smoke")
        return folder

    return new_project


@pytest.fixture
def project(new_project: Callable[[str], Path]) -> Path:
    return new_project("project")


@pytest.fixture(scope="session")
def doomed(new_project: Callable[[str], Path]) -> Path:
    """A project in which no run gets far."""
    return new_project("doomed")


@pytest.fixture(scope="session")
def kedro(environment: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kedro]:
    """Run a command of kedro in a folder: a process of its own, forked from a warm one."""
    said = tmp_path_factory.mktemp("said")
    outputs = {"stdout": str(said / "stdout"), "stderr": str(said / "stderr")}
    command = [sys.executable, str(Path(__file__).with_name("fork_kedro.py"))]
    with Popen(command, stdin=PIPE, stdout=PIPE, text=True, cwd=ROOT, env=environment) as server:
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


ELSEWHERE = """
import sys, mlflow
store, *names = sys.argv[1:]
mlflow.set_tracking_uri(store)
for name in names:
    model = mlflow.pyfunc.load_model(f"models:/{name}/1")
    assert len(model.predict(model.input_example)) == len(model.input_example)
print(sys.modules["matts"].__file__)
"""


@pytest.fixture(scope="session")
def load_elsewhere(environment: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Load:
    """Load and ask registered models in a process that has their own code alone: its path."""
    nowhere = tmp_path_factory.mktemp("nowhere")

    def load_elsewhere(store: str, *names: str) -> Path:
        command = [sys.executable, "-W", "ignore", "-c", ELSEWHERE, store, *names]
        own = {name: value for name, value in environment.items() if name != "PYTHONPATH"}
        done = run(command, cwd=nowhere, env=own, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        return Path(done.stdout.splitlines()[-1])

    return load_elsewhere


@pytest.fixture(scope="session")
def recorded() -> Callable[[Path, str], list[Run]]:
    """What MLflow knows of a project's runs of a pipeline, the newest first."""

    def recorded(folder: Path, pipeline: str) -> list[Run]:
        client = MlflowClient(f"sqlite:///{folder}/data/smoke/mlflow.db")
        experiments = [each.experiment_id for each in client.search_experiments()]
        return client.search_runs(experiments, f"tags.pipeline = '{pipeline}'")

    return recorded


@pytest.fixture(scope="session")
def coils() -> pd.DataFrame:
    """What a file of data set 6 holds: the readings and labels that a run simulates."""
    return simulate_tandem_mill(MillSettings(dataset=6, coils=4000)).readings
