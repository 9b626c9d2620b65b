"""Two ways to the same numbers, timed in turn: a ratio holds on a busy machine, seconds do not."""

import gc
import math
import os
import platform
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

Work = Callable[[], Any]

SHORTEST = 0.05  # seconds that one repetition takes at least
CALLS = 400  # of which the median call is taken


@dataclass(frozen=True)
class Bench:
    """How thoroughly to measure: pairs of repetitions, and the share of the usual work."""

    pairs: int = 7
    share: float = 1.0

    def of(self, amount: int) -> int:
        """That share of an amount of work.

        >>> Bench(share=0.1).of(2000)
        200
        """
        return max(round(amount * self.share), 1)


@dataclass(frozen=True)
class Way:
    """One way to do something, and how many steps or windows one call gets done."""

    work: Work
    units: float = 1.0


@dataclass(frozen=True)
class Ratio:
    """The median of the pairs' ratios, and the lowest and the highest of them."""

    name: str
    ratio: float
    min: float
    max: float
    unit: str
    machine: str


def compare(name: str, slow: Way, fast: Way, bench: Bench) -> Ratio:
    """How many times faster the second way is per unit, over alternating repetitions."""
    ways = (slow, fast)
    repeats = [enough(way.work) for way in ways]  # the first call warms up, and is not counted
    pairs = []
    with no_garbage():
        for _ in range(bench.pairs):
            slow_time, fast_time = (
                seconds(way.work, n) / way.units for way, n in zip(ways, repeats, strict=True)
            )
            pairs.append(slow_time / fast_time)
    return ratio_of(name, pairs, "times faster")


def compare_calls(name: str, slow: Work, fast: Work, bench: Bench) -> Ratio:
    """The same of the median call (p50), for work of microseconds that comes one by one."""
    slow(), fast()
    with no_garbage():
        pairs = [p50(slow, bench) / p50(fast, bench) for _ in range(bench.pairs)]
    return ratio_of(name, pairs, "times faster at p50")


def grow(names: Sequence[str], works: Sequence[Work], bench: Bench) -> list[Ratio]:
    """What each work costs in units of the first, all of them in turn."""
    repeats = [enough(work) for work in works]
    with no_garbage():
        rounds = [list(map(seconds, works, repeats)) for _ in range(bench.pairs)]
    return [
        ratio_of(name, [costs[place] / costs[0] for costs in rounds], "times the first")
        for place, name in enumerate(names)
    ]


def ratio_of(name: str, pairs: Sequence[float], unit: str) -> Ratio:
    """Median, lowest and highest."""
    return Ratio(name, float(np.median(pairs)), min(pairs), max(pairs), unit, machine())


def enough(work: Work) -> int:
    """How often to repeat for `SHORTEST` seconds, judged by the second call."""
    work()
    return math.ceil(SHORTEST / max(seconds(work), 1e-9))


def seconds(work: Work, repeats: int = 1) -> float:
    """What the processor works for one call, the mean of some in a row; waiting does not count."""
    started = time.process_time()
    for _ in range(repeats):
        work()
    return (time.process_time() - started) / repeats


def p50(work: Work, bench: Bench) -> float:
    """What the processor works for the median call."""
    return float(np.median([seconds(work) for _ in range(bench.of(CALLS))]))


def wall_seconds(work: Work) -> float:
    """How long one call takes by the clock on the wall, for work of several processes."""
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


@contextmanager
def no_garbage() -> Iterator[None]:
    """Collect garbage now, and not while the clock runs."""
    gc.collect()
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def machine() -> str:
    """What it was measured on."""
    return f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}"


def as_json(rows: Sequence[Ratio]) -> list[dict[str, Any]]:
    """The rows as results.json holds them."""
    return [asdict(row) for row in rows]
