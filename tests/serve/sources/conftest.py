"""A journal that keeps what sources bring, and a real broker that can be started again."""

import shutil
import socket
import subprocess
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event, Thread

import pytest

from benchmarks.control_room import free_port, wait_for
from matts.serve.live.reading import Reading
from matts.serve.service.journal import Journal
from matts.serve.sources.source import Accepted, Busy, Source

needs_broker = pytest.mark.skipif(
    shutil.which("mosquitto") is None, reason="Debian's mosquitto is not installed"
)


@dataclass
class Keeper:
    """What the service does with readings, and no more: they are in the journal for good."""

    journal: Journal
    busy: int = 0  # how often it has no room yet
    groups: list[int] = field(default_factory=list)

    def accept(self, readings: Sequence[Reading]) -> Accepted:
        if self.busy:
            self.busy -= 1
            raise Busy
        self.groups.append(len(readings))
        new = self.journal.append(readings)
        return Accepted(new.count(True), new.count(False), 0, [])

    def kept(self, asset: str = "mill") -> list[float]:
        """The times of an asset's readings, in the order in which they were taken."""
        entries = self.journal.after(0, 100_000)
        found = [each.what for each in entries if isinstance(each.what, Reading)]

        return [reading.time for reading in found if reading.asset == asset]


@pytest.fixture
def keeper(tmp_path: Path) -> Iterator[Keeper]:
    journal = Journal(tmp_path / "live.db", durable=False)
    yield Keeper(journal)
    journal.close()


@pytest.fixture
def running() -> Iterator[Callable[[Source, Keeper], Event]]:
    """Run sources on threads; all are stopped and gone at the end."""
    begun: list[tuple[Event, Thread]] = []

    def run(source: Source, sink: Keeper) -> Event:
        stop = Event()
        thread = Thread(target=source.run, args=(sink, stop), daemon=True)
        thread.start()
        begun.append((stop, thread))
        return stop

    yield run
    for stop, thread in begun:
        stop.set()
        thread.join(5)
        assert not thread.is_alive()


@dataclass
class Broker:
    """A mosquitto of our own on a free port, which remembers sessions over a restart."""

    folder: Path
    port: int
    process: "subprocess.Popen[bytes] | None" = None

    @property
    def url(self) -> str:
        return f"mqtt://127.0.0.1:{self.port}"

    def start(self) -> None:
        config = self.folder / "mosquitto.conf"
        lines = [f"listener {self.port} 127.0.0.1", "allow_anonymous true", "persistence true"]
        lines += [f"persistence_location {self.folder}/", "autosave_interval 1", "user root"]
        config.write_text("\n".join(lines) + "\n")
        program = str(shutil.which("mosquitto"))
        self.process = subprocess.Popen([program, "-c", str(config)], stderr=subprocess.DEVNULL)
        wait_for(self._answers)

    def _answers(self) -> bool:
        with socket.socket() as asked:
            return asked.connect_ex(("127.0.0.1", self.port)) == 0

    def stop(self) -> None:
        if self.process:
            self.process.terminate()
            self.process.wait(10)
            self.process = None


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Broker]:
    broker = Broker(tmp_path, free_port())
    broker.start()
    yield broker
    broker.stop()
