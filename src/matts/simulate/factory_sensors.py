"""What the sensors of the factory's machines show, minute by minute: arrays are [M, T].

hour → load and ambient air → what a sound machine shows → what a fault moves → noise and glitches
"""

from typing import NamedTuple, Self

import numpy as np
from scipy.signal import lfilter

from matts.domain import Floats
from matts.simulate.factory_faults import (
    ENERGY,
    HUMIDITY,
    PRESSURE,
    SENSORS,
    TEMPERATURE,
    VIBRATION,
    moved,
)
from matts.simulate.factory_lives import NONE, Lives

DAY = 24 * 60  # minutes
SHIFTS = (0.7, 0.9, 0.85)
USUAL = 0.8  # load
CHANGEOVER = 15.0  # minutes in which load follows a change
INERTIA = 12.0  # of temperature
LOST, SPIKES = 0.002, 0.001  # shares of readings that are lost, and that jump
SPIKE = 8.0  # spreads of the noise


class Conditions(NamedTuple):
    """How hard machines would work if none stood, and the air around them."""

    load: Floats
    ambient: Floats  # degC

    @classmethod
    def draw(cls, machines: int, minute: Floats, rng: np.random.Generator) -> Self:
        """Draw load by shift and job, and ambient air by hour, for minutes since midnight: [T]."""
        shape = (machines, len(minute))
        shift = np.array(SHIFTS)[((minute % DAY + 2 * 60) // (8 * 60) % 3).astype(int)]
        own = rng.normal(0, 0.02, (machines, 1))
        load = lag(np.broadcast_to(shift, shape) + own, CHANGEOVER) + wander(shape, 45, rng) * 0.025
        air = 22 + 2.5 * np.cos(2 * np.pi * (minute / DAY - 15 / 24))
        ambient = (
            air + 0.3 * wander((1, shape[1]), 240, rng) + 0.3 * rng.standard_normal((machines, 1))
        )
        return cls(np.clip(load, 0.3, 1.1), ambient)


def measure(
    lives: Lives, around: Conditions, spread: tuple[float, float, float], rng: np.random.Generator
) -> Floats:
    """[M, T, F]: what is read, with so much noise, variety between machines and severity."""
    noise, variety, severe = spread
    machines, minutes = lives.since.shape
    noises, varieties = (
        np.array([getattr(s, key) for s in SENSORS]) for key in ("noise", "variety")
    )
    own = variety * varieties * rng.standard_normal((machines, 1, len(SENSORS)))
    gain = 1 + 0.04 * variety * rng.standard_normal((machines, 1, 1))
    shown = severe * np.where(lives.fault == NONE, 0.0, lives.severity)[:, :, None]
    effect = gain * shown * moved()[lives.fault]
    values = _sound(lives, around, own + effect)
    values[:, :, HUMIDITY] += 3 * wander((machines, minutes), 480, rng)
    values += noise * noises * rng.standard_normal(values.shape)
    return _glitched(values, noises, rng)


def _sound(lives: Lives, around: Conditions, more: Floats) -> Floats:
    """[M, T, F]: what a machine shows, and how much more it does for what is particular to it."""
    load, runs = np.where(lives.stands, 0.0, around.load), ~lives.stands
    wear = lives.since / DAY
    heat, shake, damp, press, power = np.moveaxis(more, 2, 0)
    values = np.empty_like(more)
    values[:, :, TEMPERATURE] = lag(around.ambient + runs * (20 + 40 * load + heat), INERTIA)
    values[:, :, VIBRATION] = 1 + runs * (27 + 24 * load + 4 * wear + shake)
    values[:, :, HUMIDITY] = 55 - 1.5 * (around.ambient - 22) + damp
    values[:, :, PRESSURE] = lag(1 + runs * (2.1 - 0.3 * (load - USUAL) + press), 4)
    values[:, :, ENERGY] = 0.5 + runs * (0.5 + 2.2 * load + 0.1 * wear + power)
    return values


def _glitched(values: Floats, noises: Floats, rng: np.random.Generator) -> Floats:
    """The same with readings that jump and others that are lost, two decimals as in the file."""
    drawn = rng.random(values.shape)
    jump = np.where(drawn < SPIKES, SPIKE * noises * rng.choice([-1.0, 1.0], values.shape), 0.0)
    return np.where(drawn > 1 - LOST, np.nan, np.round(values + jump, 2))


def lag(target: Floats, minutes: float) -> Floats:
    """What follows a target with an inertia of so many minutes: [M, T].

    >>> lag(np.array([[0.0, 1.0, 1.0]]), 2.0).tolist()
    [[0.0, 0.5, 0.75]]
    """
    share = 1 / minutes
    begin = (1 - share) * target[:, :1]
    return np.asarray(lfilter([share], [1, share - 1], target, axis=1, zi=begin)[0])


def wander(shape: tuple[int, int], minutes: float, rng: np.random.Generator) -> Floats:
    """Standard noise that lasts for about so many minutes (an AR process of order one): [M, T]."""
    kept = np.exp(-1 / minutes)
    white = rng.standard_normal(shape) * np.sqrt(1 - kept**2)
    begin = kept * rng.standard_normal((shape[0], 1))
    return np.asarray(lfilter([1.0], [1, -kept], white, axis=1, zi=begin)[0])
