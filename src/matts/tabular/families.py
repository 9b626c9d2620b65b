"""The families of engineered columns: name, formula, source, and how each is made.

s is a reading of a sensor that is judged. Means over sensors leave out what is NaN.
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from matts.domain import Bools, Floats
from matts.tabular.view import View

MINUTES, WEEK = 1440, 7  # of a day; days
LEAST = 0.001  # added to the energy: a standing machine uses none

TUKEY = "ladder of powers: Tukey, Exploratory Data Analysis, 1977"
WELFORD = "running moments: Welford, Technometrics 4(3), 1962"
SHEWHART = "charts of averages and deviations: Shewhart, Economic Control of Quality, 1931"
CIRCLE = "angles as sine and cosine: Mardia and Jupp, Directional Statistics, 2000"
POWER = "ratios and products of what acts together; as the public data's known features have them"

ENERGY = ("energy", "energy_consumption")  # names of one sensor
PRODUCTS: dict[str, tuple[tuple[str, ...], tuple[str, ...], Callable[[Floats, Floats], Floats]]] = {
    "temperature_x_vibration": (("temperature",), ("vibration",), np.multiply),
    "pressure_per_energy": (("pressure",), ENERGY, lambda a, b: a / (b + LEAST)),
    "humidity_x_pressure": (("humidity",), ("pressure",), np.multiply),
}


class Family(NamedTuple):
    """Columns that are made alike."""

    names: Callable[[View], tuple[str, ...]]
    make: Callable[[View], Floats]  # [R, c]
    formula: str
    source: str


def _each(suffix: str) -> Callable[[View], tuple[str, ...]]:
    """One column a sensor that is judged."""
    return lambda view: tuple(f"{sensor}{suffix}" for sensor in view.sensors)


def _there(*names: str) -> Callable[[View], tuple[str, ...]]:
    """Columns of the clock, where there is one."""
    return lambda view: names if view.rows.times is not None else ()


def _over_sensors(*names: str) -> Callable[[View], tuple[str, ...]]:
    """Columns over all sensors that are judged, where there is one."""
    return lambda view: names if view.sensors else ()


def _row(view: View) -> Floats:
    """Mean, deviation (ddof 1), lowest, highest, range of a row: [R, 5]."""
    values = view.values.T  # sensor by sensor: many rows at once
    there = ~np.isnan(values)
    count = there.sum(axis=0)
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = _total(values, there) / count
        squares = _total(np.square(values - mean), there)
        sd = np.where(count > 1, np.sqrt(squares / (count - 1)), np.nan)
    low, high = np.fmin.reduce(values, axis=0), np.fmax.reduce(values, axis=0)
    return np.stack([mean, sd, low, high, high - low]).T


def _total(values: Floats, there: Bools) -> Floats:
    """One sensor after the other, so that a row has the same total in whatever company: [F, R]."""
    return np.asarray(np.add.accumulate(np.where(there, values, 0.0), axis=0)[-1])


def _products(view: View) -> Floats:
    pairs = [PRODUCTS[name] for name in _product_names(view)]
    return np.column_stack(
        [np.empty((len(view.rows), 0)), *(f(*_two(view, a, b)) for a, b, f in pairs)]
    )


def _product_names(view: View) -> tuple[str, ...]:
    return tuple(
        name for name, (a, b, _) in PRODUCTS.items() if _first(view, a) and _first(view, b)
    )


def _two(view: View, a: tuple[str, ...], b: tuple[str, ...]) -> tuple[Floats, Floats]:
    columns = view.of((_first(view, a), _first(view, b)))
    return columns[:, 0], columns[:, 1]


def _first(view: View, names: tuple[str, ...]) -> str:
    """The first of these sensors that is there; nothing for none."""
    return next((name for name in names if name in view.rows.sensors), "")


def _mean_abs_z(view: View) -> Floats:
    there = ~np.isnan(view.past.z)
    with np.errstate(invalid="ignore"):
        sums = np.where(there, np.abs(view.past.z), 0.0).sum(axis=1)
        return np.asarray(sums / there.sum(axis=1))[:, None]


def _circle(places: int, each: int = 1) -> Floats:
    """Sine and cosine of the first places of a circle, one turn for all, `each` in a row equal."""
    angles = 2 * np.pi * (np.arange(places) // each) / (places / each)
    return np.stack([np.sin(angles), np.cos(angles)])


def _clock(view: View) -> Floats:
    weekday, minute = view.clock
    hours, days = (np.arange(places) // each for places, each in ((MINUTES, 60), (WEEK, 1)))
    of_minute = np.vstack([hours, _circle(MINUTES, each=60)])
    of_day = np.vstack([days, _circle(WEEK)])
    hour, day = of_minute.take(minute, axis=1), of_day.take(weekday, axis=1)
    return np.vstack([hour[:1], day[:1], hour[1:], day[1:]]).T


FAMILIES: dict[str, Family] = {
    "raw": Family(_each(""), lambda v: v.values, "s", "the sensor itself"),
    "given": Family(
        lambda v: v.rows.given, lambda v: v.of(v.rows.given), "g", "settings and history as given"
    ),
    "squared": Family(_each("_squared"), lambda v: np.square(v.values), "s²", TUKEY),
    "root": Family(_each("_root"), lambda v: np.sqrt(np.abs(v.values)), "√\\|s\\|", TUKEY),
    "log": Family(_each("_log"), lambda v: np.log1p(np.abs(v.values)), "ln(1 + \\|s\\|)", TUKEY),
    "z": Family(_each("_z"), lambda v: v.past.z, "(s - m) / d of the machine's past", WELFORD),
    "abs_z": Family(_each("_abs_z"), lambda v: np.abs(v.past.z), "\\|z\\|", WELFORD),
    "mean_abs_z": Family(
        _over_sensors("mean_abs_z"), _mean_abs_z, "mean of \\|z\\| over the sensors", WELFORD
    ),
    "row": Family(
        _over_sensors("row_mean", "row_sd", "row_min", "row_max", "row_range"),
        _row,
        "mean, deviation, lowest, highest, highest - lowest over the sensors of a row",
        "order statistics and moments",
    ),
    "products": Family(
        _product_names,
        _products,
        "temperature · vibration, pressure / (energy + 0.001), humidity · pressure",
        POWER,
    ),
    "mean_5": Family(_each("_mean_5"), lambda v: v.past.mean, "mean of the last 5", SHEWHART),
    "sd_5": Family(_each("_sd_5"), lambda v: v.past.sd, "deviation of the last 5", SHEWHART),
    "step": Family(_each("_step"), lambda v: v.past.step, "s - the s before", "first difference"),
    "ewm_5": Family(
        _each("_ewm_5"),
        lambda v: v.past.ewm,
        "Σ (2/3)ⁱ sᵢ / Σ (2/3)ⁱ, i readings ago",
        "EWMA of span 5: Roberts, Technometrics 1(3), 1959",
    ),
    "clock": Family(
        _there("hour", "weekday", "hour_sin", "hour_cos", "day_sin", "day_cos"),
        _clock,
        "hour, day of the week (Monday 0), sine and cosine of hour / 24 and of day / 7 turns",
        CIRCLE,
    ),
    "minute": Family(
        _there("minute_of_day_sin", "minute_of_day_cos"),
        lambda v: _circle(MINUTES).take(v.clock[1], axis=1).T,
        "sine and cosine of minute / 1440 turns",
        CIRCLE,
    ),
}
