"""What a run costs before its first node and after its last."""

import os
import sys
from pathlib import Path
from statistics import median
from subprocess import DEVNULL, Popen, run

import pytest

SLICE = ("run", "--pipeline", "matts", "--params", "dataset=6", "--tags", "ingest")
MOST = 12.5  # 5 s of a processor that starts bare Kedro in 0.4 s; 9.5 to 10 when it was written
LATER = ("IPython", "aeon", "matplotlib", "plotly", "skops", "mlflow", "numba", "onnx", "optuna")
STARTED = "matts.settings", "matts.cli", "matts.datasets", "matts.pipelines.matts"


def cpu_seconds(folder: Path, environment: dict[str, str], *arguments: str) -> float:
    """What the processor worked for one command, whoever else it worked for."""
    command = [sys.executable, "-m", "kedro", *arguments]
    process = Popen(command, cwd=folder, env=environment, stdout=DEVNULL, stderr=DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)  # else it would be waited for again
    assert process.returncode == 0
    return usage.ru_utime + usage.ru_stime


@pytest.mark.slow
def test_a_run_costs_little_beside_its_work(
    project: Path, environment: dict[str, str], tmp_path: Path
) -> None:
    cpu_seconds(project, environment, *SLICE)  # the first run makes the database
    ratios = []
    for _ in range(3):  # side by side, for a busy processor is slow at both
        bare = [cpu_seconds(tmp_path, environment, "--version") for _ in range(3)]
        ratios.append(cpu_seconds(project, environment, *SLICE) / median(bare))
    assert min(ratios) < MOST, ratios


def test_what_a_run_may_never_need_is_not_imported_at_its_start(
    project: Path, environment: dict[str, str]
) -> None:
    code = f"import sys, {', '.join(STARTED)}; print(*sys.modules.keys() & {set(LATER)})"
    done = run(
        [sys.executable, "-c", code],
        cwd=project,
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == "\n"
