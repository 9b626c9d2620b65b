"""Readings from a table of any length, as if they came just now, at any speed."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from threading import Event
from typing import Any

import numpy as np
import pandas as pd

from matts.readings import sensors_of
from matts.serve.live.reading import Reading
from matts.serve.sources.pace import Pace
from matts.serve.sources.source import Sink, Tally, hand_over

EARLIEST = 86_400.0 * 365  # seconds; a smaller number counts readings, and is no time since 1970

Chunks = Callable[[], Iterable[pd.DataFrame]]
Latest = Callable[[str], float | None]


@dataclass
class Replay:
    """A table, told reading by reading; `speed` readings a second of each asset, 0: unhindered.

    Each reading keeps its time; those without one are counted in seconds from `start`. What the
    service has already, by `latest` (the time of an asset's last reading), is left out.
    """

    chunks: Chunks
    asset: str = "machine"  # the name where the table has none
    speed: float = 0.0
    start: float = 0.0
    loop: bool = False
    batch: int = 256
    latest: Latest = lambda _: None
    tally: Tally = field(default_factory=lambda: Tally("replay"))

    def run(self, sink: Sink, stop: Event) -> None:
        """Tell all of it, once or over and over; a further round begins where one ended."""
        self.tally.state = "running"
        pace, start, shift = Pace(self.speed, self.batch, stop), self.start, 0.0
        while not stop.is_set():
            span = Span()
            tables = span.watch(timed(self.chunks(), start, shift))
            for group in pace.groups(self._unknown(tables)):
                hand_over(sink, group, stop, self.tally)
            if not self.loop or span.empty:
                break
            shift += span.last - span.first + 1.0
        self.tally.state = "waiting" if stop.is_set() else "ended"

    def _unknown(self, tables: Iterable[pd.DataFrame]) -> Iterator[list[Reading]]:
        """Rounds of readings without those that the service has."""
        known: dict[str, float | None] = {}
        for table in tables:
            for each in rounds(table, self.asset):
                for asset in {reading.asset for reading in each} - known.keys():
                    known[asset] = self.latest(asset)
                after = [(known[reading.asset], reading) for reading in each]
                if new := [each for last, each in after if last is None or each.time > last]:
                    yield new


@dataclass
class Span:
    """From when to when tables are."""

    first: float = np.inf
    last: float = -np.inf

    @property
    def empty(self) -> bool:
        """Whether there was none."""
        return self.last < self.first

    def watch(self, tables: Iterable[pd.DataFrame]) -> Iterator[pd.DataFrame]:
        """The tables, looked at in passing."""
        for table in tables:
            self.first = min(self.first, table["time"].min())
            self.last = max(self.last, table["time"].max())
            yield table


def timed(
    tables: Iterable[pd.DataFrame], start: float, shift: float = 0.0
) -> Iterator[pd.DataFrame]:
    """Tables whose times are seconds since 1970; a row whose time nobody can read is left out.

    >>> table = pd.DataFrame({"time": ["1970-01-01T00:01:00Z", "?"], "force": [1.0, 2.0]})
    >>> next(timed([table], 0.0))["time"].tolist()
    [60.0]
    """
    done = 0
    for table in tables:
        times = start + done + np.arange(len(table)) if "time" not in table else _times(table)
        times = times + start if np.nanmax(times, initial=0.0) < EARLIEST <= start else times
        done += len(table)
        yield table.assign(time=times + shift)[np.isfinite(times)]


def _times(table: pd.DataFrame) -> Any:
    """[R] seconds since 1970, nan where the table does not say."""
    if pd.api.types.is_numeric_dtype(table["time"]):
        return table["time"].to_numpy(np.float64)
    moments = pd.to_datetime(table["time"], utc=True, errors="coerce", format="ISO8601")
    return (moments - pd.Timestamp(0, tz="UTC")).dt.total_seconds().to_numpy()


def rounds(table: pd.DataFrame, asset: str) -> Iterator[list[Reading]]:
    """The readings of a table with times, one of each asset in turn.

    >>> columns = {"asset": ["a", "a", "b"], "time": [1.0, 2.0, 1.5], "f": [1.0, 2.0, float("nan")]}
    >>> [[(r.asset, r.time, r.values) for r in each] for each in rounds(pd.DataFrame(columns), "m")]
    [[('a', 1.0, {'f': 1.0}), ('b', 1.5, {'f': None})], [('a', 2.0, {'f': 2.0})]]
    """
    names = table["asset"].astype(str) if "asset" in table else pd.Series(asset, table.index)
    nth = names.groupby(names).cumcount().to_numpy()
    sensors = sensors_of(table)
    cells = table[sensors].to_numpy(np.float64)
    whose, times, ends = names.tolist(), table["time"].tolist(), _ends(table, names).tolist()
    order = np.argsort(nth, kind="stable")
    for rows in np.split(order, np.flatnonzero(np.diff(nth[order])) + 1):
        yield [
            Reading(whose[row], times[row], _values(sensors, cells[row]), end=ends[row])
            for row in rows
        ]


def _values(sensors: list[str], cells: Any) -> dict[str, float | None]:
    """What the sensors say, None where that is nothing."""
    given = zip(sensors, cells.tolist(), np.isfinite(cells).tolist(), strict=True)
    return {name: value if finite else None for name, value, finite in given}


def _ends(table: pd.DataFrame, names: "pd.Series[str]") -> Any:
    """[R]: the last reading of a unit whose life is over, where lives are known."""
    if "life" not in table:
        return np.zeros(len(table), np.bool_)
    return (table["life"] == 0).to_numpy() & ~names.duplicated(keep="last").to_numpy()
