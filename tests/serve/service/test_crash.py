"""Kill the service in mid-stream: nothing acknowledged is lost, nothing is doubled."""

import sqlite3
import time
from contextlib import closing
from pathlib import Path
from threading import Timer
from typing import Any

import httpx
import numpy as np
import pytest

from matts.serve.live.reading import Reading
from tests.plants import Plant, live, table_of
from tests.serve.conftest import Running, Servers

QUIET = {"snapshot_entries": 40, "batch": 7, "tick_seconds": 3600, "silent_seconds": 0}
Rows = dict[str, list[tuple[Any, ...]]]
Tree = dict[str, Any]


@pytest.fixture(scope="module")
def stream(plant: Plant) -> list[Tree]:
    """Two assets in turn, healthy but for a stretch that raises alarms."""
    table = table_of(7, 200)
    readings = [each for name in "ab" for each in live(name, table, plant.deployment.inputs)]
    readings.sort(key=lambda each: (each.time, each.asset))
    return [tree_of(each, odd=140 <= k < 180) for k, each in enumerate(readings)]


def tree_of(reading: Reading, *, odd: bool) -> Tree:
    values = {name: value and value * (3 if odd else 1) for name, value in reading.values.items()}
    return {"asset": reading.asset, "time": reading.time, "values": values}


def post(running: Running, readings: list[Tree]) -> bool:
    """Whether the service said that it has them."""
    try:
        return running.client.post("/api/v1/sensor-data", json=readings).status_code == 200
    except httpx.TransportError:
        return False


def settled(running: Running) -> bool:
    """Whether all is folded, and the service still there to say so."""
    for _ in range(600):
        try:
            if running.client.get("/health").json()["lag"] == 0:
                return True
        except httpx.TransportError:
            return False
        time.sleep(0.02)
    pytest.fail("the journal was not folded")


def kept(path: Path) -> Rows:
    """All that followed from the readings; when a batch was told is no part of it."""
    questions = {
        "verdicts": "SELECT asset, time, alert, fault, note, body, parts, chances FROM verdicts "
        "ORDER BY number",
        "alarms": "SELECT body FROM alarms ORDER BY id",
        "audit": "SELECT * FROM audit ORDER BY line",
    }
    with closing(sqlite3.connect(path)) as database:
        return {name: database.execute(q).fetchall() for name, q in questions.items()}


def killed_in_mid_stream(servers: Servers, path: Path, stream: list[Tree], times: int) -> Rows:
    """Post all of it, ten at a time; what is not answered is sent again.

    So many times the service is killed a moment after an answer: while it folds, while it commits,
    or while the next request is on its way.
    """
    rng = np.random.default_rng(times)
    parts = [stream[k : k + 10] for k in range(0, len(stream), 10)]
    deaths = set(np.linspace(1, len(parts) - 2, times).astype(int).tolist())
    sent, done = 0, False
    while not done:
        with servers.serve(path, **QUIET) as running:
            while sent < len(parts) and post(running, parts[sent]):
                sent += 1
                if sent in deaths:
                    deaths.remove(sent)
                    Timer(float(rng.uniform(0, 0.02)), running.kill).start()
            done = sent == len(parts) and settled(running)
    assert not deaths
    return kept(path)


@pytest.fixture(scope="module")
def undisturbed(
    servers: Servers, stream: list[Tree], tmp_path_factory: pytest.TempPathFactory
) -> Rows:
    path = tmp_path_factory.mktemp("calm") / "journal.db"
    return killed_in_mid_stream(servers, path, stream, 0)


@pytest.mark.parametrize("times", [3, 20])
def test_a_killed_service_goes_on_where_it_was(
    tmp_path: Path, servers: Servers, stream: list[Tree], undisturbed: Rows, times: int
) -> None:
    found = killed_in_mid_stream(servers, tmp_path / "journal.db", stream, times)
    came = [(each["asset"], each["time"]) for each in stream]
    assert [row[:2] for row in found["verdicts"]] == came  # each once, in the order it was sent
    assert len(undisturbed["alarms"]) > 0
    for name, rows in found.items():
        assert rows == undisturbed[name], name
