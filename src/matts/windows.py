"""Readings in, windows out: labels, the split in time, and the scale of each sensor."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, Self

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field, model_validator

from matts.domain import BadInputError, Bools, Floats, Ints, Readings, Windows


class SplitSettings(BaseModel):
    """The shares of the record, in the order of time."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    train: float = Field(0.7, gt=0, lt=1)
    validation: float = Field(0.1, gt=0, lt=1)
    test: float = Field(0.2, gt=0, lt=1)

    @model_validator(mode="after")
    def _shares_are_a_whole(self) -> Self:
        total = self.train + self.validation + self.test
        if abs(total - 1) > 1e-6:  # noqa: PLR2004
            msg = f"the shares of train, validation and test must add up to 1, got {total:.4g}"
            raise ValueError(msg)
        return self


class WindowSettings(BaseModel):
    """How readings are cut into windows, and which fault a window is given.

    `label: last` gives a window the faults of its last reading, `any` those of all its readings.
    `channels` are the sensors as they are, what they are off their virtual sensors, or both.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    length: int = Field(5, ge=1, le=10_000)
    stride: int = Field(1, ge=1, le=10_000)
    channels: Literal["raw", "residual", "both"] = "raw"
    label: Literal["last", "any"] = "last"
    split: SplitSettings = SplitSettings()


@dataclass(frozen=True)
class Split:
    """The three parts of a record, the past first."""

    train: Windows
    validation: Windows
    test: Windows


def slide(readings: Readings, settings: WindowSettings) -> Windows:
    """Cut readings into windows that never cross a segment.

    >>> none = np.zeros((4, 1), bool)
    >>> readings = Readings(
    ...     np.zeros((4, 1)), none, np.array([0, 0, 1, 1]), ("force",), ("Bearing",)
    ... )
    >>> slide(readings, WindowSettings(length=2)).last.tolist()
    [1, 3]
    """
    windows = cut(readings, settings)
    refuse_none(len(windows), len(readings), settings.length)
    return windows


def cut(readings: Readings, settings: WindowSettings) -> Windows:
    """The same, or no window at all: readings may be a chunk of more."""
    length = settings.length
    last = np.arange(length - 1, len(readings), settings.stride)
    within = readings.segments[last] == readings.segments[last - (length - 1)]
    any_of_all = settings.label == "any" and len(last)
    return Windows(
        rows=readings.values,
        row_faults=_spread_back(readings, length) if any_of_all else readings.faults,
        last=last[within],
        length=length,
        sensors=readings.sensors,
        fault_names=readings.fault_names,
        row_numbers=readings.places,
        segments=readings.segments,
        row_assets=readings.assets,
    )


def refuse_none(windows: int, readings: int, length: int) -> None:
    """Say why so many readings have no window."""
    if readings < length:
        msg = f"a window of {length} readings needs at least {length}, got {readings}"
        raise BadInputError(msg)
    if not windows:
        msg = f"a window of {length} readings fits into none of the readings' segments"
        raise BadInputError(msg)


def _spread_back(readings: Readings, length: int) -> Bools:
    """[R, K]: the faults of the last `length` readings up to each row."""
    padded = np.concatenate([np.zeros_like(readings.faults[: length - 1]), readings.faults])
    return np.asarray(sliding_window_view(padded, length, axis=0).any(axis=-1))


def split_in_time(readings: Readings, settings: WindowSettings) -> Split:
    """Split the time of each asset into past, present and future.

    Between them is a gap of one reading less than a window. Label rule and stride are for
    training: what comes later is judged reading by reading.
    """
    as_judged = settings.model_copy(update={"label": "last", "stride": 1})
    train, *later = (
        slide(readings.take(rows), own)
        for rows, own in zip(
            rows_of_parts(readings, settings), (settings, as_judged, as_judged), strict=True
        )
    )
    return Split(train, *later)


def rows_of_parts(readings: Readings, settings: WindowSettings) -> tuple[Ints, Ints, Ints]:
    """The rows to train, validate and test with, of all assets."""
    pieces = [_cut(rows, settings) for rows in _rows_of_assets(readings)]
    train, validation, test = (np.concatenate(parts) for parts in zip(*pieces, strict=True))
    return train, validation, test


def _rows_of_assets(readings: Readings) -> list[Ints]:
    """The rows of each asset, in the order of time."""
    if readings.assets is None:
        return [np.arange(len(readings))]
    return [np.flatnonzero(readings.assets == asset) for asset in np.unique(readings.assets)]


def _cut(rows: Ints, settings: WindowSettings) -> tuple[Ints, Ints, Ints]:
    """The rows of the three parts of one asset."""
    gap, shares = settings.length - 1, settings.split
    first = round(len(rows) * shares.train)
    second = round(len(rows) * (shares.train + shares.validation))
    return rows[:first], rows[first + gap : second], rows[second + gap :]


@dataclass(frozen=True)
class Scaler:
    """One mean and one spread a sensor, from the readings that training may see."""

    mean: Floats  # [F]
    spread: Floats  # [F], 1 for a sensor that never moves

    @classmethod
    def fit(cls, rows: Floats) -> Self:
        """Measure mean and standard deviation of each sensor: [R, F] -> scaler."""
        if not len(rows):
            msg = "a scale needs readings to be measured on, got none"
            raise BadInputError(msg)
        spread = rows.std(axis=0)
        still = spread <= 1e-9 * np.maximum(np.abs(rows).max(axis=0), 1e-30)
        return cls(rows.mean(axis=0), np.where(still, 1.0, spread))

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, NDArray[Any]]) -> Self:
        """The scaler that `arrays` gave."""
        return cls(arrays["mean"], arrays["spread"])

    @property
    def arrays(self) -> dict[str, Floats]:
        """Mean and spread by name, to be kept with a model."""
        return {"mean": self.mean, "spread": self.spread}

    def __call__(self, rows: Floats) -> np.ndarray[Any, np.dtype[np.float32]]:
        """[..., F] in units of the machine -> [..., F] in spreads from the mean."""
        return np.asarray((rows - self.mean) / self.spread, np.float32)


def count_faults(windows: Windows) -> dict[str, int]:
    """How many windows there are of each class; a window with two faults counts in both.

    >>> readings = Readings(
    ...     np.zeros((2, 1)), np.eye(2, dtype=bool), np.zeros(2), ("f",), ("A", "B")
    ... )
    >>> count_faults(slide(readings, WindowSettings(length=1)))
    {'Healthy': 0, 'A': 1, 'B': 1}
    """
    counts = windows.faults.sum(axis=0).tolist()
    return {
        "Healthy": int((~windows.faulty).sum()),
        **dict(zip(windows.fault_names, counts, strict=True)),
    }


def describe(split: Split) -> dict[str, Any]:
    """Where each part begins and ends in the record, and how many windows of each class it has."""
    parts = {"train": split.train, "validation": split.validation, "test": split.test}
    return {
        name: {
            "first_reading": int(windows.row_places[0]),
            "last_reading": int(windows.row_places[-1]),
            "windows": len(windows),
            "classes": count_faults(windows),
            "several_faults": int((windows.faults.sum(axis=1) > 1).sum()),
        }
        for name, windows in parts.items()
    }


def schema_of(windows: Windows) -> dict[str, Any]:
    """What a model fitted on these windows expects of readings, and which faults it knows."""
    return {
        "sensors": list(windows.sensors),
        "fault_names": list(windows.fault_names),
        "window": windows.length,
    }
