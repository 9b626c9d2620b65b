"""What a plant does to a service: full disks, wrong clocks, other models, and settings."""

import resource
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from benchmarks.control_room import wait_for
from matts.serve.alarms.actions import Action
from matts.serve.alarms.alarm import Signal
from matts.serve.alarms.settings import AlarmSettings, PointSettings, Span
from matts.serve.live.reading import Reading
from matts.serve.live.settings import LiveSettings
from matts.serve.service.entries import TICK, Entry
from matts.serve.service.fold import Fold
from matts.serve.service.journal import Journal
from matts.serve.service.service import Service
from matts.serve.settings import ServeSettings, ServiceSettings
from matts.serve.sources.source import Busy
from tests.plants import Plant, live, table_of, trained

VALUES = dict.fromkeys("abcde", 20.0) | {"product": 1.0}
NEVER = 1_000_000


@pytest.fixture(scope="module")
def plant() -> Plant:
    return trained("raw", {})


def opened(plant: Plant, path: Path, alarms: AlarmSettings | None = None, **own: Any) -> Service:
    service = ServiceSettings(durable=False, snapshot_entries=NEVER, **own)
    settings = ServeSettings(service=service, alarms=alarms or AlarmSettings())
    return Service.open(plant.deployment, settings, path)


def told(service: Service) -> tuple[Any, ...]:
    """All that operators can ask for."""
    asked = service.questions
    return asked.alarms("", "", NEVER), asked.audit(), asked.labels(), asked.completed(NEVER)


