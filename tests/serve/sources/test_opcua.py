"""OPC UA with a real server: tags become readings, bad ones gaps, and a lost server is found."""

import asyncio
from collections.abc import Callable, Iterator
from threading import Event, Thread
from typing import Any

import pytest
from asyncua import ua
from asyncua.server.server import Server

from benchmarks.control_room import free_port, wait_for
from matts.domain import BadInputError
from matts.serve.live.reading import Reading
from matts.serve.sources.opcua import Opcua
from matts.serve.sources.settings import OpcuaSettings
from tests.serve.sources.conftest import Keeper

Running = Callable[[Opcua, Keeper], Event]
BAD_SENSOR = 0x806D0000  # BadSensorFailure of OPC 10000-4
SETTINGS = OpcuaSettings(period=0.1)


class Plant:
    """A server with two machines on a thread of its own."""

    def __init__(self, port: int) -> None:
        self.url = f"opc.tcp://127.0.0.1:{port}"
        self.loop = asyncio.new_event_loop()
        self.thread = Thread(target=self.loop.run_forever, daemon=True)
        self.thread.start()
        self.nodes: dict[str, Any] = {}
        self.start()

    def call(self, work: Any) -> Any:
        return asyncio.run_coroutine_threadsafe(work, self.loop).result(20)

    def start(self) -> None:
        self.call(self._start())

    def stop(self) -> None:
        self.call(self.server.stop())

    async def _start(self) -> None:
        self.server = Server()
        await self.server.init()
        self.server.set_endpoint(self.url)
        self.server.set_security_policy([ua.SecurityPolicyType.NoSecurity])
        space = await self.server.register_namespace("plant")
        for machine in ("mill_1", "mill_2"):
            folder = await self.server.nodes.objects.add_object(
                f"ns={space};s={machine}", f"{space}:{machine}"
            )
            for sensor, value in (("force", 1.5), ("speed", 7), ("state", "rolling")):
                node = await folder.add_variable(
                    space, sensor, value, ua.VariantType.Float if sensor == "force" else None
                )
                self.nodes[f"{machine}.{sensor}"] = node
        await self.server.start()

    def write(self, name: str, value: float) -> None:
        self.call(self.nodes[name].write_value(ua.Variant(value, ua.VariantType.Float)))

    def spoil(self, name: str) -> None:
        bad = ua.DataValue(
            ua.Variant(9.0, ua.VariantType.Float), ua.StatusCode(ua.UInt32(BAD_SENSOR))
        )
        self.call(self.nodes[name].write_value(bad))

    def close(self) -> None:
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join(5)
        self.loop.close()


@pytest.fixture(scope="module")
def plant() -> Iterator[Plant]:
    plant = Plant(free_port())
    yield plant
    plant.stop()
    plant.close()


def latest(keeper: Keeper, asset: str) -> dict[str, Any]:
    entries = keeper.journal.after(0, 100_000)
    readings = [each.what for each in entries if isinstance(each.what, Reading)]
    own = [reading for reading in readings if reading.asset == asset]
    return dict(own[-1].values) if own else {}


def test_tags_become_readings_bad_ones_gaps_and_a_lost_server_is_found_again(
    plant: Plant, keeper: Keeper, running: Running
) -> None:
    source = Opcua(plant.url, SETTINGS, backoff=0.5)
    running(source, keeper)
    wait_for(lambda: latest(keeper, "mill_2") == {"force": 1.5, "speed": 7.0, "state": None})
    plant.write("mill_1.force", 2.5)
    wait_for(lambda: latest(keeper, "mill_1")["force"] == 2.5)
    plant.spoil("mill_1.force")
    wait_for(lambda: latest(keeper, "mill_1")["force"] is None)
    assert latest(keeper, "mill_2")["force"] == 1.5
    plant.stop()
    wait_for(lambda: source.tally.state == "waiting")
    before = source.tally.accepted
    plant.start()
    wait_for(lambda: source.tally.accepted > before)
    wait_for(lambda: latest(keeper, "mill_1")["force"] == 1.5)
    times = keeper.kept("mill_1")
    assert times == sorted(set(times))


def test_only_the_folders_asked_for_are_followed(
    plant: Plant, keeper: Keeper, running: Running
) -> None:
    settings = OpcuaSettings(folders=("ns=2;s=mill_2",), period=0.1)
    running(Opcua(plant.url, settings, backoff=0.5), keeper)
    wait_for(lambda: len(keeper.kept("mill_2")) > 2)
    assert keeper.kept("mill_1") == []


def test_what_there_is_no_room_for_is_dropped_and_counted(
    plant: Plant, keeper: Keeper, running: Running
) -> None:
    keeper.busy = 10**9
    source = Opcua(plant.url, OpcuaSettings(period=0.05, held=4), backoff=0.5)
    running(source, keeper)
    wait_for(lambda: source.tally.dropped > 3)
    assert len(source.held) <= 4
    keeper.busy = 0
    wait_for(lambda: source.tally.accepted > 4)
    assert len(keeper.kept("mill_1")) + len(keeper.kept("mill_2")) == source.tally.accepted


def test_an_address_that_is_none_is_refused() -> None:
    with pytest.raises(BadInputError, match=r"opc\.tcp://host:4840"):
        Opcua("http://host")
