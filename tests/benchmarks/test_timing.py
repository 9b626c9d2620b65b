import gc
import time
from functools import partial

import pytest

from benchmarks.records import machines
from benchmarks.timing import Bench, Way, compare, compare_calls, grow

TWO = Bench(pairs=2)


def wait(milliseconds: float) -> None:
    time.sleep(milliseconds / 1000)


def test_a_ratio_is_of_seconds_for_each_unit() -> None:
    row = compare("waiting", Way(partial(wait, 40)), Way(partial(wait, 20), units=2), TWO)
    assert row.ratio == pytest.approx(4, rel=0.3)
    assert row.min <= row.ratio <= row.max
    assert (row.name, row.unit) == ("waiting", "times faster")


def test_a_ratio_of_calls_is_of_their_medians() -> None:
    row = compare_calls("calls", partial(wait, 4), partial(wait, 1), Bench(pairs=2, share=0.05))
    assert row.ratio == pytest.approx(4, rel=0.4)


def test_growth_is_in_units_of_the_first() -> None:
    first, second = grow(["x1", "x3"], [partial(wait, 10), partial(wait, 30)], TWO)
    assert (first.ratio, first.min, first.max) == (1, 1, 1)
    assert second.ratio == pytest.approx(3, rel=0.3)


def test_no_garbage_is_collected_while_the_clock_runs() -> None:
    seen: list[bool] = []

    def look() -> None:
        seen.append(gc.isenabled())
        wait(30)

    compare("garbage", Way(look), Way(look), TWO)
    assert seen[0]  # warming up
    assert not seen[-1]
    assert gc.isenabled()


def test_every_fleet_has_as_many_windows() -> None:
    assert {len(machines(2_000, sensors=3, assets=n)) for n in (1, 10, 1_000)} == {2_000}
