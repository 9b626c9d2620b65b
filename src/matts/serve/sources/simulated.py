"""Simulated machines that run now, each with faults that come when they are told to."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import chain
from threading import Event
from time import time

import numpy as np
import pandas as pd

from matts.readings import sensors_of
from matts.serve.live.reading import Reading
from matts.serve.sources.pace import Pace
from matts.serve.sources.replay import rounds
from matts.serve.sources.settings import SimulatedSettings
from matts.serve.sources.source import Sink, Tally, hand_over
from matts.simulate.machines import MachineSettings, simulate
from matts.simulate.mill_injection import Injection, simulate_with
from matts.simulate.tandem_mill import MillSettings

STEP = 1e-4  # seconds between readings of a machine that go together
LATER = 0.8  # of a record: what comes behind it no training has seen
FAULTS = ("Electric", "WorkRoll", "Bearing")  # in turn
STANDS = (3, 4, 2, 5, 1)


@dataclass
class Simulated:
    """Several machines at `speed` readings a second each, timed as they come."""

    machine: MachineSettings
    settings: SimulatedSettings
    speed: float = 2.0
    batch: int = 256
    tally: Tally = field(default_factory=lambda: Tally("simulated"))

    def run(self, sink: Sink, stop: Event) -> None:
        """Run until stopped: a record that is at its end begins again."""
        self.tally.state = "running"
        tables = machines(self.machine, self.settings)
        pace, last = Pace(self.speed, self.batch, stop), 0.0
        for group in pace.groups(self._endless(tables, stop)):
            now, first = time(), group[0].time
            begin = max(now, last + STEP)  # no two readings of a machine are of one time
            told = [
                each._replace(time=begin + STEP * (each.time - first), received=now)
                for each in group
            ]
            last = told[-1].time
            hand_over(sink, told, stop, self.tally)
        self.tally.state = "waiting"

    def _endless(self, table: pd.DataFrame, stop: Event) -> Iterator[list[Reading]]:
        """Rounds over and over, their numbers as times."""
        for number, each in enumerate(chain.from_iterable(self._laps(table, stop))):
            yield [reading._replace(time=float(number)) for reading in each]

    def _laps(self, table: pd.DataFrame, stop: Event) -> Iterator[Iterator[list[Reading]]]:
        while not stop.is_set():
            yield rounds(table, "machine")


def machines(machine: MachineSettings, settings: SimulatedSettings) -> pd.DataFrame:
    """What several machines of a kind say, in the columns of their record, with `asset`.

    A mill is given its faults here, in turn; other machines fail by themselves.
    """
    if isinstance(machine, MillSettings):
        return _mills(machine, settings)
    record = simulate(machine).readings
    test = record[record["part"] == "test"] if "part" in record else _later(record)
    names = test["asset"].drop_duplicates()[: settings.machines]
    chosen = test[test["asset"].isin(names)]
    return chosen.assign(time=0.0)[["asset", "time", *sensors_of(chosen)]]


def _later(record: pd.DataFrame) -> pd.DataFrame:
    """The last part of each machine's record."""
    share = record.groupby("asset").cumcount() / record.groupby("asset")["asset"].transform("size")
    return record[share >= LATER]


def _mills(machine: MillSettings, settings: SimulatedSettings) -> pd.DataFrame:
    """Mills that roll the later coils of one record, each from another coil on."""
    first = int(LATER * machine.coils)
    count = machine.coils - first
    told = []
    for mill in range(settings.machines):
        offset = mill * count // settings.machines
        faults = injections(mill, count, settings)
        moved = [part._replace(first=first + (part.first + offset) % count) for part in faults]
        record = simulate_with(machine, moved).readings.iloc[first:]
        rolled = record.iloc[np.roll(np.arange(count), -offset)]
        told.append(rolled[sensors_of(record)].assign(asset=f"mill_{mill + 1}", time=0.0))
    return pd.concat(told, ignore_index=True)


def injections(mill: int, count: int, settings: SimulatedSettings) -> list[Injection]:
    """Which faults come to a mill when, in its own readings.

    >>> injections(0, 900, SimulatedSettings(calm=30, every=400, lasts=12))[:2]
    [Injection(fault='Electric', stand=3, first=30, coils=12), \
Injection(fault='WorkRoll', stand=4, first=430, coils=12)]
    """
    starts = range(settings.calm + mill * settings.apart, count - settings.lasts, settings.every)
    return [
        Injection(
            FAULTS[(mill + number) % len(FAULTS)],
            STANDS[(mill + number) % len(STANDS)],
            start,
            settings.lasts,
        )
        for number, start in enumerate(starts)
    ]
