"""What detectors look at: the sensors as they are, what they are off their virtual ones, or both.

Either may then be taken off the asset's own level (`reference`).

typed table -> `Channels.follow` -> the same table with other sensor columns
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Self

import numpy as np
import pandas as pd

from matts.domain import Bools, Floats, State
from matts.groups import OFF_LEVEL, RESIDUAL, SensorSettings
from matts.readings import context_and_labels, sensors_of, to_readings, values_of
from matts.recentring import Memory as Biases
from matts.reference import Memory as Levels
from matts.reference import Reference
from matts.splitting import rows_of_parts
from matts.virtual_sensors import Assets, VirtualSensors
from matts.windows import WindowSettings


@dataclass(frozen=True)
class Memory:
    """What the readings so far leave behind."""

    biases: Biases
    levels: Levels


@dataclass(frozen=True)
class Channels:
    """How readings become channels.

    A residual is named as its sensor and ` residual`; what is off its level, that and ` off level`.
    """

    kind: str  # raw, residual or both
    virtual: VirtualSensors | None = None  # None: raw
    reference: Reference | None = None  # None: no level is taken off

    @classmethod
    def fit(cls, table: pd.DataFrame, windows: WindowSettings, sensors: SensorSettings) -> Self:
        """Learn from healthy training readings alone; remember what is known up to the test part.

        Levels are learnt from the first readings of each asset, whatever they are.
        """
        if windows.channels == "raw" and windows.reference is None:
            return cls("raw")
        parts = _parts(table, windows)
        virtual = None if windows.channels == "raw" else _virtual(table, parts, sensors)
        made = cls(windows.channels, virtual)
        if windows.reference is None:
            return made
        own = made.from_start(table)[~parts.later]
        names = sensors_of(own)
        values = values_of(own, names)
        levels = Reference.fit(values, _assets(own), tuple(names), windows.reference)
        return replace(made, reference=levels)

    def follow(self, tables: Iterable[pd.DataFrame]) -> Iterator[pd.DataFrame]:
        """The channels of readings that follow on what was learnt, a chunk at a time."""
        memory = self.recall()
        return (self._convert(table, memory) for table in tables)

    @property
    def inputs(self) -> tuple[str, ...]:
        """The sensors that channels are made of, in order; none where they stay as they are."""
        if self.virtual is not None:
            return self.virtual.sensors
        return self.reference.channels if self.reference else ()

    def recall(self) -> Memory:
        """A copy of what is remembered, for readings that follow."""
        return Memory(
            self.virtual.recall() if self.virtual else {},
            self.reference.recall() if self.reference else {},
        )

    def follow_rows(self, rows: Floats, assets: Assets, memory: Memory) -> Floats:
        """The channels [R, C] of readings [R, F] whose sensors stand as `inputs` says.

        The memory goes on.
        """
        if self.virtual is not None:
            left = self.virtual.residuals(rows, assets, memory.biases)
            rows = np.hstack([rows, left]) if self.kind == "both" else left
        if self.reference is not None:
            rows = self.reference.off(rows, assets, memory.levels)
        return rows

    def from_start(self, table: pd.DataFrame) -> pd.DataFrame:
        """The channels of the record that was learnt from: nothing is known at its beginning."""
        return self._convert(table, Memory({}, {}))

    def _convert(self, table: pd.DataFrame, memory: Memory) -> pd.DataFrame:
        """The table with channels; the memory goes on."""
        return self._off_level(self._residuals(table, memory.biases), memory.levels)

    def _residuals(self, table: pd.DataFrame, memory: Biases) -> pd.DataFrame:
        """The table with what sensors are off their virtual ones."""
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

    def _off_level(self, table: pd.DataFrame, memory: Levels) -> pd.DataFrame:
        """The table with what channels are off the level of their asset."""
        if self.reference is None:
            return table
        values = values_of(table, self.reference.channels)
        found = self.reference.off(values, _assets(table), memory)
        names = [name + OFF_LEVEL for name in self.reference.channels]
        measured = pd.DataFrame(found, columns=names, index=table.index)
        beside = context_and_labels(table)
        taught = np.isnan(found).all(axis=1) & np.isfinite(values).any(axis=1)
        known = table["known"].to_numpy(np.bool_) if "known" in table else np.ones(len(table), bool)
        beside = beside.assign(known=np.logical_and(known, ~taught))  # no window ends at these
        return pd.concat([measured, beside], axis=1)

    def state(self) -> State:
        """The regression, the levels, and what is remembered."""
        parts = [part for part in (self.virtual, self.reference) if part]
        arrays = {name: array for part in parts for name, array in part.arrays.items()}
        config = {name: value for part in parts for name, value in part.config.items()}
        return State(arrays, {"channels": self.kind, **config})

    @classmethod
    def from_state(cls, state: State) -> Self:
        """Rebuild; nothing is fitted again."""
        arrays, config = state.arrays, state.config
        virtual = VirtualSensors.rebuild(arrays, config) if config["channels"] != "raw" else None
        levels = Reference.rebuild(arrays, config) if "reference" in config else None
        return cls(config["channels"], virtual, levels)


@dataclass(frozen=True)
class Parts:
    """Which rows of the table train, test, and are healthy: [R] each."""

    train: Bools
    later: Bools
    healthy: Bools


def _virtual(table: pd.DataFrame, parts: Parts, sensors: SensorSettings) -> VirtualSensors:
    """Virtual sensors of healthy training readings, which remember all before the test part."""
    names, assets = sensors_of(table), _assets(table)
    values = values_of(table, names)

    def owners(rows: Bools) -> Assets:
        return None if assets is None else assets[rows]

    train, later, healthy = parts.train, parts.later, parts.healthy
    virtual = VirtualSensors.fit(values[train], healthy[train], names, sensors, owners(train))
    virtual.residuals(values[~later], owners(~later), virtual.memory)
    return virtual


def _parts(table: pd.DataFrame, windows: WindowSettings) -> Parts:
    """The parts of the table."""
    readings = to_readings(table)
    train, _, test = rows_of_parts(readings, windows.split, windows.length)
    marks = np.zeros((3, len(table)), np.bool_)
    marks[0, readings.places[train]] = True
    marks[1, readings.places[test]] = True
    marks[2, readings.places] = readings.healthy
    return Parts(*marks)


def _assets(table: pd.DataFrame) -> Assets:
    return table["asset"].to_numpy(np.str_) if "asset" in table else None
