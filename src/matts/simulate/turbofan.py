"""A fleet of turbofan engines, each run until one of its modules fails, as C-MAPSS records them.

    lives → wear → what the failing module moves → readings in each flight regime

One reading is one flight, a cycle. Units of the test part are others than those of the training
part, and are recorded only up to some cycle before they fail.
"""

from dataclasses import dataclass
from typing import Literal, Self

import numpy as np
import pandas as pd
from pydantic import BaseModel, ConfigDict, Field, model_validator

from matts.domain import Floats
from matts.simulate.turbofan_sensors import (
    LEVELS,
    SENSORS,
    SETTINGS,
    Mode,
    guilty,
    levels,
    noises,
    shift_of,
)
from matts.simulate.turbofan_units import Cycles, Units

__all__ = ["TurbofanRun", "TurbofanSettings", "simulate_turbofan"]


class TurbofanSettings(BaseModel):
    """Which fleet to fly, and what counts as healthy and as failing.

    `healthy` is the share of a life that is known to be healthy, `event` the number of cycles at
    its end that are failing; what lies between nobody knows. A test unit is recorded over a share
    of its life drawn from `cut`. `variety` is how far new units differ, in spreads of the noise.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    machine: Literal["turbofan"] = "turbofan"
    units: int = Field(60, ge=1, le=10_000)
    test_units: int = Field(60, ge=1, le=10_000)
    life: tuple[int, int] = (150, 200)  # cycles, the shortest and the longest
    modes: tuple[Mode, ...] = Field(("HPC", "Fan", "HPT", "LPT"), min_length=1)
    regimes: int = Field(1, ge=1, le=len(LEVELS["s1"]))  # flight regimes; the first is sea level
    noise: float = Field(1.0, ge=0, le=10)  # 1 as in the public files
    variety: float = Field(1.2, ge=0, le=10)
    severity: float = Field(1.0, ge=0, le=10)  # of what a failing module moves
    healthy: float = Field(0.8, gt=0, lt=1)
    event: int = Field(30, ge=1, le=10_000)
    cut: tuple[float, float] = (0.6, 1.0)
    seed: int = Field(0, ge=0)

    @model_validator(mode="after")
    def _ranges_are_ranges(self) -> Self:
        if not self.event < self.life[0] <= self.life[1]:
            msg = f"life needs the shortest above {self.event} and the longest, got {self.life}"
            raise ValueError(msg)
        if not 0 < self.cut[0] <= self.cut[1] <= 1:
            msg = f"cut needs two shares of a life, the smaller first, got {self.cut}"
            raise ValueError(msg)
        return self


@dataclass(frozen=True)
class TurbofanRun:
    """The readings of a fleet and the truth about its faults.

    `readings` has asset, part (train or test), time (the cycle), the three settings and 21 sensors,
    Anomaly_<mode>, known (whether healthy or failing is beyond doubt) and life (cycles left, 0 at
    the last). `episodes` has one row a unit that is seen to fail: episode, fault, stand (0),
    first_coil and last_coil (rows of the table), and the sensors that the mode moves furthest.
    """

    readings: pd.DataFrame
    episodes: pd.DataFrame


def simulate_turbofan(settings: TurbofanSettings) -> TurbofanRun:
    """Fly every unit; equal settings give equal runs."""
    train, test = np.random.default_rng(settings.seed).spawn(2)
    modes = len(settings.modes)
    fleet = Units.draw(settings.units, settings.life, modes, train)
    others = Units.draw(settings.test_units, settings.life, modes, test).cut(settings.cut, test)
    parts = [
        _record(Cycles.of(fleet), "train", 0, settings, train),
        _record(Cycles.of(others), "test", settings.units, settings, test),
    ]
    readings = pd.concat(parts, ignore_index=True)
    return TurbofanRun(readings, _episodes(readings, settings.modes))


def _record(
    cycles: Cycles, part: str, first: int, settings: TurbofanSettings, rng: np.random.Generator
) -> pd.DataFrame:
    """The table of one part, its units numbered from `first` on."""
    failing = cycles.failing(settings.event)
    context = pd.DataFrame(
        {
            "asset": [f"unit_{first + unit + 1:04d}" for unit in cycles.unit],
            "part": part,
            "time": cycles.number.astype(np.float64),
        }
    )
    names = [sensor.name for sensor in (*SETTINGS, *SENSORS)]
    values = pd.DataFrame(_measure(cycles, settings, rng), columns=names)
    faults = {
        f"Anomaly_{mode}": failing & (cycles.mode == k) for k, mode in enumerate(settings.modes)
    }
    known = failing | cycles.healthy(settings.healthy, settings.event)
    truth = pd.DataFrame({**faults, "known": known, "life": cycles.left.astype(np.float64)})
    return pd.concat([context, values, truth], axis=1)


def _measure(cycles: Cycles, settings: TurbofanSettings, rng: np.random.Generator) -> Floats:
    """[R, 3 + 21]: settings and sensors, rounded as the public files are."""
    count, every = len(cycles.unit), (*SETTINGS, *SENSORS)
    regime = rng.integers(settings.regimes, size=count)
    scatter = settings.noise * rng.standard_normal((count, len(every)))
    own = settings.variety * rng.standard_normal((cycles.unit.max() + 1, len(SENSORS)))
    moved = np.stack([shift_of(mode) for mode in settings.modes])[cycles.mode]
    spreads = scatter[:, len(SETTINGS) :] + own[cycles.unit]
    spreads += settings.severity * cycles.damage[:, None] * moved
    given = [sensor.noise for sensor in SETTINGS] * scatter[:, : len(SETTINGS)]
    measured = levels(SENSORS)[regime] + noises()[regime] * spreads
    values = np.hstack([levels(SETTINGS)[regime] + given, measured])
    rounded = [
        np.round(column, each.decimals) for column, each in zip(values.T, every, strict=True)
    ]
    return np.column_stack(rounded)


def _episodes(readings: pd.DataFrame, modes: tuple[Mode, ...]) -> pd.DataFrame:
    """One row a unit whose failing is recorded."""
    rows = [
        (mode, 0, own.index[0], own.index[-1], guilty(mode))
        for mode in modes
        for _, own in readings[readings[f"Anomaly_{mode}"]].groupby("asset")
    ]
    names = ["fault", "stand", "first_coil", "last_coil", "sensors"]
    episodes = pd.DataFrame(rows, columns=names).sort_values("first_coil", ignore_index=True)
    episodes.insert(0, "episode", np.arange(len(episodes)))
    return episodes
