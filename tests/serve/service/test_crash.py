"""Kill the service in mid-stream: nothing acknowledged is lost, nothing is doubled."""

import os
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest

from matts.serve.live.reading import Reading
from tests.plants import live, table_of, trained

ROOT = Path(__file__).parents[3]


def free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


@contextmanager
def served(path: Path, port: int) -> Iterator[subprocess.Popen[bytes]]:
    command = [sys.executable, "-m", "tests.serve.service.server", str(path), str(port)]
    environment = {**os.environ, "PYTHONPATH": f"{ROOT / 'src'}{os.pathsep}{ROOT}"}
    with subprocess.Popen(command, cwd=ROOT, env=environment) as process:
        try:
            wait_for(process, port)
            yield process
        finally:
            process.kill()


def wait_for(process: subprocess.Popen[bytes], port: int) -> None:
    for _ in range(600):
        assert process.poll() is None, "the service ended by itself"
        try:
            if httpx.get(f"http://127.0.0.1:{port}/health").status_code == 200:
                return
        except httpx.TransportError:
            time.sleep(0.1)
    pytest.fail("the service did not come up within a minute")


def stream() -> list[dict[str, Any]]:
    """Two assets in turn, healthy but for a stretch that raises alarms."""
    deployment = trained("raw", {}).deployment
    table = table_of(7, 200)
    readings = [each for name in ("a", "b") for each in live(name, table, deployment.inputs)]
    readings.sort(key=lambda each: (each.time, each.asset))
    return [tree_of(each, odd=140 <= k < 180) for k, each in enumerate(readings)]


def tree_of(reading: Reading, *, odd: bool) -> dict[str, Any]:
    values = {name: value and value * (3 if odd else 1) for name, value in reading.values.items()}
    return {"asset": reading.asset, "time": reading.time, "values": values}


def post(port: int, readings: list[dict[str, Any]]) -> bool:
    """Whether the service said that it has them."""
    try:
        answer = httpx.post(f"http://127.0.0.1:{port}/api/v1/sensor-data", json=readings)
    except httpx.TransportError:
        return False
    return answer.status_code == 200


def settle(port: int) -> None:
    for _ in range(300):
        if httpx.get(f"http://127.0.0.1:{port}/health").json()["lag"] == 0:
            return
        time.sleep(0.05)
    pytest.fail("the journal was not folded")


def kept(path: Path) -> dict[str, list[tuple[Any, ...]]]:
    """All that followed from the readings; when a batch was told is no part of it."""
    questions = {
        "verdicts": "SELECT asset, time, alert, fault, note, body, parts FROM verdicts "
        "ORDER BY number",
        "alarms": "SELECT body FROM alarms ORDER BY id",
        "audit": "SELECT * FROM audit ORDER BY line",
    }
    with closing(sqlite3.connect(path)) as database:
        return {name: database.execute(q).fetchall() for name, q in questions.items()}


def killed_in_mid_stream(path: Path, times: int) -> None:
    """Post all of it, ten at a time, killing the service now and then; what fails is sent again."""
    readings, rng, port = stream(), np.random.default_rng(0), free_port()
    parts = [readings[k : k + 10] for k in range(0, len(readings), 10)]
    deaths = set(np.linspace(1, len(parts) - 2, times).astype(int).tolist())
    sent = 0
    while sent < len(parts):
        with served(path, port) as process:
            while sent < len(parts) and post(port, parts[sent]):
                sent += 1
                if sent in deaths:
                    deaths.remove(sent)
                    time.sleep(float(rng.uniform(0, 0.02)))
                    process.send_signal(signal.SIGKILL)
                    process.wait()
                    break
            else:
                settle(port)
    assert not deaths


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[tuple[Any, ...]]]:
    path = tmp_path_factory.mktemp("calm") / "journal.db"
    killed_in_mid_stream(path, 0)
    return kept(path)


@pytest.mark.parametrize("times", [3, pytest.param(20, marks=pytest.mark.slow)])
def test_a_killed_service_goes_on_where_it_was(
    tmp_path: Path, times: int, undisturbed: dict[str, list[tuple[Any, ...]]]
) -> None:
    killed_in_mid_stream(tmp_path / "journal.db", times)
    found = kept(tmp_path / "journal.db")
    came = [(each["asset"], each["time"]) for each in stream()]
    assert [row[:2] for row in found["verdicts"]] == came  # each once, in the order it was sent
    assert len(undisturbed["alarms"]) > 0
    assert found == undisturbed
