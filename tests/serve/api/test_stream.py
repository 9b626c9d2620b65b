"""Who listens hears every reading once, however often they come back."""

import json
import socket
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from threading import Thread
from typing import Any

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

from benchmarks.control_room import Room, open_room, wait_for
from matts.serve.settings import ServeSettings, ServiceSettings
from tests.plants import Plant, live, table_of
from tests.serve.conftest import Running, Servers

Tree = dict[str, Any]


def trees_of(plant: Plant, count: int, asset: str = "a") -> list[Tree]:
    readings = live(asset, table_of(7, count), plant.deployment.inputs)
    return [{"asset": asset, "time": r.time, "values": dict(r.values)} for r in readings]


def listen(
    client: httpx.Client, asset: str = "a", heard: str | None = None
) -> Iterator[tuple[str, str, Tree]]:
    """Events as they come: id, name, what."""
    headers = {} if heard is None else {"Last-Event-ID": heard}
    fields: dict[str, str] = {}
    with client.stream("GET", "/api/stream", params={"asset": asset}, headers=headers) as answer:
        assert answer.headers["content-type"].startswith("text/event-stream")
        for line in answer.iter_lines():
            name, _, text = line.partition(": ")
            if name:
                fields[name] = text
            elif "data" in fields:
                yield fields["id"], fields["event"], json.loads(fields["data"])
                fields = {}


def post_all(client: httpx.Client, trees: list[Tree], size: int, pause: float) -> None:
    for start in range(0, len(trees), size):
        client.post("/api/sensor-data", json=trees[start : start + size]).raise_for_status()
        time.sleep(pause)


@pytest.fixture
def room(plant: Plant, tmp_path: Path) -> Iterator[Room]:
    service = ServiceSettings(requests_a_second=1e6, burst=10**6, batch=7, stream_seconds=0.02)
    settings = ServeSettings(service=service)
    with open_room(plant.deployment, tmp_path / "journal.db", settings=settings) as room:
        yield room


def test_no_reading_is_missed_or_doubled_by_who_comes_back(room: Room, plant: Plant) -> None:
    trees = trees_of(plant, 600)
    room.push(trees[:30])
    wait_for(lambda: figures(room)["matts_lag"] == 0)
    posting = Thread(target=post_all, args=(room.client, trees[30:], 3, 0.005))
    times, heard, breaks = list[float](), "0", 0
    posting.start()
    while len(times) < len(trees):
        for number, event, tree in listen(room.client, heard=heard):
            assert int(number) >= int(heard)
            heard = number
            if event == "readings":
                times += tree["times"]
            if len(times) == len(trees) or (len(times) > 40 * breaks and breaks < 12):
                break  # anywhere between two messages, that of the gap among them
        breaks += 1
    posting.join()
    assert breaks > 8
    assert times == [tree["time"] for tree in trees]


def test_all_of_a_batch_is_told_again_though_it_was_cut(room: Room, plant: Plant) -> None:
    """300 readings of one step: who was cut off after the first message misses nothing."""
    trees = trees_of(plant, 300)
    with room.service.engine.folding:
        room.push(trees)
    wait_for(lambda: figures(room)["matts_lag"] == 0)
    first = next((n, t) for n, event, t in listen(room.client, heard="0") if event == "readings")
    rest: list[float] = []
    for _, event, tree in listen(room.client, heard=first[0]):
        rest += tree["times"] if event == "readings" else []
        if len(first[1]["times"]) + len(rest) >= len(trees):
            break
    assert first[1]["times"] + rest == [tree["time"] for tree in trees]


def test_a_crash_tells_nothing_twice(servers: Servers, plant: Plant, tmp_path: Path) -> None:
    trees, path = trees_of(plant, 120), tmp_path / "journal.db"
    quiet = {"snapshot_entries": 10_000, "batch": 50, "tick_seconds": 3600}
    times: list[float] = []

    def hear(running: Running, until: int, heard: str) -> str:
        for number, event, tree in listen(running.client, heard=heard):
            heard = number
            if event == "readings":
                times.extend(tree["times"])
            if len(times) >= until:
                break
        return heard

    with servers.serve(path, **quiet) as running:
        post_all(running.client, trees[:60], 5, 0.01)
        heard = hear(running, 60, "0")
    with servers.serve(path, **quiet) as running:
        posting = Thread(target=post_all, args=(running.client, trees[60:], 5, 0.01))
        posting.start()
        hear(running, 120, heard)
        posting.join()
    assert times == [tree["time"] for tree in trees]


def attend(url: str, told: list[float]) -> None:
    """Hear 40 readings of b."""
    with httpx.Client(base_url=url, timeout=30) as client:
        for _, event, tree in listen(client, "b"):
            told.extend(tree["times"] if event == "readings" else [])
            if len(told) == 40:
                break


def fall_asleep(port: int) -> socket.socket:
    """One that asks for the stream of a and never reads."""
    asleep = socket.socket()
    asleep.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    asleep.connect(("127.0.0.1", port))
    asleep.sendall(b"GET /api/stream?asset=a HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
    return asleep


def push_until_one_is_let_go(room: Room, plant: Plant) -> int:
    """Many readings of a, and 40 of b among them: how many in all."""
    trees, own = trees_of(plant, 20_000), trees_of(plant, 40, "b")
    sent = 0
    while sent < len(trees) and not figures(room)["matts_slow_clients_total"]:
        room.push([*trees[sent : sent + 500], *own[:1]])
        sent, own = sent + 500, own[1:]
    for tree in own:
        room.push([tree])
    return sent + 40


def test_a_slow_client_is_let_go_and_others_go_on(plant: Plant, tmp_path: Path) -> None:
    service = ServiceSettings(
        requests_a_second=1e6, burst=10**6, stream_queue=8, stream_seconds=0.01
    )
    settings, told = ServeSettings(service=service), list[float]()
    with open_room(plant.deployment, tmp_path / "j.db", settings=settings) as room:
        attending = Thread(target=attend, args=(room.url, told))
        with fall_asleep(room.port):
            attending.start()
            wait_for(lambda: figures(room)["matts_clients"] == 2)
            sent = push_until_one_is_let_go(room, plant)
            attending.join(20)
        found = figures(room)
    assert len(told) == 40
    assert found["matts_slow_clients_total"] == 1
    assert found["matts_accepted_total"] == sent


def figures(room: Room) -> dict[str, float]:
    """What Prometheus would read."""
    text = room.client.get("/metrics").text
    samples = [s for family in text_string_to_metric_families(text) for s in family.samples]
    return {f"{s.name}{''.join(s.labels.values())}": s.value for s in samples}


def test_metrics_count_what_happened(room: Room, plant: Plant) -> None:
    trees = trees_of(plant, 60)
    room.push(trees)
    room.push(trees[:10])
    room.push([{**trees[0], "time": 0.5}, {**trees[0], "asset": "b"}])
    room.client.post("/api/sensor-data", json={"asset": "a", "values": {}})
    wait_for(lambda: figures(room)["matts_lag"] == 0)
    found = figures(room)
    counted = ("accepted", "duplicates", "late", "dropped", "judgements", "failed")
    assert [found[f"matts_{name}_total"] for name in counted] == [62, 10, 1, 0, 62, 0]
    assert (found["matts_lag"], found["matts_assets"], found["matts_clients"]) == (0, 2, 0)
    assert found["matts_judge_seconds_total"] > 0
    alarms = room.client.get("/api/alarms").json()["alarms"]
    assert alarms
    for state, count in Counter(each["state"] for each in alarms).items():
        assert state == "normal" or found[f"matts_alarms{state}"] == count
