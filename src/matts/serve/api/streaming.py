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
GROUP = 100  # readings of a message that fills a gap, at least
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
        self.telling = asyncio.Lock()

    async def join(self, client: Client) -> int:
        """Tell this one, too, all that follows from entries after the number returned."""
        async with self.telling:
            self.service.hub.listened = True
            number = await self._tell_all()
            self.clients.add(client)
        return number

    def leave(self, client: Client) -> None:
        """Tell this one no more."""
        self.clients.discard(client)
        if not self.clients and not self.telling.locked():
            self.service.hub.listened = False

    async def run(self) -> None:
        """Until the service is stopped."""
        while True:
            await asyncio.sleep(self.service.settings.service.stream_seconds)
            try:
                if self.clients:
                    async with self.telling:
                        await self._tell_all()
            except Exception:
                log.exception("telling the clients of the stream")

    async def _tell_all(self) -> int:
        """All that is new, to all: the number that it goes up to."""
        wanted = frozenset(client.asset for client in self.clients)
        number, messages = await run_in_threadpool(self.service.hub.collect, wanted)
        self._tell(number, messages)
        return number

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
    """The gap first, then what comes; the rest of a slow client's queue is not worth telling.

    An id says that all up to there was told, so none may be sent ahead of the gap.
    """
    try:
        joined = await pump.join(client)
        first = joined if heard is None else heard
        yield encode("status", first, service.status())
        yield encode("assets", first, {"assets": service.hub.assets()})
        if heard is not None and client.asset != "*":
            for message in await run_in_threadpool(_gap, service, client.asset, (heard, joined)):
                yield message
        while not client.slow:
            _, message = await client.queue.get()
            yield message
    finally:
        pump.leave(client)


def _gap(service: Service, asset: str, span: tuple[int, int]) -> list[bytes]:
    """What was judged meanwhile, in messages of a hundred readings or more.

    What was told together stays together, for a message has one id.
    """
    first, last = (min(number, 2**62) for number in span)
    past = service.questions.told_between(asset, first, last, GAP)
    told, found, start = [*past.told, last + 1], [], 0
    for stop in range(1, len(told)):
        if told[stop] != told[stop - 1] and (stop - start >= GROUP or stop == len(past)):
            part = past.take(np.arange(start, stop))
            found.append(encode("readings", part.told[-1], readings_tree(asset, part)))
            start = stop
    return found
