"""The typed table becomes rows: all that a tabular model may know, and all that it is to tell."""

from dataclasses import dataclass, replace
from typing import Any, Self

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from matts.domain import BadInputError, Bools, Floats, Ints
from matts.groups import SensorSettings
from matts.readings import TARGET_OF, to_readings

LIFE = "remaining_life"
ONE = "machine"  # the name of the machine where the table names none


@dataclass(frozen=True)
class Rows:
    """R readings, those of one machine together and in the order of time."""

    values: Floats  # [R, F], NaN missing
    sensors: tuple[str, ...]  # [F]
    given: tuple[str, ...]  # those of the sensors that are settings or history: nobody judges them
    machines: NDArray[np.str_]  # [R]
    segments: Ints  # [R], the same number for every reading of an unbroken run of one machine
    times: NDArray[np.datetime64] | None  # [R] in ns; None: nobody knows the clock
    faults: Bools  # [R, K]
    fault_names: tuple[str, ...]  # [K]
    known: Bools  # [R], False where nobody says if it is healthy
    targets: dict[str, Floats]  # [R] each: 0, 1, NaN unknown; or the number of what is left
    numbers: Ints  # [R], its place in the table

    def __len__(self) -> int:
        return len(self.values)

    @property
    def measured(self) -> tuple[str, ...]:
        """The sensors that are judged: those not given."""
        return tuple(name for name in self.sensors if name not in self.given)

    @property
    def first_of_machine(self) -> Bools:
        """[R]: whether a reading is the first of its machine."""
        return _new(self.machines)

    @property
    def first_of_segment(self) -> Bools:
        """[R]: whether a reading is the first of an unbroken run."""
        return _new(self.segments)

    def take(self, index: Ints | Bools | slice) -> Self:
        """The rows of an index, which keeps their order."""
        return replace(
            self,
            values=self.values[index],
            machines=self.machines[index],
            segments=self.segments[index],
            times=None if self.times is None else self.times[index],
            faults=self.faults[index],
            known=self.known[index],
            targets={name: each[index] for name, each in self.targets.items()},
            numbers=self.numbers[index],
        )


def _new(names: NDArray[Any]) -> Bools:
    """Where a run of equal names begins: [R]."""
    return np.asarray(np.r_[np.ones(min(len(names), 1), np.bool_), names[1:] != names[:-1]])


def to_rows(table: pd.DataFrame, sensors: SensorSettings) -> Rows:
    """The rows of a typed table, sorted by machine and then by time.

    Readings of one instant stay in the order in which they came. Where the table counts what is
    left until a failure (`life`) and names no such target, that is the remaining life.

    Raises:
        BadInputError: a reading without a time, where the table has times.
    """
    order = _by_time(table)
    targets = [name for name in table if str(name).startswith(TARGET_OF)]
    plain = table.drop(columns=[*targets, "part"], errors="ignore").iloc[order]
    readings = to_readings(plain)
    numbers = order[readings.places]
    truths = {
        str(name).removeprefix(TARGET_OF): table[name].to_numpy(np.float64) for name in targets
    }
    if readings.life is not None:
        truths.setdefault(LIFE, table["life"].to_numpy(np.float64))
    machines = np.full(len(table), ONE) if readings.assets is None else readings.assets
    known = np.full(len(table), readings.labelled)
    return Rows(
        values=readings.values,
        sensors=readings.sensors,
        given=tuple(name for name in readings.sensors if _is_given(name, sensors)),
        machines=machines,
        segments=readings.segments,
        times=_clock(table, numbers),
        faults=readings.faults,
        fault_names=readings.fault_names,
        known=known if readings.known is None else readings.known,
        targets={name: truth[numbers] for name, truth in truths.items()},
        numbers=numbers,
    )


def _by_time(table: pd.DataFrame) -> Ints:
    """The places of the readings in the order of time: [R]."""
    if "time" not in table:
        return np.arange(len(table))
    if table["time"].isna().any():
        row = int(table["time"].isna().to_numpy().argmax())
        msg = f"every reading needs a time, but data row {row + 1} has none"
        raise BadInputError(msg)
    return np.argsort(table["time"].to_numpy(), kind="stable")


def _clock(table: pd.DataFrame, numbers: Ints) -> NDArray[np.datetime64] | None:
    """The times of the rows, unless these are numbers that only count."""
    if "time" not in table or not pd.api.types.is_datetime64_any_dtype(table["time"]):
        return None
    return table["time"].to_numpy("datetime64[ns]")[numbers]


def _is_given(sensor: str, settings: SensorSettings) -> bool:
    group = settings.group_of(sensor)
    return group is not None and settings.groups[group].given
