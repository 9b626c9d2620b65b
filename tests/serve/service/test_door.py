"""How many assets there may be: the door and the fold agree, and nobody is left out in silence."""

from itertools import chain
from pathlib import Path
from typing import Any

import pytest

from matts.serve.live.judged import CROWDED
from matts.serve.live.reading import Reading
from matts.serve.service.outputs import Outputs
from matts.serve.service.service import Service
from matts.serve.settings import ServeSettings, ServiceSettings
from matts.serve.sources.source import Busy
from tests.plants import Plant, trained

VALUES = dict.fromkeys("abcde", 20.0) | {"product": 1.0}


@pytest.fixture(scope="module")
def plant() -> Plant:
    return trained("raw", {})


def opened(plant: Plant, path: Path, assets: int, **own: Any) -> Service:
    service = ServiceSettings(durable=False, tick_seconds=3600, **own)
    settings = ServeSettings.model_validate({"live": {"assets": assets}, "service": service})
    return Service.open(plant.deployment, settings, path)


def unit(name: str, first: float, count: int = 3) -> list[Reading]:
    """A few readings of a unit, the last of which ends it."""
    times = [first + k for k in range(count)]
    return [Reading(name, t, VALUES, received=t, end=t == times[-1]) for t in times]


def fold(service: Service) -> list[str]:
    """Fold what waits: the notes of what nothing is made of."""
    notes: list[str] = []

    def listen(out: Outputs) -> None:
        notes.extend(each.note for each in out.judged if each.dropped)

    service.engine.listeners.append(listen)
    service.engine.run_pending()
    service.engine.listeners.remove(listen)
    return notes


def test_new_assets_of_one_request_are_counted(plant: Plant, tmp_path: Path) -> None:
    service = opened(plant, tmp_path / "a.db", assets=3)
    came = service.accept([Reading(f"m{k}", 1.0, VALUES) for k in range(10)])
    assert (came.accepted, [k for k, _ in came.errors]) == (3, list(range(3, 10)))
    assert came.errors[0][1] == "there may be 3 assets, got one more"
    assert (service.status()["crowded"], service.engine.counters.wrong) == (7, 0)
    assert fold(service) == []
    service.close()


@pytest.mark.parametrize("together", [True, False])
def test_any_number_of_units_may_come_one_after_the_other(
    plant: Plant, tmp_path: Path, together: bool
) -> None:
    service = opened(plant, tmp_path / "a.db", assets=2)
    given = [unit(f"serial {k}", 10.0 * k) for k in range(12)]
    for part in [[*chain(*given)]] if together else given:
        assert service.accept(part).errors == []
    assert fold(service) == []
    assert len(service.engine.fold.board.rows) == len(service.hub.rows) == 2
    assert service.engine.fold.panel.places.slots == service.door.places.slots
    service.close()


def test_after_a_restart_the_door_knows_who_is_under_way(plant: Plant, tmp_path: Path) -> None:
    service = opened(plant, tmp_path / "a.db", assets=2, snapshot_entries=4)
    service.accept([*unit("done", 1.0), Reading("first", 1.0, VALUES)])
    service.engine.run_pending()  # a snapshot
    service.accept([Reading("second", 1.0, VALUES)])  # not folded
    service.journal.close()  # as after a kill
    again = opened(plant, tmp_path / "a.db", assets=2)
    [(_, wrong)] = again.accept([Reading("third", 1.0, VALUES)]).errors
    assert "2 assets" in wrong
    assert again.accept(unit("first", 2.0)).errors == []
    assert again.accept([Reading("third", 1.0, VALUES)]).errors == []
    assert fold(again) == []
    assert again.engine.fold.panel.places.slots == again.door.places.slots
    again.close()


def test_after_a_reset_every_place_is_free(plant: Plant, tmp_path: Path) -> None:
    service = opened(plant, tmp_path / "a.db", assets=1)
    service.accept([Reading("a", 1.0, VALUES)])
    service.reset()
    assert service.accept([Reading("b", 1.0, VALUES)]).errors == []
    assert fold(service) == []
    service.close()


def test_what_could_not_be_kept_takes_no_place(plant: Plant, tmp_path: Path) -> None:
    service = opened(plant, tmp_path / "a.db", assets=1, waiting=1)
    with pytest.raises(Busy):
        service.accept([Reading("a", 1.0, VALUES), Reading("a", 2.0, VALUES)])
    assert service.accept([Reading("b", 1.0, VALUES)]).accepted == 1
    service.close()


def test_one_that_slipped_in_is_counted_where_it_is_not_judged(
    plant: Plant, tmp_path: Path
) -> None:
    service = opened(plant, tmp_path / "a.db", assets=1)
    service.journal.append([Reading("a", 1.0, VALUES), Reading("b", 1.0, VALUES)])
    assert fold(service) == [CROWDED]
    assert service.status()["crowded"] == 1
    service.close()
