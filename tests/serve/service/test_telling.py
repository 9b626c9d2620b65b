"""What those who listen are told: each reading once, a reset, a flood that begins and ends."""

import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from matts.serve.live.panel import Panel
from matts.serve.live.reading import Reading
from matts.serve.service import engine
from matts.serve.service.hub import Message
from matts.serve.service.service import Service
from matts.serve.settings import ServeSettings, ServiceSettings
from tests.plants import Plant, live, table_of, trained


@pytest.fixture(scope="module")
def plant() -> Plant:
    return trained("raw", {})


@pytest.fixture
def service(plant: Plant, tmp_path: Path) -> Iterator[Service]:
    """Somebody listens, and no snapshot is kept."""
    steady = ServiceSettings(durable=False, snapshot_entries=1_000_000, batch=4)
    opened = Service.open(plant.deployment, ServeSettings(service=steady), tmp_path / "a.db")
    opened.hub.listened = True
    yield opened
    opened.close()


def heard(service: Service) -> list[Message]:
    return service.hub.collect(frozenset({"a"}))[1]


def times_of(messages: list[Message]) -> list[float]:
    return [time for event, _, tree in messages if event == "readings" for time in tree["times"]]


def readings_of(plant: Plant) -> list[Reading]:
    return live("a", table_of(7, 60), plant.deployment.inputs)


def test_a_poisoned_reading_tells_none_before_it_again(
    service: Service, plant: Plant, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = Panel.judge

    def judge(self: Panel, given: list[Reading]) -> Any:
        if any(each.time == 41.0 for each in given):
            raise ZeroDivisionError
        return whole(self, given)

    monkeypatch.setattr(Panel, "judge", judge)
    found = list[float]()
    for each in readings_of(plant):
        service.accept([each])
        service.engine.run_pending()
        found += times_of(heard(service))
    assert found == [each.time for each in readings_of(plant)]
    assert service.engine.counters.failed == 1


def test_a_write_that_failed_tells_each_reading_once(
    service: Service, plant: Plant, monkeypatch: pytest.MonkeyPatch
) -> None:
    readings = readings_of(plant)
    service.accept(readings[:30])
    service.engine.run_pending()
    found = times_of(heard(service))
    with monkeypatch.context() as broken:

        def full(*_: Any) -> None:
            msg = "database or disk is full"
            raise sqlite3.OperationalError(msg)

        broken.setattr(engine, "write_outputs", full)
        service.accept(readings[30:])
        with pytest.raises(sqlite3.OperationalError):
            service.engine.run_pending()
        assert not times_of(heard(service))
    service.engine.run_pending()
    found += times_of(heard(service))
    assert found == [each.time for each in readings]


def test_a_reset_is_told_with_who_did_it_before_what_came_after(
    service: Service, plant: Plant
) -> None:
    readings = readings_of(plant)
    service.accept(readings[:30])
    service.engine.run_pending()
    heard(service)
    service.reset("Ben")
    service.accept([each._replace(time=each.time + 1000) for each in readings])
    service.engine.run_pending()
    messages = [(event, tree) for event, _, tree in heard(service) if event in ("reset", "alarm")]
    assert messages[0] == ("reset", {"who": "Ben"})
    assert [event for event, _ in messages].count("reset") == 1
    assert len(messages) > 1


def flooded(plant: Plant, path: Path) -> Service:
    """Two alarms within a hundred seconds are a flood; only readings that say nothing alarm."""
    alarms = {"flood": {"most": 1, "few": 1, "seconds": 100.0}}
    settings = {"alarms": alarms, "service": {"durable": False, "silent_seconds": 10.0}}
    service = Service.open(plant.deployment, ServeSettings.model_validate(settings), path)
    service.hub.listened = True
    return service


def test_a_flood_is_told_when_it_begins_and_when_it_ends(plant: Plant, tmp_path: Path) -> None:
    service = flooded(plant, tmp_path / "a.db")
    calm = {"a": 20.0, "b": 20.0, "c": 20.0, "d": 20.0, "e": 20.0, "product": 1.0}
    service.accept([Reading(name, 100.0, calm, received=100.0) for name in "abc"])
    service.journal.append_tick(111.0)
    service.engine.run_pending()
    told = [(tree["id"], tree["flood"]) for event, _, tree in heard(service) if event == "alarm"]
    assert told == [(1, True), (2, True), (3, True)]
    service.accept([Reading("d", 300.0, calm, received=111.0)])
    service.engine.run_pending()
    told = [(tree["id"], tree["flood"]) for event, _, tree in heard(service) if event == "alarm"]
    assert told == [(3, False)]
    service.accept([Reading("d", 301.0, calm, received=111.0)])
    service.engine.run_pending()
    assert not [event for event, _, _ in heard(service) if event == "alarm"]
    service.close()
