"""A trained plant, its files, and services on them in processes of their own."""

import json
import os
import signal
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from subprocess import PIPE, Popen
from typing import Any

import httpx
import pytest

from benchmarks.control_room import free_port
from tests.plants import Plant, saved, trained

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="session")
def plant() -> Plant:
    return trained("raw", {})


@pytest.fixture(scope="session")
def models(plant: Plant, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return saved(plant, tmp_path_factory.mktemp("models") / "plant")


@dataclass
class Running:
    """A service in a process of its own, and a client that asks it."""

    process: int
    client: httpx.Client

    @property
    def alive(self) -> bool:
        try:
            os.kill(self.process, 0)
        except ProcessLookupError:
            return False
        return True

    def kill(self) -> None:
        """At once, whatever it is doing."""
        with suppress(ProcessLookupError):
            os.kill(self.process, signal.SIGKILL)
        until = time.monotonic() + 10
        while self.alive and time.monotonic() < until:
            time.sleep(0.002)

    def wait_for_it(self) -> None:
        until = time.monotonic() + 60
        while time.monotonic() < until:
            assert self.alive, "the service ended by itself"
            with suppress(httpx.TransportError):
                if self.client.get("/health").status_code == 200:
                    return
            time.sleep(0.01)
        pytest.fail("the service did not come up within a minute")


@dataclass
class Servers:
    """Starts services on one folder of models."""

    warm: Popen[str]
    models: Path

    @contextmanager
    def serve(self, journal: Path, **service: Any) -> Iterator[Running]:
        port = free_port()
        asked = {"models": str(self.models), "journal": str(journal), "port": port}
        assert self.warm.stdin is not None
        assert self.warm.stdout is not None
        print(json.dumps({**asked, "service": service}), file=self.warm.stdin, flush=True)
        process = int(self.warm.stdout.readline())
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=30) as client:
            running = Running(process, client)
            try:
                running.wait_for_it()
                yield running
            finally:
                running.kill()


@pytest.fixture(scope="session")
def servers(models: Path) -> Iterator[Servers]:
    command = [sys.executable, "-m", "tests.serve.service.server"]
    path = f"{ROOT / 'src'}{os.pathsep}{ROOT}"
    environment = {**os.environ, "PYTHONPATH": path, "OMP_NUM_THREADS": "1"}
    with Popen(command, cwd=ROOT, env=environment, stdin=PIPE, stdout=PIPE, text=True) as warm:
        yield Servers(warm, models)
        warm.kill()
