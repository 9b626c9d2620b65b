"""Records to measure on: the simulated mill, and random machines of any size."""

import numpy as np

from matts.domain import Readings, Windows
from matts.readings import to_readings
from matts.simulate.tandem_mill import MillSettings, simulate_tandem_mill
from matts.windows import WindowSettings, slide

LENGTH = WindowSettings().length


def mill(coils: int) -> Windows:
    """Windows of a simulated mill."""
    run = simulate_tandem_mill(MillSettings(coils=max(coils, 100)))
    return slide(to_readings(run.readings), WindowSettings())


def machines(windows: int, sensors: int = 51, assets: int = 1) -> Windows:
    """So many windows of noise from so many machines, one reading in twenty faulty."""
    each = -(-windows // assets) + LENGTH - 1
    rng, rows = np.random.default_rng(0), each * assets
    segments = np.repeat(np.arange(assets), each)
    readings = Readings(
        values=rng.normal(size=(rows, sensors)),
        faults=rng.random((rows, 4)) < 1 / 80,
        segments=segments,
        sensors=tuple(f"s{number}" for number in range(sensors)),
        fault_names=("A", "B", "C", "D"),
        assets=segments.astype(str),
    )
    return slide(readings, WindowSettings())
