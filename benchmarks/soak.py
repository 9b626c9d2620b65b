"""Does the service grow? `python -m benchmarks.soak --minutes 30`.

Ten mills send over HTTP as fast as the service judges, with five clients of the stream. A line now
and then tells how many readings that were and what the process holds. History is pruned, as always.
"""

import argparse
import os
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from statistics import median
from subprocess import Popen
from time import perf_counter
from typing import NamedTuple

import numpy as np

from benchmarks.control_room import Room, open_room, wait_for
from benchmarks.serving import Sender, every_detector
from matts.serve.live.deployment import Deployment
from matts.serve.settings import ServeSettings, ServiceSettings

KEPT = 5_000  # readings of the history
CLIENTS = 5
SETTINGS = ServeSettings(
    service=ServiceSettings(
        requests_a_second=1e6, burst=1_000_000, keep_readings=KEPT, snapshot_entries=2_000
    )
)
LOOKS = 60  # at the memory, over a run


class Look(NamedTuple):
    """What the process holds after so many readings."""

    seconds: float
    readings: int
    mib: float


def resident() -> float:
    """MiB that this process holds in memory (Linux)."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


def soak(room: Room, seconds: float, tell: Callable[[Look], None]) -> list[Look]:
    """Send as fast as it is judged for so long; look at regular times."""
    sender, looks, sent = Sender(room), list[Look](), 0
    rows = np.nan_to_num(room.deployment.reference.rows)
    start = perf_counter()
    while (passed := perf_counter() - start) < seconds:
        sender.row = rows[sent % len(rows)]
        sent += sender.send(50)
        wait_for(lambda: room.service.engine.lag <= 0, 60)
        if passed >= seconds * len(looks) / LOOKS:
            looks.append(Look(passed, sent, resident()))
            tell(looks[-1])
    return looks


def growth(looks: list[Look]) -> float:
    """MiB between the middle third and the last: what was there to be filled is full by then."""
    third = len(looks) // 3
    middle, last = looks[third : 2 * third], looks[2 * third :]
    return median(look.mib for look in last) - median(look.mib for look in middle)


def run(
    deployment: Deployment, seconds: float, tell: Callable[[Look], None] = lambda _: None
) -> list[Look]:
    """A service of its own, with clients of its stream in another process."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "journal.db"
        with open_room(deployment, path, settings=SETTINGS) as room:
            command = [sys.executable, "-m", "benchmarks.listeners", str(room.port), str(CLIENTS)]
            with Popen(command) as listeners:  # noqa: S603 (our own words)
                looks = soak(room, seconds, tell)
                listeners.kill()
    return looks


def show(look: Look) -> None:
    """A line of the table."""
    print(
        f"{look.seconds / 60:5.1f} min {look.readings:10,d} readings {look.mib:7.0f} MiB",
        flush=True,
    )


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=30)
    found = run(every_detector(), parser.parse_args().minutes * 60, show)
    print(f"from the middle third to the last: {growth(found):+.1f} MiB")
