"""A real service with its page on a free port of this machine, and the browser that looks at it."""

import socket
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from threading import Thread
from time import monotonic, sleep
from typing import Any

import httpx
import uvicorn

from matts.serve.api.app import create_app
from matts.serve.live.deployment import Deployment
from matts.serve.service.service import Service
from matts.serve.settings import ServeSettings

CHROMIUM = Path("/usr/bin/chromium")
QUIET = (  # nothing but the page: no updates, no calls home
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
)


class Room:
    """A service that can be stopped and started again on the same port, over the same journal."""

    def __init__(
        self,
        deployment: Deployment,
        journal: Path,
        settings: ServeSettings,
        token: str | None = None,
    ) -> None:
        self.deployment, self.journal, self.settings = deployment, journal, settings
        self.token = token
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.client = httpx.Client(base_url=self.url, timeout=10, trust_env=False)

    def start(self) -> None:
        """Serve until stopped; returns once the service answers."""
        self.service = Service.open(self.deployment, self.settings, self.journal)
        app = create_app(self.service, self.settings, self.token)
        config = uvicorn.Config(
            app, "127.0.0.1", self.port, log_level="error", timeout_graceful_shutdown=1
        )
        self.server = uvicorn.Server(config)
        self.thread = Thread(target=self.server.run, daemon=True)
        self.thread.start()
        wait_for(lambda: self.server.started)

    def stop(self) -> None:
        """Stop serving; the application closes the journal."""
        self.server.should_exit = True
        self.thread.join(10)

    def push(self, readings: Iterable[Mapping[str, Any]]) -> Any:
        """Send readings by HTTP; what the service answers."""
        answer = self.client.post("/api/v1/sensor-data", json=list(readings))
        answer.raise_for_status()
        return answer.json()


@contextmanager
def open_room(deployment: Deployment, journal: Path, **more: Any) -> Iterator[Room]:
    """A room that is served within the block."""
    room = Room(deployment, journal, **{"settings": ServeSettings(), **more})
    room.start()
    try:
        yield room
    finally:
        room.stop()
        room.client.close()


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as asked:
        asked.bind(("127.0.0.1", 0))
        port: int = asked.getsockname()[1]
    return port


def wait_for(done: Any, seconds: float = 20) -> None:
    """Wait until it is done.

    Raises:
        TimeoutError: it is not, after so many seconds.
    """
    until = monotonic() + seconds
    while not done():
        if monotonic() > until:
            msg = f"waited {seconds:g} seconds in vain"
            raise TimeoutError(msg)
        sleep(0.02)


def reading(asset: str, time: float, sensors: Iterable[str], values: Iterable[float]) -> Any:
    """One reading as the service takes it."""
    return {
        "asset": asset,
        "time": time,
        "values": {n: float(v) for n, v in zip(sensors, values, strict=True)},
    }
