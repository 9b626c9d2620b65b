"""What detectors look at: the sensors as they are, what they are off their virtual ones, or both.

typed table -> `Channels.follow` -> the same table with other sensor columns
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Self

import numpy as np
import pandas as pd

from matts.domain import Bools, State
from matts.groups import RESIDUAL, SensorSettings
from matts.readings import context_and_labels, sensors_of, to_readings, values_of
from matts.recentring import Memory
from matts.splitting import rows_of_parts
from matts.virtual_sensors import Assets, VirtualSensors
from matts.windows import WindowSettings


@dataclass(frozen=True)
class Channels:
    """How readings become channels; a residual is named as its sensor and ` residual`."""

    kind: str  # raw, residual or both
    virtual: VirtualSensors | None = None  # None: raw

    @classmethod
    def fit(cls, table: pd.DataFrame, windows: WindowSettings, sensors: SensorSettings) -> Self:
        """Learn from healthy training readings alone; remember biases up to the test part."""
        if windows.channels == "raw":
            return cls("raw")
        train, later, healthy = _parts(table, windows)
        names, assets = sensors_of(table), _assets(table)
        values = values_of(table, names)

        def owners(rows: Bools) -> Assets:
            return None if assets is None else assets[rows]

        virtual = VirtualSensors.fit(values[train], healthy[train], names, sensors, owners(train))
        virtual.residuals(values[~later], owners(~later), virtual.memory)
        return cls(windows.channels, virtual)

    def follow(self, tables: Iterable[pd.DataFrame]) -> Iterator[pd.DataFrame]:
        """The channels of readings that follow on what was learnt, a chunk at a time."""
        memory = self.virtual.recall() if self.virtual else {}
        return (self._convert(table, memory) for table in tables)

    def from_start(self, table: pd.DataFrame) -> pd.DataFrame:
        """The channels of the record that was learnt from: nothing is known at its beginning."""
        return self._convert(table, {})

    def _convert(self, table: pd.DataFrame, memory: Memory) -> pd.DataFrame:
        """The table with channels; the memory goes on."""
        if self.virtual is None:
            return table
        values = values_of(table, self.virtual.sensors)
        residuals = pd.DataFrame(
            self.virtual.residuals(values, _assets(table), memory),
            columns=[name + RESIDUAL for name in self.virtual.channels],
            index=table.index,
        )
        raw = table[[*self.virtual.sensors]] if self.kind == "both" else residuals.iloc[:, :0]
        return pd.concat([raw, residuals, context_and_labels(table)], axis=1)

    def state(self) -> State:
        """The regression and what is remembered."""
        if self.virtual is None:
            return State({}, {"channels": self.kind})
        return State(self.virtual.arrays, {"channels": self.kind, **self.virtual.config})

    @classmethod
    def from_state(cls, state: State) -> Self:
        """Rebuild; nothing is fitted again."""
        kind = state.config["channels"]
        if kind == "raw":
            return cls(kind)
        return cls(kind, VirtualSensors.rebuild(state.arrays, state.config))


def _parts(table: pd.DataFrame, windows: WindowSettings) -> tuple[Bools, Bools, Bools]:
    """Which rows of the table train, test, and are healthy: [R] each."""
    readings = to_readings(table)
    train, _, test = rows_of_parts(readings, windows.split, windows.length)
    marks = np.zeros((3, len(table)), np.bool_)
    marks[0, readings.places[train]] = True
    marks[1, readings.places[test]] = True
    marks[2, readings.places] = ~readings.faults.any(axis=1)
    if readings.known is not None:
        marks[2, readings.places] &= readings.known
    return marks[0], marks[1], marks[2]


def _assets(table: pd.DataFrame) -> Assets:
    return table["asset"].to_numpy(np.str_) if "asset" in table else None
