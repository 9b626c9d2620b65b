import gc
import time
from functools import partial

import pytest

from benchmarks.records import machines
from benchmarks.timing import Bench, Way, compare, compare_calls, grow, wall_seconds

TWO = Bench(pairs=2)


def work(milliseconds: float) -> None:
    end = time.process_time() + milliseconds / 1000
    while time.process_time() < end:
        pass


def test_a_ratio_is_of_seconds_for_each_unit() -> None:
    row = compare("working", Way(partial(work, 40)), Way(partial(work, 20), units=2), TWO)
    assert row.ratio == pytest.approx(4, rel=0.3)
    assert row.min <= row.ratio <= row.max
    assert (row.name, row.unit) == ("working", "times faster")


def test_a_ratio_of_calls_is_of_their_medians() -> None:
    row = compare_calls("calls", partial(work, 4), partial(work, 1), Bench(pairs=2, share=0.05))
    assert row.ratio == pytest.approx(4, rel=0.4)


def test_growth_is_in_units_of_the_first() -> None:
    first, second = grow(["x1", "x3"], [partial(work, 10), partial(work, 30)], TWO)
    assert (first.ratio, first.min, first.max) == (1, 1, 1)
    assert second.ratio == pytest.approx(3, rel=0.3)


def test_no_garbage_is_collected_while_the_clock_runs() -> None:
    seen: list[bool] = []

    def look() -> None:
        seen.append(gc.isenabled())
        work(30)

    compare("garbage", Way(look), Way(look), TWO)
    assert seen[0]  # warming up
    assert not seen[-1]
    assert gc.isenabled()


def test_every_fleet_has_as_many_windows() -> None:
    assert {len(machines(2_000, sensors=3, assets=n)) for n in (1, 10, 1_000)} == {2_000}


def test_waiting_for_others_does_not_count() -> None:
    def interrupted() -> None:
        time.sleep(0.05)
        work(20)

    row = compare("interrupted", Way(interrupted), Way(partial(work, 20)), TWO)
    assert row.ratio == pytest.approx(1, rel=0.2)
    assert wall_seconds(interrupted) > 0.06
