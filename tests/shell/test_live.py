"""`matts serve` as a process, from the command to an alarm that names what was put in."""

import re
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

ROOT = Path(__file__).parents[2]
PROGRAM = "from matts.commands import main; main()"
FEW = """# Without the baselines that the control room does not show.
baselines:
  detectors:
    {cva: null, isolation_forest: null, mean_shift: null, moving_variance: null, one_sensor: null,
     supervised: null, zscore: null, vae: {epochs: 1}}
"""


def wait_for(find: Callable[[], Any], seconds: float) -> Any:
    end = time.monotonic() + seconds
    while not (found := find()):
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.1)
    return found


def ask(address: str, path: str) -> Any:
    return httpx.get(address + path, timeout=5).raise_for_status().json()


@pytest.fixture
def untrained(tmp_path: Path) -> Path:
    """A project in which nothing was trained."""
    for folder in ("conf", "src"):
        shutil.copytree(ROOT / folder, tmp_path / folder)
    (tmp_path / "conf/local").mkdir(exist_ok=True)
    (tmp_path / "conf/local/parameters.yml").write_text(FEW)
    shutil.copy2(ROOT / "pyproject.toml", tmp_path)
    return tmp_path


@pytest.mark.slow
def test_a_fault_that_is_put_in_raises_an_alarm_that_names_stand_and_kind(untrained: Path) -> None:
    """On a mill trained for this test alone, once; then from its files, within seconds."""
    words = ["serve", "--dataset", "6", "--simulate", "--speed", "5", "--port", "0"]
    said = untrained / "said.txt"
    with said.open("w") as output:
        process = subprocess.Popen(
            [sys.executable, "-c", PROGRAM, *words], cwd=untrained, stdout=output, stderr=output
        )
    try:
        wait_for(lambda: process.poll() is not None or "control room" in said.read_text(), 900)
        found = re.search(r"http://[\d.:]+", said.read_text())
        assert found, said.read_text()
        address = found[0]
        assert "nothing is trained on 6 yet" in said.read_text()
        assert "<html" in httpx.get(address, timeout=5).text
        first = wait_for(lambda: ask(address, "/api/alarms?asset=mill_1")["alarms"], 60)[0]
        assert (first["fault"], first["sensors"][0][0]) == ("Electric", "motor_power_3")
        process.send_signal(2)
        start = time.monotonic()
        process.wait(10)
        assert time.monotonic() - start < 5
    finally:
        process.kill()
        process.wait()
    assert "Traceback" not in said.read_text()
