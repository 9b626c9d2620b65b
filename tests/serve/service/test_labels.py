"""A label goes with its alarm, from the first alert to the last, however the journal is folded."""

import json
from pathlib import Path
from typing import Any

import pytest

from matts.domain import State
from matts.serve.alarms.actions import Action
from matts.serve.live.reading import Reading
from matts.serve.service.entries import ACTION, READING, RESET, Entry
from matts.serve.service.fold import Fold
from matts.serve.service.service import Service
from matts.serve.settings import ServeSettings, ServiceSettings
from tests.plants import Plant, live, table_of, trained

ODD = (range(60, 100), range(120, 140))  # besides the faults of the table
LATER = [
    (55.0, 99.0),
    (115.0, 139.0),
    (155.0, 159.0),
]  # comings that the verdict did not know whole
NEVER = 1_000_000


@pytest.fixture(scope="module")
def plant() -> Plant:
    return trained("raw", {})


def readings_of(plant: Plant) -> list[Reading]:
    """A machine with two stretches that are odd all along."""
    table = table_of(7, 180)
    table.loc[[row for odd in ODD for row in odd], list("ab")] += 20.0
    table = table.drop(columns="product").assign(product=1.0)
    return [
        each._replace(number=n)
        for n, each in enumerate(live("a", table, plant.deployment.inputs), 1)
    ]


def said(alarm: int, time: float, number: int = 0) -> Action:
    return Action("feedback", "Ann", time, number, alarm, verdict="confirmed", fault="Leak")


def entries_of(plant: Plant, alarm: int) -> list[Entry]:
    """The alarm of the first stretch is confirmed at its third reading."""
    readings = readings_of(plant)
    first, rest = readings[:63], readings[63:]
    return [
        *(Entry(r.number, READING, r.time, r) for r in first),
        Entry(64, ACTION, 63.0, said(alarm, 63.0, 64)),
        *(Entry(r.number + 1, READING, r.time, r._replace(number=r.number + 1)) for r in rest),
    ]


def odd_alarm(plant: Plant) -> int:
    """The number of the alarm that stands at the third odd reading."""
    fold = Fold(plant.deployment, ServeSettings())
    fold.take([Entry(r.number, READING, r.time, r) for r in readings_of(plant)[:63]])
    [alarm] = [a.id for a in fold.book.alarms if a.key == "anomaly" and a.last == 62.0]
    return alarm


def spans(labels: list[dict[str, Any]]) -> list[tuple[float, float]]:
    return [(row["first"], row["last"]) for row in labels]


def truth(fold: Fold, alarm: int) -> list[tuple[float, float]]:
    """From the first alert to the last of each coming, by the book."""
    found = fold.book.alarm(alarm)
    return [*found.earlier, (found.began, found.last)]


@pytest.mark.parametrize("size", [1, 7, NEVER])
def test_a_label_reaches_to_the_last_alert_of_each_coming(plant: Plant, size: int) -> None:
    alarm = odd_alarm(plant)
    entries, fold = entries_of(plant, alarm), Fold(plant.deployment, ServeSettings())
    for start in range(0, len(entries), size):
        out = fold.take(entries[start : start + size])
        if out.number > 64:
            assert spans(fold.feedback.labels()) == truth(fold, alarm)
    assert spans(fold.feedback.labels())[-3:] == LATER


def test_a_label_goes_on_after_a_snapshot_even_of_before(plant: Plant) -> None:
    """A snapshot that was kept with the span of the verdict is made good by the book."""
    alarm = odd_alarm(plant)
    entries, fold = entries_of(plant, alarm), Fold(plant.deployment, ServeSettings())
    fold.take(entries[:-20])
    states = fold.state()
    tree = json.loads(json.dumps(states["feedback"].config))
    tree["opinions"][0]["spans"] = [[60.0, 62.0]]
    again = Fold(plant.deployment, ServeSettings())
    again.restore(states | {"feedback": State({}, tree)}, same_models=True)
    assert again.feedback.labels() == fold.feedback.labels()
    for each in (fold, again):
        each.take(entries[-20:])
    assert again.feedback.labels() == fold.feedback.labels()


def test_a_reset_keeps_the_label_as_it_was_then(plant: Plant) -> None:
    alarm = odd_alarm(plant)
    fold = Fold(plant.deployment, ServeSettings())
    entries = entries_of(plant, alarm)[:90]
    fold.take([*entries, Entry(91, RESET, 99.0, None, "Ben")])
    assert spans(fold.feedback.labels())[-1] == (55.0, 88.0)


def test_the_labels_that_are_asked_for_follow_and_are_the_same_after_a_death(
    plant: Plant, tmp_path: Path
) -> None:
    settings = ServeSettings(service=ServiceSettings(durable=False, snapshot_entries=NEVER))
    service = Service.open(plant.deployment, settings, tmp_path / "a.db")
    alarm, readings = odd_alarm(plant), readings_of(plant)
    service.accept(readings[:63])
    service.engine.run_pending()
    service.act(said(alarm, 63.0))
    for start in range(63, 180, 11):
        service.accept(readings[start : start + 11])
        service.engine.run_pending()
        assert spans(service.questions.labels()) == truth(service.engine.fold, alarm)
    labels = service.questions.labels()
    assert labels == service.engine.fold.feedback.labels()
    service.journal.close()  # as after a kill: no snapshot
    again = Service.open(plant.deployment, settings, tmp_path / "a.db")
    assert again.questions.labels() == []
    again.engine.run_pending()
    assert again.questions.labels() == labels
    again.act(Action("undo_feedback", "Ann", 200.0, alarm=alarm))
    assert again.questions.labels() == []
    again.close()
