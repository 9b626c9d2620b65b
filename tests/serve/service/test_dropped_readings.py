"""Readings that nothing is made of: told, and taken for nothing else."""

import json

import numpy as np
import pytest

from matts.domain import State
from matts.serve.live.reading import Reading
from matts.serve.service.entries import READING, TICK, Entry
from matts.serve.service.fold import Fold
from matts.serve.settings import ServeSettings
from tests.plants import live, table_of, trained


@pytest.fixture
def fold() -> Fold:
    return Fold(trained("raw", {}).deployment, ServeSettings())


def take(fold: Fold, readings: list[Reading], first: int) -> None:
    """Fold readings in pieces of seven."""
    numbered = [each._replace(number=first + k) for k, each in enumerate(readings)]
    for start in range(0, len(numbered), 7):
        fold.take([Entry(each.number, READING, 0.0, each) for each in numbered[start : start + 7]])


def readings_of(fold: Fold, start: float) -> list[Reading]:
    found = live("mill", table_of(7, 40), fold.deployment.inputs)
    return [each._replace(time=each.time + start) for each in found]


def test_what_comes_late_is_no_drift_and_an_alarm_of_its_own(fold: Fold) -> None:
    """A clock that goes back years leaves an asset without a judge: somebody must know."""
    usual = readings_of(fold, 1e9)
    take(fold, usual, 1)
    before = fold.drift.status()["mill"]
    take(fold, [each._replace(time=each.time - 5e8) for each in usual], 100)
    assert fold.drift.status()["mill"] == before
    [alarm] = [each for each in fold.book.alarms if each.key == "quality"]
    assert "clock" in alarm.text
    assert alarm.raised == usual[-1].time  # not in the past, where nobody would look
    take(fold, readings_of(fold, 1e9 + 100), 200)
    assert all(each.returned for each in fold.book.alarms if each.key == "quality")
    assert fold.drift.status()["mill"] != before


def test_one_that_comes_late_is_no_alarm(fold: Fold) -> None:
    usual = readings_of(fold, 1e9)
    take(fold, [*usual, usual[5], *readings_of(fold, 1e9 + 100)], 1)
    assert not [each for each in fold.book.alarms if each.key == "quality"]


def test_one_that_has_no_place_is_not_watched_for_drift() -> None:
    settings = ServeSettings.model_validate({"live": {"assets": 1}})
    fold = Fold(trained("raw", {}).deployment, settings)
    usual = readings_of(fold, 0)
    take(fold, [usual[0], *(usual[0]._replace(asset=f"{k}") for k in range(20))], 1)
    assert list(fold.drift.status()) == ["mill"]


def test_units_that_have_ended_make_room_and_the_fold_is_the_same_however_it_is_cut() -> None:
    settings = ServeSettings.model_validate({"live": {"assets": 2}})
    deployment = trained("raw", {}).deployment
    usual = readings_of(Fold(deployment, settings), 0)
    names = ["u1", "u2", "u3", "u1"]
    given = [
        part
        for k, each in enumerate(usual)
        for part in (
            each._replace(asset="long"),
            each._replace(asset=names[k // 10], end=k % 10 == 9, received=each.time + 1),
        )
    ]
    whole, singly = Fold(deployment, settings), Fold(deployment, settings)
    numbered = [each._replace(number=k) for k, each in enumerate(given, 1)]
    entries = [Entry(each.number, READING, 0.0, each) for each in numbered]
    judged = whole.take(entries).judged
    for entry in entries:
        singly.take([entry])
    assert not [each.note for each in judged if each.dropped]
    assert sorted(whole.board.rows) == sorted(whole.drift.status()) == ["long", "u1"]
    assert whole.board.state() == singly.board.state()
    assert whole.drift.status() == singly.drift.status()
    assert whole.panel.places.slots == singly.panel.places.slots


def test_a_fold_goes_on_from_its_state_to_the_last_bit(fold: Fold) -> None:
    take(fold, readings_of(fold, 0), 1)
    twin = Fold(fold.deployment, fold.settings)
    told = {k: State(s.arrays, json.loads(json.dumps(s.config))) for k, s in fold.state().items()}
    twin.restore(told, same_models=True)
    for each in (fold, twin):
        take(each, readings_of(each, 100), 100)
    for name, state in fold.state().items():
        assert state.config == twin.state()[name].config
        for key, array in state.arrays.items():
            np.testing.assert_array_equal(array, twin.state()[name].arrays[key])


def test_what_waits_is_judged_though_nothing_else_comes() -> None:
    """The last readings before a machine stands still may be those that matter."""
    settings = ServeSettings.model_validate({"live": {"wait": 10}})
    fold = Fold(trained("raw", {}).deployment, settings)
    usual = [each._replace(received=each.time) for each in readings_of(fold, 0)]
    take(fold, usual, 1)
    waiting = len(fold.panel.ordering.lines["mill"].waiting)
    assert waiting >= 10
    assert not fold.take([Entry(100, TICK, usual[-waiting].time + 9)]).judged
    out = fold.take([Entry(101, TICK, usual[-1].time + 10)])
    assert [each.number for each in out.judged] == [
        *range(len(usual) - waiting + 1, len(usual) + 1)
    ]
    assert np.isfinite([each.scores["matts"] for each in out.judged]).all()
