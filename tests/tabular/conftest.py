"""A few machines whose readings and states are drawn at random."""

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from matts.groups import SensorSettings
from matts.tabular.rows import Rows, to_rows

SENSORS = ("temperature", "vibration", "humidity", "pressure", "energy_consumption")


def frame(machines: int = 4, readings: int = 60, seed: int = 0) -> pd.DataFrame:
    """A reading a minute of each machine; anomalies come in runs."""
    draw = np.random.default_rng(seed)
    count = machines * readings
    minutes = np.tile(np.arange(readings), machines)
    anomaly = draw.random(count // 5 + 1).repeat(5)[:count] < 0.2
    sensors = {name: draw.normal(50, 10, count) for name in SENSORS}
    return pd.DataFrame(
        {
            "asset": np.repeat([f"m{each:02}" for each in range(machines)], readings),
            "time": pd.Timestamp("2025-01-03 22:00") + pd.to_timedelta(minutes, unit="min"),
            **sensors,
            "Anomaly_Leak": anomaly & (draw.random(count) < 0.5),
            "Anomaly_Heat": anomaly & (draw.random(count) < 0.5),
            "Target_anomaly": anomaly.astype(float),
            "Target_remaining_life": 120.0 - minutes % 37,
        }
    )


@pytest.fixture
def make_rows() -> Callable[..., Rows]:
    return lambda **how: to_rows(frame(**how), SensorSettings())