@contextmanager
def no_room() -> Iterator[None]:
    """Files cannot grow: the disk is full when SQLite commits."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_a_full_disk_loses_and_doubles_nothing(plant: Plant, tmp_path: Path) -> None:
    rows = live("a", table_of(7, 200), plant.deployment.inputs)
    calm = opened(plant, tmp_path / "calm.db")
    for part in (rows[:100], rows[100:]):
        calm.accept(part)
    calm.engine.run_pending()
    service = opened(plant, tmp_path / "full.db", tick_seconds=3600)
    service.accept(rows[:100])
    with no_room():
        service.begin()
        with pytest.raises(Busy, match="cannot be written now"):
            service.accept(rows[100:])
        wait_for(lambda: bool(service.engine.failing))
        with pytest.raises(Busy, match="cannot be written now"):
            service.act(Action("mode", "Ann", 1.0, asset="a"))
        assert service.engine.number == 0
    assert service.accept(rows[100:]).accepted == 100
    wait_for(lambda: service.engine.lag == 0)
    assert told(service) == told(calm)
    assert told(calm)[0][1] > 0
    service.close()
    calm.close()


def test_a_tick_that_cannot_be_written_ends_no_thread(plant: Plant, tmp_path: Path) -> None:
    service = opened(plant, tmp_path / "a.db", tick_seconds=0.02)
    with no_room():
        service.begin()
        wait_for(lambda: bool(service.engine.failing))
    wait_for(lambda: service.journal.last > 1)
    assert service.engine.thread is not None
    assert service.engine.thread.is_alive()
    service.close()


def test_a_full_disk_keeps_no_service_from_closing(plant: Plant, tmp_path: Path) -> None:
    rows = live("a", table_of(7, 50), plant.deployment.inputs)
    service = opened(plant, tmp_path / "a.db", tick_seconds=3600)
    service.accept(rows)
    with no_room():
        service.begin()
        wait_for(lambda: bool(service.engine.failing))
        service.close()
    again = opened(plant, tmp_path / "a.db")
    assert again.engine.run_pending() == 50
    assert again.engine.fold.board.rows["a"].readings == 50
    again.close()


def test_other_settings_leave_no_alarm_that_the_book_does_not_know(
    plant: Plant, tmp_path: Path
) -> None:
    service = opened(plant, tmp_path / "a.db")
    service.accept(live("a", table_of(7, 200), plant.deployment.inputs))
    service.engine.run_pending()
    assert told(service)[0][1] > 0
    service.journal.close()  # as after a kill: no snapshot
    never = PointSettings(on_delay=Span(readings=NEVER), at_once=None)
    deaf = AlarmSettings(anomaly=never, quality=never, drift=never)
    again = opened(plant, tmp_path / "a.db", deaf)
    again.engine.run_pending()
    assert told(again) == (([], 0), [], [], [])
    again.close()


def test_drift_that_other_models_do_not_see_returns(plant: Plant) -> None:
    fold = Fold(plant.deployment, ServeSettings())
    fold.board.row("a").kinds = {"error": "drift"}
    fold.board.row("a").last_time = 5.0
    fold.book.hear([Signal("a", 5.0, 1, "drift", 1.0, 1.0)])
    states = fold.state()
    same, other = (Fold(plant.deployment, ServeSettings()) for _ in range(2))
    same.restore(states, same_models=True)
    other.restore(states, same_models=False)
    for each, standing in ((same, True), (other, False)):
        each.take([Entry(2, TICK, 6.0)])
        assert [a.returned is None for a in each.book.alarms if a.key == "drift"] == [standing]


def ticked(fold: Fold, *times: float) -> list[bool]:
    """Whether the asset is silent after each tick."""
    found = []
    for number, moment in enumerate(times, 10):
        fold.take([Entry(number, TICK, moment)])
        found.append(fold.board.rows["a"].silent)
    return found


def heard(plant: Plant, received: float, **live_settings: Any) -> Fold:
    settings = ServeSettings(live=LiveSettings(**live_settings))  # silent after 60 s, ticks of 5
    fold = Fold(plant.deployment, settings)
    what = Reading("a", 1.0, VALUES, 1, received)
    fold.take([Entry(1, 0, received, what)])
    return fold


def test_silence_is_that_of_the_asset_not_of_the_service(plant: Plant) -> None:
    assert ticked(heard(plant, 100.0), 105, 159, 160) == [False, False, True]
    away = heard(plant, 100.0)
    assert ticked(away, 105) == [False]
    again = Fold(plant.deployment, ServeSettings())
    again.restore(away.state(), same_models=True)
    assert ticked(again, 9000, 9059, 9060) == [False, False, True]


def test_a_clock_set_back_hides_no_silence(plant: Plant) -> None:
    assert ticked(heard(plant, 9000.0), 9005, 100, 159, 160) == [False, False, False, True]


def test_an_asset_of_which_nothing_is_judged_yet_can_be_silent(
    plant: Plant, tmp_path: Path
) -> None:
    settings = ServeSettings(live=LiveSettings(wait=600.0))
    service = Service.open(plant.deployment, settings, tmp_path / "a.db")
    service.accept([Reading("a", 1000.0, VALUES, received=1000.0)])
    service.journal.append_tick(1100.0)
    service.engine.run_pending()
    alarm = told(service)[0][0][0]
    assert (alarm["key"], alarm["raised"]) == ("silent", 1100.0)
    service.close()


def test_a_silent_asset_is_told_once(plant: Plant) -> None:
    fold = heard(plant, 100.0)
    ticked(fold, 105, 165)
    assert not fold.take([Entry(20, TICK, 170.0)]).alarms


def test_reset_keeps_what_is_suppressed_by_design_and_tells_who(
    plant: Plant, tmp_path: Path
) -> None:
    service = opened(plant, tmp_path / "a.db")
    service.accept([Reading("a", 1.0, VALUES, received=1.0)])
    service.engine.run_pending()
    service.act(Action("mode", "Ann", 2.0, asset="a", mode="maintenance"))
    service.reset("Ben")
    assert service.engine.fold.book.mode("a") == "maintenance"
    assert service.engine.fold.board.rows["a"].mode == "maintenance"
    assert [(r["kind"], r["who"]) for r in told(service)[1]] == [("mode", "Ann"), ("reset", "Ben")]
    service.close()


def test_a_clock_that_was_wrong_takes_no_history_with_it(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "a.db", durable=False)
    for number, received in enumerate([1.0, 2.0, 100.0, 3.0, 101.0]):  # 3.0: for a while
        journal.append([Reading("a", float(number), VALUES, received=received)])
    with journal.write():
        journal.prune(folded=5, keep=1000, oldest=50.0)
    assert [each.received for each in journal.after(0, 9)] == [100.0, 3.0, 101.0]
    journal.close()


def test_an_action_that_breaks_the_fold_is_refused(
    plant: Plant, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    service = opened(plant, tmp_path / "a.db")
    service.accept([Reading("a", 1.0, VALUES, received=1.0)])

    def broken(*_: Any) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("matts.serve.alarms.book.AlarmBook.act", broken)
    with pytest.raises(Exception, match="could not do this: ZeroDivisionError"):
        service.act(Action("mode", "Ann", 2.0, asset="a"))
    monkeypatch.undo()
    service.act(Action("mode", "Ann", 3.0, asset="a"))
    service.close()


def test_a_retrained_champion_goes_on_with_the_alarms(plant: Plant, tmp_path: Path) -> None:
    service = opened(plant, tmp_path / "a.db", tick_seconds=3600)
    service.begin()
    service.accept(live("a", table_of(7, 200), plant.deployment.inputs))
    wait_for(lambda: service.engine.lag == 0)
    before = told(service)
    service.close()
    other = replace(plant, deployment=replace(plant.deployment, version="another"))
    again = opened(other, tmp_path / "a.db")
    again.engine.run_pending()
    assert told(again) == before
    assert before[0][1] > 0
    again.close()
