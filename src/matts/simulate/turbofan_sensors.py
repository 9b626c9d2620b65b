"""What a turbofan's sensors show in flight, and how a failing module moves them.

The levels are those of the public C-MAPSS files (Saxena, Goebel, Simon and Eklund, Damage
propagation modeling for aircraft engine run-to-failure simulation, PHM 2008), to a spread or so;
noise, and what a failing compressor moves, were measured on FD001. What other modules move is made
up: signs that a gas path suggests, in steps of the same size.
"""

from typing import Literal, NamedTuple

import numpy as np

from matts.domain import Floats

Mode = Literal["HPC", "Fan", "HPT", "LPT"]


class Sensor(NamedTuple):
    """One sensor: what it measures, and how it shows it."""

    name: str
    measures: str
    unit: str
    noise: float  # standard deviation of a reading at sea level
    decimals: int


SENSORS = (
    Sensor("s1", "total temperature at the fan inlet", "degR", 0, 2),
    Sensor("s2", "total temperature behind the low-pressure compressor", "degR", 0.30, 2),
    Sensor("s3", "total temperature behind the high-pressure compressor", "degR", 4.0, 2),
    Sensor("s4", "total temperature behind the low-pressure turbine", "degR", 4.0, 2),
    Sensor("s5", "pressure at the fan inlet", "psia", 0, 2),
    Sensor("s6", "total pressure in the bypass", "psia", 0.002, 2),
    Sensor("s7", "total pressure behind the high-pressure compressor", "psia", 0.41, 2),
    Sensor("s8", "speed of the fan", "rpm", 0.031, 2),
    Sensor("s9", "speed of the core", "rpm", 4.2, 2),
    Sensor("s10", "engine pressure ratio", "1", 0, 2),
    Sensor("s11", "static pressure behind the high-pressure compressor", "psia", 0.10, 2),
    Sensor("s12", "fuel flow over s11", "pps/psi", 0.30, 2),
    Sensor("s13", "corrected speed of the fan", "rpm", 0.030, 2),
    Sensor("s14", "corrected speed of the core", "rpm", 3.1, 2),
    Sensor("s15", "bypass ratio", "1", 0.020, 4),
    Sensor("s16", "fuel-air ratio of the burner", "1", 0, 2),
    Sensor("s17", "enthalpy of the bleed", "1", 0.93, 0),
    Sensor("s18", "demanded speed of the fan", "rpm", 0, 0),
    Sensor("s19", "demanded corrected speed of the fan", "rpm", 0, 2),
    Sensor("s20", "coolant bleed of the high-pressure turbine", "lbm/s", 0.10, 2),
    Sensor("s21", "coolant bleed of the low-pressure turbine", "lbm/s", 0.061, 4),
)
SETTINGS = (
    Sensor("setting1", "altitude", "1000 ft", 0.0022, 4),
    Sensor("setting2", "Mach number", "1", 0.0003, 4),
    Sensor("setting3", "throttle resolver angle", "degree", 0, 1),
)

# Of a new engine in each of six flight regimes, the first at sea level.
LEVELS: dict[str, tuple[float, ...]] = {
    "setting1": (0, 10, 20, 25, 35, 42),
    "setting2": (0, 0.25, 0.7, 0.62, 0.84, 0.84),
    "setting3": (100, 100, 100, 60, 100, 100),
    "s1": (518.67, 489.05, 491.19, 462.54, 449.44, 445),
    "s2": (642.38, 604.7, 607.4, 536.8, 555.6, 549.7),
    "s3": (1586.9, 1503, 1480, 1262, 1360, 1350),
    "s4": (1402.8, 1308, 1249, 1050, 1128, 1120),
    "s5": (14.62, 10.52, 9.35, 7.05, 5.48, 3.91),
    "s6": (21.61, 15.49, 13.65, 9.03, 8, 5.71),
    "s7": (553.95, 394.2, 334.4, 175.5, 194.5, 138.7),
    "s8": (2388.06, 2318.9, 2323.9, 1915.3, 2223, 2211.9),
    "s9": (9056.1, 8770, 8716, 8009, 8346, 8315),
    "s10": (1.3, 1.26, 1.08, 0.94, 1.02, 1.02),
    "s11": (47.36, 45.4, 44.3, 36.7, 41.9, 41.9),
    "s12": (521.9, 371.4, 315, 164.9, 183.2, 130.7),
    "s13": (2388.06, 2388.1, 2388.05, 2028.2, 2387.9, 2387.9),
    "s14": (8137.4, 8125, 8068, 7878, 8065, 8080),
    "s15": (8.4184, 8.655, 9.225, 10.89, 9.33, 9.37),
    "s16": (0.03, 0.03, 0.02, 0.02, 0.02, 0.02),
    "s17": (392.3, 368, 364, 306, 334, 331),
    "s18": (2388, 2319, 2324, 1915, 2223, 2212),
    "s19": (100, 100, 100, 84.93, 100, 100),
    "s20": (38.93, 28.5, 24.5, 14.3, 14.8, 10.6),
    "s21": (23.359, 17.12, 14.71, 8.58, 8.89, 6.37),
}

# What a mode has moved when the engine fails, in spreads of the noise.
SHIFTS: dict[Mode, dict[str, float]] = {
    "HPC": {"s2": 4.4, "s3": 3.8, "s4": 6.7, "s7": -6.2, "s8": 5.7, "s9": 10.1, "s11": 8.0}
    | {"s12": -7.1, "s13": 6.2, "s14": 9.7, "s15": 5.2, "s17": 4.4, "s20": -5.0, "s21": -4.8},
    "Fan": {"s2": 3.0, "s4": 4.0, "s7": 8.5, "s8": 7.5, "s9": 3.0, "s11": 4.0, "s12": 8.5}
    | {"s13": 7.5, "s15": -7.0, "s17": 2.5, "s20": 3.5, "s21": 3.5},
    "HPT": {"s3": -4.5, "s4": 9.5, "s7": -4.0, "s9": -8.0, "s11": -7.0, "s12": 3.0}
    | {"s14": -8.0, "s15": 3.5, "s17": 5.0, "s20": -8.5, "s21": -3.0},
    "LPT": {"s2": -3.0, "s4": 8.0, "s8": -7.5, "s9": 7.0, "s11": 3.0, "s13": -7.5}
    | {"s14": 7.0, "s15": -5.0, "s20": 3.0, "s21": -8.0},
}
GUILTY = 6.0  # spreads: sensors that a mode moves as far as that are to blame


def levels(sensors: tuple[Sensor, ...]) -> Floats:
    """[6, S]: what a new engine shows in each regime."""
    return np.array([LEVELS[sensor.name] for sensor in sensors]).T


def noises() -> Floats:
    """[6, 21]: the spread of each sensor's readings in each regime, in proportion to its level."""
    every = levels(SENSORS)
    return np.asarray([sensor.noise for sensor in SENSORS] * (every / every[0]))


def shift_of(mode: Mode) -> Floats:
    """[21]: what a mode has moved at failure, in spreads."""
    return np.array([SHIFTS[mode].get(sensor.name, 0.0) for sensor in SENSORS])


def guilty(mode: Mode) -> list[str]:
    """The sensors to blame for a mode: those that it moves furthest.

    >>> guilty("LPT")
    ['s4', 's8', 's9', 's13', 's14', 's21']
    """
    return [name for name, shift in SHIFTS[mode].items() if abs(shift) >= GUILTY]
