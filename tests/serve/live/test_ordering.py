import json
from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest

from matts.domain import State
from matts.serve.live.ordering import Ordering
from matts.serve.live.reading import Reading
from matts.serve.live.settings import LiveSettings


def reading(time: float, asset: str = "a", received: float | None = None, **more: Any) -> Reading:
    return Reading(asset, time, {"f": 0.0}, received=time if received is None else received, **more)


def told(ordering: Ordering, readings: Sequence[Reading]) -> list[tuple[float, str]]:
    return [(each.reading.time, each.dropped) for each in ordering.take(readings)]


def test_without_a_wait_each_has_its_turn_at_once() -> None:
    given = [reading(t) for t in (1, 2, 2, 1.5, 3)]
    assert told(Ordering(LiveSettings()), given) == [
        (1, ""),
        (2, ""),
        (2, "duplicate"),
        (1.5, "late"),
        (3, ""),
    ]


def test_a_wait_puts_readings_in_the_order_of_their_time() -> None:
    ordering = Ordering(LiveSettings(wait=2))
    given = [reading(t, received=0) for t in (1, 3, 2, 2, 5, 4, 0.5)]
    assert told(ordering, given) == [
        (1, ""),
        (2, "duplicate"),
        (2, ""),
        (3, ""),
        (0.5, "late"),
    ]
    assert [each.reading.time for each in ordering.flush()] == [4, 5]
    assert list(ordering.flush()) == []


def test_a_silent_asset_waits_no_longer_than_it_has_to() -> None:
    ordering = Ordering(LiveSettings(wait=2))
    assert told(ordering, [reading(1, "a"), reading(2.9, "b")]) == []
    assert told(ordering, [reading(3.1, "c")]) == [(1, "")]
    assert told(ordering, [reading(9, "c")]) == [(3.1, ""), (2.9, "")]


def test_no_more_than_so_many_wait() -> None:
    ordering = Ordering(LiveSettings(wait=1000, held=3))
    given = [reading(t, received=0) for t in (5, 4, 3, 2, 1)]
    assert told(ordering, given) == [(2, ""), (1, "late")]


@pytest.mark.parametrize("wait", [0, 5])
def test_the_end_of_a_unit_releases_it_and_the_next_reading_begins_anew(wait: float) -> None:
    ordering = Ordering(LiveSettings(wait=wait))
    given = [reading(1), reading(2, end=True), reading(3), reading(4)]
    turns = [*ordering.take(given), *ordering.flush()]
    assert [(each.reading.time, each.breaks) for each in turns] == [
        (1, True),
        (2, False),
        (3, True),
        (4, False),
    ]


def test_a_gap_begins_anew_only_where_it_is_asked_for() -> None:
    times = [0.0, 1, 2, 10, 11]
    for gap, breaks in ((None, [True] + [False] * 4), (5, [True, False, False, True, False])):
        turns = Ordering(LiveSettings(gap=gap)).take([reading(t) for t in times])
        assert [each.breaks for each in turns] == breaks


def test_a_forgotten_asset_may_begin_with_any_time() -> None:
    ordering = Ordering(LiveSettings())
    told(ordering, [reading(9), reading(9, "b")])
    ordering.forget("a")
    assert told(ordering, [reading(1), reading(1, "b")]) == [(1, ""), (1, "late")]


def test_it_goes_on_from_its_state_whatever_the_batches() -> None:
    rng = np.random.default_rng(0)
    times = np.arange(200) + rng.normal(size=200) * 3
    names = rng.choice(["a", "b", "c"], 200)
    given = [
        reading(time, name, float(place))
        for place, (time, name) in enumerate(zip(times.tolist(), names.tolist(), strict=True))
    ]
    settings = LiveSettings(wait=4, held=5)
    whole = told(Ordering(settings), given)
    ordering, parts = Ordering(settings), []
    for start in range(0, 200, 7):
        parts += told(ordering, given[start : start + 7])
        state = ordering.state()
        ordering = Ordering(settings)
        ordering.restore(State({}, json.loads(json.dumps(state.config))))
    assert parts == whole
    assert {note for _, note in whole} == {"", "late"}
