"""The service over HTTP: `python -m benchmarks.serving`.

What share of a processor does it take with 200 clients of the stream, and with none, while readings
come at a steady pace, and what share with 1,000 mills? How many readings a second does it take at
most, and how long is it from a request to the event of its reading? The clients are a process of
their own on 127.0.0.1; who sends is in this one, and counts.
"""

import json
import sys
import tempfile
from pathlib import Path
from subprocess import Popen
from time import perf_counter, process_time, sleep

import numpy as np

from benchmarks.control_room import Room, open_room, reading, wait_for
from benchmarks.streaming import COILS, deploy, train
from benchmarks.timing import Bench, Ratio, ratio_of
from matts.detect.autoencoder import AutoencoderDetector
from matts.domain import Detector
from matts.readings import to_readings
from matts.serve.live.deployment import Deployment
from matts.serve.settings import ServeSettings, ServiceSettings
from matts.simulate.tandem_mill import MillSettings, simulate_tandem_mill
from matts.training import TrainingSettings
from matts.windows import Split, WindowSettings, split_readings

CLIENTS, SECONDS = 200, 4
MILLS, REQUEST = 1000, 500
SETTINGS = ServeSettings(service=ServiceSettings(requests_a_second=1e6, burst=1_000_000))


class Sender:
    """Sends readings of some mills, and remembers how far it came."""

    def __init__(self, room: Room, mills: int = 10) -> None:
        self.room, self.mills, self.tick = room, mills, 0
        reference = room.deployment.reference
        self.names, self.row = reference.sensors, np.nan_to_num(reference.median)

    def send(self, ticks: int) -> int:
        """So many readings of each mill, 500 a request: how many that is."""
        trees = [
            reading(f"mill-{k}", 1e9 + self.tick + t, self.names, self.row)
            for t in range(ticks)
            for k in range(self.mills)
        ]
        self.tick += ticks
        for part in range(0, len(trees), REQUEST):
            self.room.push(trees[part : part + REQUEST])
        return len(trees)


def steady(room: Room, sender: Sender, clients: int, seconds: float) -> float:
    """The share of a processor while ten mills send once every tenth of a second."""
    command = [sys.executable, "-m", "benchmarks.listeners", str(room.port), str(clients)]
    with Popen(command) as listeners:  # noqa: S603 (our own words)
        pump = room.server.config.app.state.pump  # type: ignore[union-attr]
        wait_for(lambda: len(pump.clients) == clients, 60)
        used, start = process_time(), perf_counter()
        while perf_counter() < start + seconds:
            sender.send(1)
            sleep(0.1)
        share = (process_time() - used) / (perf_counter() - start)
        listeners.kill()
    wait_for(lambda: not pump.clients, 60)
    return share


def fleet(room: Room, seconds: int) -> float:
    """The share of a processor that 1,000 mills take, each a reading a second; sending included."""
    sender = Sender(room, MILLS)
    for _ in range(6):  # until every mill has its first window
        sender.send(1)
        wait_for(lambda: room.service.engine.lag <= 0, 60)
    used, start = process_time(), perf_counter()
    for second in range(1, seconds + 1):
        sender.send(1)
        sleep(max(0.0, start + second - perf_counter()))
    wait_for(lambda: room.service.engine.lag <= 0, 60)
    return (process_time() - used) / (perf_counter() - start)


def throughput(room: Room, sender: Sender, requests: int) -> float:
    """Readings a second, taken and judged, in requests of 500."""
    start = perf_counter()
    sent = sum(sender.send(50) for _ in range(requests))
    wait_for(lambda: room.service.engine.lag <= 0, 300)
    return sent / (perf_counter() - start)


def delays(room: Room, sender: Sender, count: int) -> list[float]:
    """Seconds from a request to the event of its reading."""
    found = []
    with room.client.stream("GET", "/api/stream", params={"asset": "mill-0"}) as answer:
        lines = answer.iter_lines()
        next(lines)
        for _ in range(count):
            start, wanted = perf_counter(), 1e9 + sender.tick
            sender.send(1)
            for line in lines:
                tree = json.loads(line[6:]) if line.startswith("data: ") else {}
                if wanted in tree.get("times", ()):
                    break
            found.append(perf_counter() - start)
    return found


def measure(deployment: Deployment, clients: int, seconds: float, count: int) -> list[str]:
    """A line for each figure."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "journal.db"
        with open_room(deployment, path, settings=SETTINGS) as room:
            sender = Sender(room)
            sender.send(20)
            none, many = (steady(room, sender, n, seconds) for n in (0, clients))
            rate, waits = throughput(room, sender, count), delays(room, sender, count)
            whole = fleet(room, count)
    low, high = np.quantile(waits, [0.5, 0.95])
    return [
        f"100 readings a second: {none:.0%} of a processor, with {clients} clients {many:.0%}",
        f"at most {rate:.0f} readings a second, taken and judged",
        f"{MILLS:,} mills, a reading a second each: {whole:.0%} of a processor",
        f"from a request to its event: p50 {low * 1000:.0f} ms, p95 {high * 1000:.0f} ms",
    ]


def client_rows(bench: Bench) -> list[Ratio]:
    """What the processor works with 200 clients of the stream, against none."""
    split = mill()
    network = AutoencoderDetector(training=TrainingSettings(epochs=1))
    shown: dict[str, Detector] = {"matts": network.fit(split.train, split.validation)}
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "journal.db"
        with open_room(deploy(split, shown), path, settings=SETTINGS) as room:
            sender, seconds = Sender(room), bench.of(SECONDS)
            sender.send(20)
            pairs = [_against_none(room, sender, seconds) for _ in range(bench.pairs)]
    return [ratio_of(f"{CLIENTS} clients of the stream", pairs, "times the work of none")]


def _against_none(room: Room, sender: Sender, seconds: float) -> float:
    none, many = (steady(room, sender, clients, seconds) for clients in (0, CLIENTS))
    return many / none


def every_detector(coils: int = COILS) -> Deployment:
    """A mill with all detectors that are shown by default."""
    split = mill(coils)
    return deploy(split, train(split))


def mill(coils: int = COILS) -> Split:
    """Readings of a mill, cut into parts."""
    run = simulate_tandem_mill(MillSettings(dataset=6, coils=coils))
    return split_readings(to_readings(run.readings), WindowSettings())


if __name__ == "__main__":
    quick = "--quick" in sys.argv
    for line in measure(every_detector(), *((20, 2, 5) if quick else (CLIENTS, 20, 60))):
        print(line)
