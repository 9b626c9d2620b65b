"""What is particular to a machine stands in its dataset file, never in what looks for faults."""

import re
from pathlib import Path

import pytest

from matts.simulate.tandem_mill import SENSORS

FAULTS = {"Reduction", "Electric", "Bearing", "WorkRoll"}
ROOT = Path(__file__).parents[2] / "src/matts"
SOURCES = [
    p for part in ("detect", "diagnose", "models") for p in sorted((ROOT / part).rglob("*.py"))
]
DATASETS = {
    "tcm",
    "tcm5",
    "tep",
    "tennessee",
    "eastman",
    "skab",
    "cmapss",
    "turbofan",
    "xmeas",
    "xmv",
}
PHYSICS = {
    *("mill", "mills", "coil", "coils", "roll", "rolls", "workroll", "valve"),
    *("torque", "tension", "force", "speed", "mileage", "thickness", "pressure", "voltage"),
}
EXAMPLE = re.compile(
    r"^\s*(>>>|\.\.\.) .*$", re.MULTILINE
)  # a doctest has to call its sensors something


def words_of(source: str) -> set[str]:
    """Every word, alone and as a part of a name; a sensor's whole name too."""
    names = set(re.findall(r"[A-Za-z_0-9]+", EXAMPLE.sub("", source)))
    return names | {part for name in names for part in re.findall(r"[A-Za-z]+\d*", name)}


def told(source: str) -> set[str]:
    """The words that only one machine has."""
    words = words_of(source)
    names = words & {*FAULTS, *(sensor for sensor in SENSORS if "_" in sensor)}
    return names | {word for word in words if word.lower() in DATASETS | PHYSICS}


def test_what_is_looked_for_is_found() -> None:
    assert told('spread = rows[:, sensors.index("torque_3")]') == {"torque_3", "torque"}
    assert told("# of a Coil\nfault = 'Bearing'") == {"Coil", "Bearing"}
    assert told('    >>> one = Readings(("force",))\n    [1.0]') == set()
    assert told("understands = multitorque") == set()
    assert len(SOURCES) > 20


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_no_machine_is_named(path: Path) -> None:
    assert told(path.read_text(encoding="utf-8")) == set()
