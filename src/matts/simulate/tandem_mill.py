"""A five-stand tandem cold mill that makes readings like the published TCM5 sets, faults included.

    orders -> passes -> rolls -> tensions -> forces -> torques -> powers, each with its faults

One reading is one coil. The laws are in `mill_physics`; what they were fitted to is told there.
"""

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
import pandas as pd
from pydantic import BaseModel, ConfigDict, Field

from matts.domain import Floats
from matts.simulate import mill_physics as physics
from matts.simulate.mill_faults import (
    LABELS,
    STANDS,
    Faults,
    draw_faults,
    list_episodes,
    no_faults,
)
from matts.simulate.mill_physics import Passes
from matts.simulate.mill_products import MIXES, Orders, draw_orders
from matts.simulate.mill_rolls import ROUGH_RATE, Rolls, run_rolls
from matts.simulate.mill_scatter import Scatter, draw_scatter

__all__ = ["LABELS", "SENSORS", "MillRun", "MillSettings", "simulate_tandem_mill"]


def _by_stand(*names: str) -> tuple[str, ...]:
    return tuple(f"{name}_{stand}" for name in names for stand in STANDS)


SENSORS = (
    *("thickness_entry", "thickness_exit", "width", "ys_entry", "ys_exit"),
    *_by_stand("work_roll_diam", "work_roll_mileage", "reduction"),
    "tension_0",
    *_by_stand("tension", "roll_speed", "force", "torque", "gap", "motor_power"),
)


class MillSettings(BaseModel):
    """Which mill to run, for how long, and how hard its faults are to see."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    machine: Literal["tandem_mill"] = "tandem_mill"
    dataset: int = Field(default=6, ge=1, le=6)  # published mix of products, tensions and drift
    coils: int = Field(default=20_000, ge=100, le=1_000_000)
    seed: int = Field(default=0, ge=0)
    noise: float = Field(default=1.0, ge=0, le=4)  # 1 as published, scales every scatter of a coil
    misfit: float = Field(default=0.02, ge=0, le=0.2)  # how far a product is off the laws
    severity: float = Field(default=1.0, ge=0, le=2)  # of the faults' logarithms, 1 as published
    faults: bool = True


@dataclass(frozen=True)
class MillRun:
    """The readings of one run and the truth about its faults.

    `readings` is [N, 67]: the SENSORS, then the LABELS as booleans. `episodes` has one row for each
    unbroken run of a label: episode, fault (Reduction, Electric, Bearing or WorkRoll), stand (0 for
    the whole mill), first_coil, last_coil, and sensors: those that the fault moves first. Reduction
    moves all five reductions; Electric one motor's power; Bearing the torque and so the power;
    WorkRoll, more friction, the force and a little the torque. Everything else that moves follows.
    """

    readings: pd.DataFrame
    episodes: pd.DataFrame


def simulate_tandem_mill(settings: MillSettings, chosen: Faults | None = None) -> MillRun:
    """Roll `settings.coils` coils; equal settings give equal runs.

    Faults that somebody has `chosen` come instead of drawn ones: the mill and its orders are the
    same, whatever befalls it.
    """
    mix = MIXES[settings.dataset]
    seeds = np.random.default_rng([settings.dataset, settings.seed]).spawn(4)
    orders = draw_orders(mix, settings.coils, seeds[0])
    scatter = draw_scatter(orders.product, settings.noise, settings.misfit, seeds[1])
    by_chance = settings.faults and chosen is None
    drawn = draw_faults(settings.coils, seeds[2]) if by_chance else no_faults(settings.coils)
    faults = chosen or drawn
    first_share = faults.scaled(settings.severity).draft
    passes = physics.schedule_passes(orders, scatter.shares, first_share)
    lengths = physics.keep_flow(orders.length, orders, passes)
    rolls = run_rolls(lengths, ROUGH_RATE if by_chance else 0.0, seeds[3])
    faults = chosen or replace(faults, force=rolls.roughness)
    tension = physics.tensions(orders, mix.tension) + scatter.tension
    strip = Strip(orders, passes, tension)
    values = _measure(strip, rolls, scatter, faults.scaled(settings.severity))
    readings = pd.DataFrame(values, columns=list(SENSORS))
    readings[list(LABELS)] = faults.labels
    return MillRun(readings, list_episodes(faults.labels))


@dataclass(frozen=True)
class Strip:
    """What is rolled: the coils, their passes and the tension that holds them."""

    orders: Orders
    passes: Passes
    tension: Floats  # [N, 6], N


def _measure(strip: Strip, rolls: Rolls, scatter: Scatter, faults: Faults) -> Floats:
    """[N, 51]: every sensor, rounded as the published files are."""
    orders, passes, radius = strip.orders, strip.passes, rolls.diameter / 2
    speed = physics.keep_flow(orders.speed, orders, passes)
    good_force = _force_of_good_rolls(strip, rolls, scatter)
    force = good_force * faults.force
    torque = physics.roll_torque(good_force, radius, orders, passes) * np.exp(scatter.torque)
    torque = torque * faults.torque * faults.force**physics.FRICTION_TORQUE
    efficiency = physics.EFFICIENCY * faults.efficiency * np.exp(scatter.efficiency)
    blocks = (
        np.column_stack([orders.entry, orders.exit, orders.width, orders.strength]),
        orders.end_strength.round(),
        rolls.diameter,
        rolls.mileage.round(2),
        passes.reduction.round(4),
        strip.tension.round(),
        speed.round(3),
        force.round(),
        torque.round(),
        (physics.roll_gap(force, passes) + scatter.gap).round(3),
        physics.motor_power(torque, speed, radius, efficiency),
    )
    return np.column_stack(blocks)


def _force_of_good_rolls(strip: Strip, rolls: Rolls, scatter: Scatter) -> Floats:
    """[N, 5] N: what the rolls would press with if none of them were rough."""
    pressed = physics.resistance(strip.orders, strip.passes, strip.tension) * np.exp(scatter.force)
    grip = physics.friction(rolls.mileage) * np.exp(scatter.friction)
    per_width = physics.roll_force(pressed, grip, rolls.diameter / 2, strip.passes)
    return per_width * strip.orders.width[:, None]
