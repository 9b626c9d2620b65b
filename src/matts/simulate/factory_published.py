"""Readings by the rules of a public table, Smart Manufacturing IoT-Cloud Monitoring.

Each minute one machine is drawn and read once; no reading has to do with another. Levels, shares
and rules are those measured on the table; what a failure is called has nothing to do with sensors.
"""

import numpy as np
import pandas as pd

HOT, SHAKING = 90.0, 80.0  # an anomaly is above one of them
FAILING = 0.1  # of readings have the status of failure
SHARES = {  # of those, what the failure is called
    "Normal": 0.2,
    "Vibration Issue": 0.3,
    "Overheating": 0.2,
    "Pressure Drop": 0.2,
    "Electrical Fault": 0.1,
}
SOON = 20  # minutes left, below which maintenance is required


def draw_published(machines: int, readings: int, rng: np.random.Generator) -> pd.DataFrame:
    """So many readings in the order of time: machine, minute, sensors, targets, kind of failure."""
    table = pd.DataFrame(
        {
            "machine": rng.integers(machines, size=readings),
            "minute": np.arange(readings),
            "temperature": rng.normal(75, 10, readings).round(2),
            "vibration": rng.normal(50, 15, readings).round(2),
            "humidity": rng.uniform(30, 80, readings).round(2),
            "pressure": rng.uniform(1, 5, readings).round(2),
            "energy_consumption": rng.uniform(0.5, 5, readings).round(2),
        }
    )
    anomaly = ((table["temperature"] > HOT) | (table["vibration"] > SHAKING)).to_numpy()
    failing = rng.random(readings) < FAILING
    life = np.where(anomaly, rng.integers(1, 50, readings), rng.integers(10, 500, readings))
    kinds = rng.choice([*SHARES], size=readings, p=[*SHARES.values()])
    return table.assign(
        anomaly=anomaly,
        maintenance=anomaly | (life < SOON) | failing,
        downtime=anomaly,
        remaining_life=life,
        failure=np.where(failing, kinds, "Normal"),
    )
