"""What happens, as it happens: server-sent events."""

import asyncio
import logging
from collections.abc import AsyncIterator
from typing import Annotated, Any

import numpy as np
from fastapi import APIRouter, Header, HTTPException, Query, Request
from fastapi.concurrency import run_in_threadpool
from sse_starlette.sse import EventSourceResponse

from matts.serve.api.problems import responses
from matts.serve.api.taking import TheService
from matts.serve.service.hub import encode, readings_tree
from matts.serve.service.service import Service

log = logging.getLogger(__name__)
router = APIRouter(tags=["stream"])
GAP = 6000  # readings told again to somebody who comes back; the history has the rest
STALL = 10.0  # seconds that one message may take to a client


class Client:
    """Somebody who listens, behind by a bounded number of messages."""

    def __init__(self, asset: str, size: int) -> None:
        self.asset = asset
        self.queue: asyncio.Queue[tuple[int, bytes]] = asyncio.Queue(size)
        self.slow = False

    def wants(self, event: str, asset: str) -> bool:
        """Readings and drift are told of the asset asked for alone, all else to everybody."""
        if event == "drift":
            return self.asset in ("*", asset)
        return event != "readings" or asset == self.asset

    def tell(self, number: int, message: bytes) -> bool:
        """Queue a message; False where there is no room, and the client is let go."""
        try:
            self.queue.put_nowait((number, message))
        except asyncio.QueueFull:
            self.slow = True
            return False
        return True


class Pump:
    """Takes from the hub what is new and hands it to every client, encoded once."""

    def __init__(self, service: Service) -> None:
        self.service = service
        self.clients: set[Client] = set()

    def join(self, client: Client) -> None:
        """Tell this one, too."""
        self.clients.add(client)
        self.service.hub.listened = True

    def leave(self, client: Client) -> None:
        """Tell this one no more."""
        self.clients.discard(client)
        self.service.hub.listened = bool(self.clients)

    async def run(self) -> None:
        """Until the service is stopped."""
        while True:
            await asyncio.sleep(self.service.settings.service.stream_seconds)
            try:
                if self.clients:
                    wanted = frozenset(client.asset for client in self.clients)
                    self._tell(*await run_in_threadpool(self.service.hub.collect, wanted))
            except Exception:
                log.exception("telling the clients of the stream")

    def _tell(self, number: int, messages: list[tuple[str, str, Any]]) -> None:
        for event, asset, tree in messages:
            listeners = [client for client in self.clients if client.wants(event, asset)]
            packed = encode(event, number, tree) if listeners else b""
            for client in listeners:
                if not client.tell(number, packed):
                    self.leave(client)
                    self.service.engine.counters.slow_clients += 1


@router.get(
    "/stream",
    response_class=EventSourceResponse,
    responses={
        200: {"content": {"text/event-stream": {"schema": {"type": "string"}}}},
        **responses(503),
    },
)
async def stream(
    request: Request,
    service: TheService,
    asset: Annotated[str, Query(min_length=1, max_length=128)] = "*",
    last_event_id: Annotated[str | None, Header(max_length=32)] = None,
) -> EventSourceResponse:
    """Listen to one asset, or to the plant (`*`); who says where they left off misses nothing."""
    pump: Pump = request.app.state.pump
    if len(pump.clients) >= service.settings.service.stream_clients:
        raise HTTPException(503, "too many listen already: try again later", {"Retry-After": "5"})
    heard = int(last_event_id) if last_event_id and last_event_id.isdecimal() else None
    client = Client(asset, service.settings.service.stream_queue)
    return EventSourceResponse(_events(service, pump, client, heard), send_timeout=STALL)


async def _events(
    service: Service, pump: Pump, client: Client, heard: int | None
) -> AsyncIterator[bytes]:
    """The gap first, then what comes; the rest of a slow client's queue is not worth telling."""
    pump.join(client)
    try:
        yield encode("status", service.hub.number, service.status())
        yield encode("assets", service.hub.number, {"assets": service.engine.fold.board.trees()})
        if heard is not None and client.asset != "*":
            for message in await run_in_threadpool(_gap, service, client.asset, heard):
                yield message
        while not client.slow:
            _, message = await client.queue.get()
            yield message
    finally:
        pump.leave(client)


def _gap(service: Service, asset: str, heard: int) -> list[bytes]:
    """What was judged since, in messages of a hundred readings."""
    past = service.questions.told_after(asset, min(heard, 2**62), GAP)
    found = []
    for start in range(0, len(past), 100):
        part = past.take(np.arange(start, min(start + 100, len(past))))
        found.append(encode("readings", part.told[-1], readings_tree(asset, part)))
    return found
