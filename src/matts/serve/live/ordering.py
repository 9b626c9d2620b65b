"""Readings in the order of their time: what comes too early waits, what comes too late is told."""

from bisect import insort
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from matts.domain import State
from matts.serve.live.judged import DUPLICATE, LATE
from matts.serve.live.reading import Reading
from matts.serve.live.settings import LiveSettings

NEVER = -np.inf


class Arrival(NamedTuple):
    """A reading whose turn it is, or that is dropped, and why."""

    reading: Reading
    dropped: str = ""  # why, one of `DROPPED`; empty: to be judged
    breaks: bool = False  # it begins a segment


@dataclass
class Line:
    """The readings of one asset."""

    released: float = NEVER  # the time of the last one whose turn it was
    newest: float = NEVER  # the latest time that was seen
    ended: bool = True  # whether the next one begins a segment
    waiting: list[tuple[float, Reading]] = field(default_factory=list)  # in the order of time


class Ordering:
    """Bounded re-ordering, asset by asset.

    A reading waits until one of its asset is `wait` seconds later, or any reading was received so
    much later; no more than `held` of an asset wait. Without a wait each has its turn at once.
    """

    def __init__(self, settings: LiveSettings) -> None:
        self.settings = settings
        self.lines: dict[str, Line] = {}
        self.due: dict[str, float] = {}  # the assets of which some wait, and until when

    def take(self, readings: Sequence[Reading]) -> Iterator[Arrival]:
        """The readings whose turn it is now, and those that are dropped."""
        for reading in readings:
            yield from self._take(reading)
            yield from self._release(reading.asset, reading.received)
            yield from self.release(reading.received)

    def release(self, now: float) -> Iterator[Arrival]:
        """Those that have waited long enough by the service's clock."""
        while self.due and self.due[asset := next(iter(self.due))] <= now:
            yield from self._release(asset, now)

    def _take(self, reading: Reading) -> Iterator[Arrival]:
        line = self.lines.setdefault(reading.asset, Line())
        if reading.time < line.released:
            yield Arrival(reading, LATE)
        elif reading.time == line.released or reading.time in [t for t, _ in line.waiting]:
            yield Arrival(reading, DUPLICATE)
        elif not self.settings.wait and not line.waiting:
            yield self._turn(line, reading)
        else:
            insort(line.waiting, (reading.time, reading), key=lambda each: each[0])
            line.newest = max(line.newest, reading.time)

    def _release(self, asset: str, now: float) -> Iterator[Arrival]:
        """Those of an asset that have waited long enough; until when the next one waits."""
        line, wait = self.lines[asset], self.settings.wait
        self.due.pop(asset, None)
        while line.waiting:
            time, first = line.waiting[0]
            over = len(line.waiting) > self.settings.held
            ended = any(each.end for _, each in line.waiting)
            if not (over or ended or line.newest >= time + wait or now >= first.received + wait):
                self.due[asset] = first.received + wait
                return
            line.waiting.pop(0)
            yield self._turn(line, first)

    def flush(self) -> Iterator[Arrival]:
        """All that wait, asset by asset."""
        for asset in [*self.due]:
            yield from self._release(asset, np.inf)

    def _turn(self, line: Line, reading: Reading) -> Arrival:
        """It is this reading's turn."""
        gap = self.settings.gap
        late = gap is not None and reading.time - line.released > gap
        breaks = line.ended or late
        line.released, line.ended = reading.time, reading.end
        line.newest = max(line.newest, reading.time)
        return Arrival(reading, breaks=breaks)

    def idle(self, asset: str) -> bool:
        """Whether no unit of the asset is under way."""
        line = self.lines.get(asset, Line())
        return line.ended and not line.waiting

    def newest(self) -> dict[str, float]:
        """The latest time of each asset."""
        return {name: line.newest for name, line in self.lines.items()}

    def forget(self, asset: str) -> None:
        """The asset was never seen."""
        self.lines.pop(asset, None)
        self.due.pop(asset, None)

    def state(self) -> State:
        """Where each line stands, with the readings that wait."""
        lines = {
            name: {
                "released": _finite(line.released),
                "newest": _finite(line.newest),
                "ended": line.ended,
                "waiting": [reading._asdict() for _, reading in line.waiting],
            }
            for name, line in self.lines.items()
        }
        return State({}, {"lines": lines, "due": list(self.due.items())})

    def restore(self, state: State) -> None:
        """Go on from there."""
        self.lines = {}
        for name, line in state.config["lines"].items():
            waiting = [Reading(**each) for each in line["waiting"]]
            times = [NEVER if line[k] is None else line[k] for k in ("released", "newest")]
            pairs = [(reading.time, reading) for reading in waiting]
            self.lines[name] = Line(times[0], times[1], line["ended"], pairs)
        self.due = dict(map(tuple, state.config["due"]))


def _finite(time: float) -> float | None:
    return None if time == NEVER else time
