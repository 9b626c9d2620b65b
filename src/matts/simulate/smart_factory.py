"""A factory of like machines, read every minute, in the columns of a public table.

physical:  work → lives → what the growing fault moves → readings
published: rules of the public table, whose readings have nothing to do with each other
"""

from dataclasses import dataclass
from typing import Literal, Self

import numpy as np
import pandas as pd
from pydantic import BaseModel, ConfigDict, Field, model_validator

from matts.domain import Bools, Floats, Ints
from matts.simulate.factory_faults import FAULTS, NAMES, guilty
from matts.simulate.factory_lives import Lives, Rhythm
from matts.simulate.factory_published import draw_published
from matts.simulate.factory_sensors import DAY, USUAL, Conditions, measure

__all__ = ["FactoryRun", "SmartFactorySettings", "simulate_smart_factory"]

BEGIN = np.datetime64("2025-01-01T00:00", "ns")
OLD = (30.0, 3000.0)  # days, the age of machines
LATER = 0.3  # how much faster faults grow in the oldest
SEVERE = 0.75  # from which maintenance is needed, however long the machine may last
SOON = 120  # and so it is for the last minutes before a failure


class SmartFactorySettings(BaseModel):
    """Which factory to run; times are minutes.

    `readings` of each machine; in the mode `published` they are the mean. Faults begin about `calm`
    after a stop, grow for `growth` of usual work and are called so from the severity `shows` on, 1
    being failure; planned maintenance is due `service` after a stop. A remaining life beyond `cap`
    is `cap`, for a sound machine does not show how long it lasts. `noise`, `variety` of machines
    and `severity` of faults are 1 as described.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    machine: Literal["smart_factory"] = "smart_factory"
    mode: Literal["physical", "published"] = "physical"
    machines: int = Field(50, ge=1, le=10_000)
    readings: int = Field(2000, ge=2, le=1_000_000)
    calm: int = Field(420, ge=1)
    growth: tuple[int, int] = (600, 680)
    service: int = Field(1200, ge=1)
    shows: float = Field(0.65, gt=0, lt=1)
    cap: int = Field(480, ge=1)
    noise: float = Field(1.0, ge=0, le=10)
    variety: float = Field(1.0, ge=0, le=10)
    severity: float = Field(1.0, ge=0, le=10)
    seed: int = Field(0, ge=0)

    @model_validator(mode="after")
    def _growth_is_a_range(self) -> Self:
        if not 0 < self.growth[0] <= self.growth[1]:
            msg = f"growth needs two numbers of minutes, the smaller first, got {self.growth}"
            raise ValueError(msg)
        return self


@dataclass(frozen=True)
class FactoryRun:
    """The readings of a factory, machine by machine, and the truth about them.

    `readings` has asset, time, five sensors (and machine_age in days and since_maintenance in
    minutes, where machines have a history), Anomaly_<fault> and Target_<name>. `episodes` has one
    row for each run of a fault: episode, fault, stand (0), first_coil and last_coil (rows of the
    table), and the sensors that the fault moves; none, where none has to do with it.
    """

    readings: pd.DataFrame
    episodes: pd.DataFrame


def simulate_smart_factory(settings: SmartFactorySettings) -> FactoryRun:
    """Run every machine; equal settings give equal runs."""
    rng = np.random.default_rng(settings.seed)
    if settings.mode == "published":
        readings = _published(settings, rng)
    else:
        readings = _physical(settings, rng)
    return FactoryRun(readings, _episodes(readings, blame=settings.mode == "physical"))


def _published(settings: SmartFactorySettings, rng: np.random.Generator) -> pd.DataFrame:
    drawn = draw_published(settings.machines, settings.machines * settings.readings, rng)
    drawn = drawn.sort_values("machine", kind="stable", ignore_index=True)
    truths = {name: (drawn["failure"] == name).to_numpy() for name in FAULTS}
    targets = drawn[["anomaly", "maintenance", "downtime", "remaining_life"]]
    context = _context(drawn["machine"].to_numpy(), drawn["minute"].to_numpy())
    return _table(context, drawn[[*NAMES]], truths, targets)


def _physical(settings: SmartFactorySettings, rng: np.random.Generator) -> pd.DataFrame:
    """Run the factory for a day before the record begins, so that machines are in mid-life."""
    machines, count = settings.machines, settings.readings
    minute = np.arange(-DAY, count, dtype=np.float64)
    around = Conditions.draw(machines, minute, rng)
    age = rng.uniform(*OLD, (machines, 1))
    work = np.cumsum(around.load / USUAL * (1 + LATER * age / OLD[1]), axis=1)
    rhythm = Rhythm(settings.calm, settings.growth, settings.service)
    lives = Lives.draw(work, rhythm, rng)
    values = measure(lives, around, (settings.noise, settings.variety, settings.severity), rng)
    lives = lives.after(DAY)
    sensors = pd.DataFrame(values[:, DAY:].reshape(-1, len(NAMES)), columns=NAMES)
    sensors["machine_age"] = np.round(age + minute[DAY:] / DAY, 2).ravel()
    sensors["since_maintenance"] = lives.since.ravel()
    context = _context(np.repeat(np.arange(machines), count), np.tile(np.arange(count), machines))
    shown = (lives.severity >= settings.shows) & ~lives.stands
    truths = {name: ((lives.fault == k) & shown).ravel() for k, name in enumerate(FAULTS)}
    return _table(context, sensors, truths, _targets(lives, shown, settings.cap))


def _targets(lives: Lives, shown: Bools, cap: int) -> pd.DataFrame:
    """What is to be foretold; NaN where the record ends, or service comes, before it is known."""
    known = lives.fails | (lives.left >= cap)
    needed = (lives.severity >= SEVERE) | lives.mended | (lives.fails & (lives.left < SOON))
    to_end = np.arange(lives.left.shape[1])[::-1]
    silent = ~needed & (lives.left == to_end) & (to_end < SOON) & ~lives.fails
    found: dict[str, Floats] = {
        "anomaly": shown.astype(np.float64),
        "maintenance": np.where(silent, np.nan, needed),
        "downtime": lives.stands.astype(np.float64),
        "remaining_life": np.where(known, np.minimum(lives.left, cap), np.nan),
    }
    return pd.DataFrame({name: each.ravel() for name, each in found.items()})


def _context(machine: Ints, minute: Ints) -> pd.DataFrame:
    """Whose reading each is, and when it was taken."""
    names = np.array([f"machine_{m + 1:02d}" for m in range(machine.max() + 1)])
    return pd.DataFrame({"asset": names[machine], "time": BEGIN + minute * np.timedelta64(1, "m")})


def _table(
    context: pd.DataFrame, sensors: pd.DataFrame, truths: dict[str, Bools], targets: pd.DataFrame
) -> pd.DataFrame:
    """The typed table of readings."""
    faults = pd.DataFrame({f"Anomaly_{name}": truth for name, truth in truths.items()})
    told = targets.astype(np.float64).add_prefix("Target_")
    return pd.concat([context, sensors, faults, told], axis=1)


def _episodes(readings: pd.DataFrame, *, blame: bool) -> pd.DataFrame:
    """One row a run of readings of one machine with a fault."""
    assets = pd.factorize(readings["asset"])[0]
    rows = []
    for fault in FAULTS:
        inside = np.where(readings[f"Anomaly_{fault}"], assets, -1)
        border = np.diff(inside, prepend=-1, append=-1) != 0
        firsts = np.flatnonzero(border[:-1] & (inside >= 0))
        lasts = np.flatnonzero(border[1:] & (inside >= 0))
        sensors = guilty(fault) if blame else []
        rows += [
            (fault, 0, first, last, sensors) for first, last in zip(firsts, lasts, strict=True)
        ]
    names = ["fault", "stand", "first_coil", "last_coil", "sensors"]
    episodes = pd.DataFrame(rows, columns=names).sort_values("first_coil", ignore_index=True)
    episodes.insert(0, "episode", np.arange(len(episodes)))
    return episodes
