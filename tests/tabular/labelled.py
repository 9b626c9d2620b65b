"""Machines whose labels are known to be thresholds and draws, and machines that wear."""

import numpy as np

from matts.domain import Bools, Floats
from matts.tabular.rows import Rows

SENSORS = ("temperature", "vibration", "humidity", "pressure", "energy_consumption")
FAULTS = ("Vibration Issue", "Overheating", "Pressure Drop", "Electrical Fault")
START = np.datetime64("2025-01-01", "ns")


def rows_of(
    values: Floats, machines: int, faults: Bools, targets: dict[str, Floats], names: tuple[str, ...]
) -> Rows:
    """Readings a minute apart, dealt out to as many machines."""
    count = len(values)
    which = np.repeat(np.arange(machines), -(-count // machines))[:count]
    return Rows(
        values=values,
        sensors=SENSORS[: values.shape[1]],
        given=(),
        machines=np.array([f"machine {k:02d}" for k in range(machines)])[which],
        segments=which,
        times=START + np.arange(count) * np.timedelta64(60, "s"),
        faults=faults,
        fault_names=names,
        known=np.ones(count, np.bool_),
        targets=targets,
        numbers=np.arange(count),
    )


def published(count: int = 4000, seed: int = 0, blank: float = 0.0) -> Rows:
    """Labels by the rules of the public data; a share of the temperatures is blanked after."""
    rng = np.random.default_rng(seed)
    values = np.column_stack(
        [
            rng.normal(75, 10, count),
            rng.normal(50, 15, count),
            rng.uniform(30, 80, count),
            rng.uniform(1, 5, count),
            rng.uniform(0.5, 5, count),
        ]
    ).round(2)
    anomaly = (values[:, 0] > 90) | (values[:, 1] > 80)
    life = np.where(anomaly, rng.integers(1, 50, count), rng.integers(1, 500, count)).astype(float)
    kinds = rng.choice(5, count, p=[0.92, 0.03, 0.02, 0.02, 0.01])
    maintenance = anomaly | (life < 20) | (kinds > 0)
    values[rng.random(count) < blank, 0] = np.nan
    return rows_of(
        values,
        20,
        kinds[:, None] == np.arange(1, 5),
        {
            "anomaly": anomaly.astype(float),
            "maintenance": maintenance.astype(float),
            "downtime": anomaly.astype(float),
            "remaining_life": life,
        },
        FAULTS,
    )


def worn(count: int = 4000, seed: int = 0) -> Rows:
    """Lives of 100 readings that run down; wear shows in one sensor a fault, under much noise."""
    rng = np.random.default_rng(seed)
    left = 99.0 - np.arange(count) % 100
    kinds = rng.integers(0, 2, -(-count // 100)).repeat(100)[:count]
    wear = np.exp(-left / 15)
    values = rng.normal(0, 1, (count, 5))
    values[np.arange(count), kinds] += 5 * wear
    anomaly = wear > 0.3
    faults = anomaly[:, None] & (kinds[:, None] == np.arange(2))
    maintenance = (rng.random(count) < 0.2) & ~anomaly
    targets = {"anomaly": anomaly.astype(float), "maintenance": maintenance.astype(float)}
    return rows_of(values, 20, faults, targets | {"remaining_life": left}, FAULTS[:2])
