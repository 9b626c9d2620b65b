"""Readings in, windows out: labels, the split in time, and the scale of each sensor."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, Self

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field

from matts.domain import BadInputError, Bools, Floats, Readings, Windows
from matts.splitting import SplitSettings, rows_of_parts

ENDLESS = 1e150  # the square of more would leave 64 bits
FARTHEST = 1e6  # spreads from the mean; the square of it is still exact enough in 32 bits


class ReferenceSettings(BaseModel):
    """The first readings of each asset, in good order: what it is measured off from then on.

    `spread` measures in the spread of these readings, too.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    readings: int = Field(ge=2, le=1_000_000)
    spread: bool = False


class WindowSettings(BaseModel):
    """How readings are cut into windows, and which fault a window is given.

    `label: last` gives a window the faults of its last reading, `any` those of all its readings.
    `channels` are the sensors as they are, what they are off their virtual sensors, or both; with
    a `reference` each asset's are what they are off its own first readings.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    length: int = Field(5, ge=1, le=10_000)
    stride: int = Field(1, ge=1, le=10_000)
    channels: Literal["raw", "residual", "both"] = "raw"
    reference: ReferenceSettings | None = None
    label: Literal["last", "any"] = "last"
    split: SplitSettings = SplitSettings()


@dataclass(frozen=True)
class Split:
    """The three parts of a record, the past first."""

    train: Windows
    validation: Windows
    test: Windows

    @property
    def parts(self) -> tuple[Windows, Windows, Windows]:
        """All three."""
        return self.train, self.validation, self.test


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
        row_life=readings.life,
        row_known=readings.known,
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


def split_readings(readings: Readings, settings: WindowSettings) -> Split:
    """The windows to train, validate and test with; those that nobody can judge are left out.

    Label rule and stride are for training: what comes later is judged reading by reading.
    """
    as_judged = settings.model_copy(update={"label": "last", "stride": 1})
    rows = rows_of_parts(readings, settings.split, settings.length)
    train, *later = (
        _known(readings.take(own), how)
        for own, how in zip(rows, (settings, as_judged, as_judged), strict=True)
    )
    return Split(train, *later)


def _known(readings: Readings, settings: WindowSettings) -> Windows:
    """The windows whose last reading is known to be healthy or not."""
    windows = slide(readings, settings)
    if readings.known is None:
        return windows
    return windows.where(readings.known[windows.last])


@dataclass(frozen=True)
class Scaler:
    """One mean and one spread a sensor, from the readings that training may see.

    A missing reading (NaN) takes the mean: no evidence. No reading lies beyond `FARTHEST` spreads.
    """

    mean: Floats  # [F]
    spread: Floats  # [F], 1 for a sensor that never moves

    @classmethod
    def fit(cls, rows: Floats) -> Self:
        """Measure mean and standard deviation of each sensor: [R, F] -> scaler.

        What is missing or endless is left out; a sensor that is never there has mean 0, spread 1.
        """
        if not len(rows):
            msg = "a scale needs readings to be measured on, got none"
            raise BadInputError(msg)
        wide = rows.astype(np.float64)
        known = np.abs(wide) < ENDLESS
        if known.all():
            return cls._of(wide.mean(axis=0), wide.std(axis=0), wide)
        count = np.maximum(known.sum(axis=0), 1)
        mean = np.where(known, wide, 0).sum(axis=0) / count
        off = np.where(known, wide, mean) - mean
        return cls._of(mean, np.sqrt(np.square(off).sum(axis=0) / count), off + mean)

    @classmethod
    def _of(cls, mean: Floats, spread: Floats, rows: Floats) -> Self:
        still = spread <= 1e-9 * np.maximum(np.abs(rows).max(axis=0), 1e-30)
        return cls(mean, np.where(still, 1.0, spread))

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, NDArray[Any]]) -> Self:
        """The scaler that `arrays` gave."""
        return cls(arrays["mean"], arrays["spread"])

    @property
    def arrays(self) -> dict[str, Floats]:
        """Mean and spread by name, to be kept with a model."""
        return {"mean": self.mean, "spread": self.spread}

    def __call__(self, rows: Floats) -> np.ndarray[Any, np.dtype[np.float32]]:
        """[..., F] in units of the machine -> [..., F] in spreads from the mean.

        >>> scaler = Scaler(np.array([10.0]), np.array([2.0]))
        >>> scaler(np.array([[12.0], [np.nan], [-np.inf]])).tolist()
        [[1.0], [0.0], [-1000000.0]]
        """
        scaled = np.asarray(rows - self.mean)
        with np.errstate(invalid="ignore", over="ignore"):  # an endless reading, or nearly so
            scaled /= self.spread
        np.clip(scaled, -FARTHEST, FARTHEST, out=scaled)
        if np.isnan(scaled.sum()):  # quicker than to look at each
            scaled[np.isnan(scaled)] = 0
        return scaled.astype(np.float32)


def count_faults(windows: Windows) -> dict[str, int]:
    """How many windows there are of each class; a window with two faults counts in both.

    Where no fault has a name, nobody says that a window is healthy either.

    >>> readings = Readings(
    ...     np.zeros((2, 1)), np.eye(2, dtype=bool), np.zeros(2), ("f",), ("A", "B")
    ... )
    >>> count_faults(slide(readings, WindowSettings(length=1)))
    {'Healthy': 0, 'A': 1, 'B': 1}
    """
    if not windows.fault_names:
        return {"Unlabelled": len(windows)}
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
            "first_reading": int(windows.row_places.min()),
            "last_reading": int(windows.row_places.max()),
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
