"""Sources beside the service: what it has no room for, does not take, and those that break."""

import time
from collections import deque
from collections.abc import Sequence
from pathlib import Path
from threading import Event, Thread, Timer
from typing import Any

import pytest

from benchmarks.control_room import wait_for
from matts.serve.live.reading import Reading
from matts.serve.service.service import Service
from matts.serve.settings import ServeSettings, ServiceSettings
from matts.serve.sources.opcua import Opcua
from matts.serve.sources.replay import Replay
from matts.serve.sources.source import Accepted, Busy, Tally, hand_over, offer
from matts.serve.sources.tables import open_table
from matts.source.settings import SourceSettings
from tests.plants import Plant, trained

VALUES = dict.fromkeys("abcde", 20.0) | {"product": 1.0}


@pytest.fixture(scope="module")
def plant() -> Plant:
    return trained("raw", {})


def opened(plant: Plant, path: Path, **own: Any) -> Service:
    settings = ServeSettings(service=ServiceSettings(durable=False, tick_seconds=3600, **own))
    return Service.open(plant.deployment, settings, path)


def readings(count: int) -> list[Reading]:
    return [Reading("a", float(k), VALUES, received=float(k)) for k in range(count)]


def taken(service: Service) -> list[float]:
    """The times of all that is in the journal, in order."""
    entries = service.journal.after(0, 10_000)
    return [each.what.time for each in entries if isinstance(each.what, Reading)]


def test_a_group_that_is_larger_than_the_room_gets_in_and_in_order(
    plant: Plant, tmp_path: Path
) -> None:
    service = opened(plant, tmp_path / "a.db", waiting=3)
    service.begin()
    tally, stop = Tally("replay"), Event()
    limit = Timer(20, stop.set)
    limit.start()
    assert hand_over(service, readings(20), stop, tally)
    limit.cancel()
    assert (taken(service), tally.accepted) == ([float(k) for k in range(20)], 20)
    service.close()


def test_what_opc_ua_holds_gets_in_a_part_at_a_time(plant: Plant, tmp_path: Path) -> None:
    service = opened(plant, tmp_path / "a.db", waiting=3)
    source = Opcua("opc.tcp://127.0.0.1:4840")
    source.held.extend(readings(7))
    while source.held:
        offer(service, source.held, source.batch, source.tally)
        service.engine.run_pending()
    assert (taken(service), source.tally.accepted) == ([float(k) for k in range(7)], 7)
    service.close()


def test_a_source_that_waits_loses_nothing_and_none_is_said_to_be_lost(
    plant: Plant, tmp_path: Path
) -> None:
    service = opened(plant, tmp_path / "a.db", waiting=3)
    tally, stop = Tally("replay"), Event()
    waiting = Thread(target=hand_over, args=(service, readings(6), stop, tally))
    waiting.start()
    wait_for(lambda: tally.accepted == 3)
    time.sleep(0.2)  # it tries again and again
    status = service.status()
    assert (status["dropped"], status["busy"], tally.dropped) == (0, 0, 0)
    service.engine.run_pending()
    waiting.join(10)
    assert tally.accepted == 6
    service.close()


def test_what_a_source_has_lost_is_told(plant: Plant, tmp_path: Path) -> None:
    service = opened(plant, tmp_path / "a.db")
    source = Opcua("opc.tcp://127.0.0.1:4840")
    service.sources.append(source)
    source._hold(readings(source.settings.held + 4))
    assert service.status()["dropped"] == 4
    service.close()


def test_a_source_that_breaks_is_told_as_failed(plant: Plant, tmp_path: Path) -> None:
    path = tmp_path / "mill.csv"
    path.write_text("a,b,c,d,e,product\n1,2,3,4,5,1\n1,2,3,4,5,1,7,8\n")
    settings = SourceSettings(path="none.csv", layout="plain")
    service = opened(plant, tmp_path / "a.db")
    service.sources.append(Replay(open_table(str(path), settings, plant.deployment.inputs)))
    service.start()
    for thread in service.threads:
        thread.join(10)
    [source] = service.status()["sources"]
    assert source["state"] == "failed"
    assert source["error"].startswith(f"{path} is not a CSV that can be replayed")
    *_, (event, _, told) = service.hub.others
    assert (event, told["sources"]) == ("status", [source])
    service.close()


def test_what_the_service_does_not_take_is_refused_not_accepted(
    plant: Plant, tmp_path: Path
) -> None:
    service = opened(plant, tmp_path / "a.db")
    strange = [each._replace(values={"x": 1.0}) for each in readings(2)]
    tally = Tally("mqtt")
    assert hand_over(service, [*strange, *readings(3)], Event(), tally)
    assert (tally.accepted, tally.refused) == (3, 2)
    assert tally.error == "a reading of plant needs sensors like a, got x"
    service.close()


class Small:
    """A sink with room for so many at once."""

    def __init__(self, room: int) -> None:
        self.room, self.sizes = room, list[int]()

    def accept(self, readings: Sequence[Reading]) -> Accepted:
        self.sizes.append(len(readings))
        if len(readings) > self.room:
            raise Busy
        return Accepted(len(readings), 0, 0, [])


def test_where_there_is_no_room_at_all_the_rest_waits() -> None:
    held, none, some = deque(readings(8)), Small(0), Small(3)
    offer(none, held, 500, Tally("opcua"))
    assert (none.sizes, len(held)) == ([8, 4, 2, 1], 8)
    offer(some, held, 500, Tally("opcua"))
    assert (some.sizes, len(held)) == ([8, 4, 2, 2, 2, 2], 0)
