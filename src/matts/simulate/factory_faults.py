"""What goes wrong with a machine of the factory, and what its sensors show of it."""

from typing import NamedTuple

import numpy as np

from matts.domain import Floats


class Sensor(NamedTuple):
    """A sensor as the public file has it."""

    name: str
    unit: str
    noise: float  # of one reading
    variety: float  # of machines' own levels


class Fault(NamedTuple):
    """A kind of failure: how often it is the one, and what it has moved when the machine fails."""

    share: float
    moved: dict[str, float]


SENSORS = (
    Sensor("temperature", "degC", 0.8, 0.6),
    Sensor("vibration", "mm/s", 1.2, 0.8),
    Sensor("humidity", "%", 1.0, 2.0),
    Sensor("pressure", "bar", 0.05, 0.05),
    Sensor("energy_consumption", "kWh", 0.06, 0.03),
)
NAMES = tuple(sensor.name for sensor in SENSORS)
TEMPERATURE, VIBRATION, HUMIDITY, PRESSURE, ENERGY = range(len(SENSORS))

FAULTS: dict[str, Fault] = {
    "Vibration Issue": Fault(0.3, {"vibration": 45.0, "energy_consumption": 0.5}),
    "Overheating": Fault(0.25, {"temperature": 45.0, "energy_consumption": 0.7}),
    "Pressure Drop": Fault(0.25, {"pressure": -2.0, "humidity": 20.0}),
    "Electrical Fault": Fault(0.2, {"energy_consumption": 2.4, "temperature": 15.0}),
}


def moved() -> Floats:
    """[K, F]: what each fault has moved in each sensor when the machine fails."""
    return np.array([[fault.moved.get(name, 0.0) for name in NAMES] for fault in FAULTS.values()])


def guilty(fault: str) -> list[str]:
    """The sensors to blame for a fault: those that it moves.

    >>> guilty("Pressure Drop")
    ['humidity', 'pressure']
    """
    return [name for name in NAMES if name in FAULTS[fault].moved]
