"""The layout of UCI's hydraulic systems, by a look-alike of it."""

from pathlib import Path

import numpy as np
import pytest
import yaml

from matts.domain import BadInputError
from matts.groups import SensorSettings
from matts.ingest import get_readings, grade
from matts.readings import to_readings
from matts.source.files import read
from matts.source.settings import SourceSettings
from matts.windows import WindowSettings, split_readings

FILE = Path(__file__).parents[2] / "conf/base/parameters/dataset_hydraulic.yml"
CYCLES = 60
SAMPLES = {
    **{f"PS{i}": 600 for i in range(1, 7)},
    **{f"TS{i}": 60 for i in range(1, 5)},
    "EPS1": 600,
    "FS1": 60,
    "FS2": 60,
    "VS1": 60,
    "CE": 60,
    "CP": 60,
    "SE": 60,
}


@pytest.fixture
def rig(tmp_path: Path) -> Path:
    """Files of the same names and forms; the pressure falls while the pump leaks."""
    random = np.random.default_rng(0)
    pump = np.arange(CYCLES) // 4 % 3
    for name, samples in SAMPLES.items():
        values = random.normal(100, 1, (CYCLES, samples)) - (name == "PS1") * 20 * pump[:, None]
        np.savetxt(tmp_path / f"{name}.txt", values, "%.3f", "\t")
    others = [random.choice(each, CYCLES) for each in ((3, 20, 100), (100, 90, 80, 73))]
    last = [random.choice(each, CYCLES) for each in ((130, 115, 100, 90), (0, 1))]
    profile = np.column_stack([*others, pump, *last])
    np.savetxt(tmp_path / "profile.txt", profile, "%d", "\t")
    (tmp_path / "description.txt").write_text("not a sensor")
    return tmp_path


def described(folder: Path) -> tuple[SourceSettings, SensorSettings, WindowSettings]:
    tree = yaml.safe_load(FILE.read_text())
    return (
        SourceSettings.model_validate({**tree["source"], "path": str(folder)}),
        SensorSettings.model_validate(tree["sensors"]),
        WindowSettings.model_validate(tree["windows"]),
    )


def test_cycles_become_readings_with_four_faults(rig: Path) -> None:
    source, sensors, windows = described(rig)
    ingested, quality = grade(get_readings(read(source), source), source, windows, sensors)
    readings = to_readings(ingested.readings)
    assert readings.fault_names == ("Cooler", "Valve", "Pump", "Accumulator")
    assert len(readings.sensors) == 3 * len(SAMPLES)
    assert readings.sensors[:3] == ("CE mean", "CE sd", "CE slope")
    pump = readings.faults[:, 2]
    pressure = ingested.readings["PS1 mean"].to_numpy()
    assert pressure[pump].max() < pressure[~pump].min()
    units = {row["sensor"]: row["unit"] for row in quality["sensors"]}
    assert (units["PS1 mean"], units["CE slope"], units["SE sd"]) == ("bar", "%", "%")
    assert "unknown" not in units.values()
    assert len(split_readings(readings, windows).train) == 42


def test_a_state_that_the_rig_never_had_is_refused(rig: Path) -> None:
    profile = (rig / "profile.txt").read_text().splitlines()
    profile[6] = "50\t100\t0\t130\t0"
    (rig / "profile.txt").write_text("\n".join(profile))
    source, *_ = described(rig)
    with pytest.raises(
        BadInputError, match=r"column cooler needs one of .*, got '50' first in data row 7"
    ):
        get_readings(read(source), source)
