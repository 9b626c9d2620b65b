"""The engineered columns of 100,000 rows: one pass instead of pandas' `groupby.transform`."""

import numpy as np
import pandas as pd

from benchmarks.timing import Bench, Ratio, Way, compare
from matts.groups import SensorSettings
from matts.tabular.families import LEAST
from matts.tabular.features import FeatureSettings, engineer
from matts.tabular.past import SPAN, Kernel
from matts.tabular.rows import to_rows

READINGS, MACHINES = 100_000, 50
SENSORS = ("temperature", "vibration", "humidity", "pressure", "energy_consumption")
WAYS: dict[str, Kernel] = {"compiled": "numba", "numpy": "numpy"}


def feature_rows(bench: Bench) -> list[Ratio]:
    """All 67 columns: what is timed begins with sorted readings and ends with the whole table."""
    table = factory(bench.of(READINGS), MACHINES)
    rows = to_rows(table, SensorSettings())
    slow = Way(lambda: by_pandas(table))
    return [
        compare(
            f"67 columns of a row: {name}",
            slow,
            Way(lambda kernel=kernel: engineer(rows, FeatureSettings(kernel=kernel))),  # type: ignore[misc]
            bench,
        )
        for name, kernel in WAYS.items()
    ]


def factory(readings: int, machines: int) -> pd.DataFrame:
    """Readings of machines, a minute apart, sorted by machine: random walks about 50."""
    draw, each = np.random.default_rng(0), max(readings // machines, 1)
    minutes = pd.to_timedelta(np.tile(np.arange(each), machines), unit="min")
    table = pd.DataFrame({"asset": np.repeat([f"m{i:03}" for i in range(machines)], each)})
    table["time"] = pd.Timestamp("2025-01-01") + minutes
    for name in SENSORS:
        table[name] = 50 + draw.normal(0, 1, (machines, each)).cumsum(axis=1).ravel()
    return table


def by_pandas(table: pd.DataFrame) -> pd.DataFrame:
    """The same columns in the ordinary way, by name; `table` is sorted by machine and time."""
    values = table[[*SENSORS]]
    parts = [values, *(_of_sensor(table, name) for name in SENSORS), _of_row(values)]
    found = pd.concat([*parts, _of_clock(table["time"])], axis=1)
    found["mean_abs_z"] = found[[f"{name}_abs_z" for name in SENSORS]].mean(axis=1)
    return found


def _of_sensor(table: pd.DataFrame, name: str) -> pd.DataFrame:
    values, groups = table[name], table.groupby("asset")[name]
    mean = groups.transform(lambda own: own.expanding().mean())
    sd = groups.transform(lambda own: own.expanding().std())
    z = ((values - mean) / sd).mask((sd == 0) & values.notna(), 0.0)
    columns = {
        "squared": values**2,
        "root": np.sqrt(values.abs()),
        "log": np.log1p(values.abs()),
        "z": z,
        "abs_z": z.abs(),
        "mean_5": groups.transform(lambda own: own.rolling(SPAN, min_periods=1).mean()),
        "sd_5": groups.transform(lambda own: own.rolling(SPAN, min_periods=1).std()),
        "step": groups.diff(),
        "ewm_5": groups.transform(lambda own: own.ewm(span=SPAN).mean()),
    }
    return pd.DataFrame({f"{name}_{kind}": column for kind, column in columns.items()})


def _of_row(values: pd.DataFrame) -> pd.DataFrame:
    columns = {
        "row_mean": values.mean(axis=1),
        "row_sd": values.std(axis=1),
        "row_min": values.min(axis=1),
        "row_max": values.max(axis=1),
        "row_range": values.max(axis=1) - values.min(axis=1),
        "temperature_x_vibration": values["temperature"] * values["vibration"],
        "pressure_per_energy": values["pressure"] / (values["energy_consumption"] + LEAST),
        "humidity_x_pressure": values["humidity"] * values["pressure"],
    }
    return pd.DataFrame(columns)


def _of_clock(times: "pd.Series[pd.Timestamp]") -> pd.DataFrame:
    hour, day = times.dt.hour, times.dt.weekday
    found = pd.DataFrame({"hour": hour, "weekday": day})
    minute = (60 * hour + times.dt.minute) / 1440
    for name, turn in (("hour", hour / 24), ("day", day / 7), ("minute_of_day", minute)):
        found[f"{name}_sin"] = np.sin(2 * np.pi * turn)
        found[f"{name}_cos"] = np.cos(2 * np.pi * turn)
    return found
