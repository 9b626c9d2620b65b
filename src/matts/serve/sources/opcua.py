"""Readings from the tags of an OPC UA server, which tells when one changes (OPC 10000-4, 5.13).

A folder is an asset, its variables are the sensors. Each period makes one reading of what every
tag said last; a tag whose status is not good says nothing.
"""

import asyncio
import math
import os
from collections import deque
from dataclasses import dataclass, field
from threading import Event
from time import time
from typing import Any

from matts.domain import BadInputError
from matts.extras import extra
from matts.serve.live.reading import Reading
from matts.serve.sources.settings import OpcuaSettings
from matts.serve.sources.source import Sink, Tally, keep_trying, offer

USER, PASSWORD = "MATTS_OPCUA_USER", "MATTS_OPCUA_PASSWORD"
SECURITY = "MATTS_OPCUA_SECURITY"  # policy,mode,certificate,key as asyncua reads them
GLANCE = 0.2  # seconds between two looks at whether we shall stop
OWN = 0  # the namespace of the server's own nodes


@dataclass
class Opcua:
    """What a server says of the folders of the settings."""

    url: str
    settings: OpcuaSettings = field(default_factory=OpcuaSettings)
    batch: int = 256
    backoff: float = 30.0  # seconds
    tally: Tally = field(default_factory=lambda: Tally("opcua"))

    def __post_init__(self) -> None:
        if not self.url.startswith("opc.tcp://"):
            msg = f"a server needs an address as opc.tcp://host:4840, got {self.url!r}"
            raise BadInputError(msg)
        import_asyncua()
        self.held: deque[Reading] = deque()

    def run(self, sink: Sink, stop: Event) -> None:
        """Follow until stopped; a connection that is lost is made again."""
        keep_trying(lambda: asyncio.run(self._follow(sink, stop)), stop, self.tally, self.backoff)

    async def _follow(self, sink: Sink, stop: Event) -> None:
        """One connection, to its end."""
        async with await self._client() as client:
            tags = Tags()
            for folder in await self._folders(client):
                await tags.add(folder)
            asked = await client.create_subscription(1000 * self.settings.period / 2, tags)
            await asked.subscribe_data_change(list(tags.nodes))
            self.tally.state = "running"
            while not stop.is_set():
                await self._rest(stop)
                await client.check_connection()
                self._hold(tags.readings(time()))
                await asyncio.to_thread(offer, sink, self.held, self.batch, self.tally)

    async def _client(self) -> Any:
        client = import_asyncua().Client(self.url)
        if user := os.environ.get(USER):
            client.set_user(user)
            client.set_password(os.environ.get(PASSWORD, ""))
        if security := os.environ.get(SECURITY):
            await client.set_security_string(security)
        return client

    async def _folders(self, client: Any) -> list[Any]:
        """The nodes that are assets."""
        if self.settings.folders:
            return [client.get_node(name) for name in self.settings.folders]
        found = await client.nodes.objects.get_children()
        return [node for node in found if node.nodeid.NamespaceIndex != OWN]

    async def _rest(self, stop: Event) -> None:
        """Wait a period, or until we shall stop."""
        left = self.settings.period
        while left > 0 and not stop.is_set():
            await asyncio.sleep(min(left, GLANCE))
            left -= GLANCE

    def _hold(self, readings: list[Reading]) -> None:
        """Keep what waits for the service; the oldest go where there is no room, counted."""
        self.held.extend(readings)
        while len(self.held) > self.settings.held:
            self.held.popleft()
            self.tally.dropped += 1


class Tags:
    """What every tag said last."""

    def __init__(self) -> None:
        self.nodes: dict[Any, tuple[str, str]] = {}  # asset and sensor of a node
        self.said: dict[str, dict[str, float | None]] = {}

    async def add(self, folder: Any) -> None:
        """Follow the variables of a folder."""
        asset = (await folder.read_browse_name()).Name
        for node in await folder.get_variables():
            sensor = (await node.read_browse_name()).Name
            self.nodes[node] = asset, sensor
            self.said.setdefault(asset, {})[sensor] = None

    def readings(self, moment: float) -> list[Reading]:
        """One of each asset of which any tag says something."""
        return [
            Reading(asset, moment, dict(values), received=moment, source="opcua")
            for asset, values in self.said.items()
            if any(value is not None for value in values.values())
        ]

    def datachange_notification(self, node: Any, value: Any, data: Any) -> None:
        """A tag has changed, its status perhaps: asyncua calls this."""
        asset, sensor = self.nodes[node]
        status = data.monitored_item.Value.StatusCode
        good = status is None or status.is_good()
        self.said[asset][sensor] = _number(value) if good else None


def _number(value: Any) -> float | None:
    """A number that is one; truth values are 0 and 1, words are none."""
    if not isinstance(value, bool | int | float):
        return None
    return float(value) if math.isfinite(value) else None


def import_asyncua() -> Any:
    """The client of OPC UA; a BadInputError where it is not installed."""
    with extra("live", "OPC UA needs asyncua"):
        import asyncua  # noqa: PLC0415
    return asyncua
