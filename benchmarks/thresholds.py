"""What thresholds promise, and what they keep: `python -m benchmarks.thresholds`.

Simulated mills 4, 5 and 6, several seeds each. Every threshold is found on training and validation
windows; what it then does on healthy windows of the test part is counted over all seeds together,
with the lowest and the highest seed in brackets.
"""

import argparse
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
import yaml
from numpy.typing import NDArray

from matts.channels import Channels
from matts.detect.autoencoder import AutoencoderDetector
from matts.detect.objective import DetectorSettings
from matts.detect.pca import PcaDetector
from matts.detect.supervised import SupervisedDetector, SupervisedSettings
from matts.detect.threshold import ThresholdSettings
from matts.detect.virtual_sensors import VirtualSensorsDetector, VirtualSensorsSettings
from matts.domain import Detector, Windows
from matts.evaluate.promises import Kept, Record, keep, promised, record
from matts.evaluate.report import table
from matts.groups import SensorSettings
from matts.readings import to_readings
from matts.simulate.tandem_mill import MillSettings, simulate_tandem_mill
from matts.training import TrainingSettings
from matts.windows import Split, WindowSettings, split_readings

PROMISES: dict[str, dict[str, Any]] = {
    "percentile": {"method": "percentile"},
    "gaussian": {"method": "gaussian"},
    "mad": {"method": "mad"},
    "pot": {"method": "pot"},
    "pot, training=never": {"method": "pot", "training": "never"},
    "dynamic": {"method": "dynamic"},
    "budget": {"method": "budget"},
    "budget, moving=true": {"method": "budget", "moving": True},
    "budget, training=always": {"method": "budget", "training": "always"},
    "budget, training=never": {"method": "budget", "training": "never"},
}
OF_EACH_MODE = {"method": "pot", "training": "always", "per_asset": True}
PROMISES["pot, training=always"] = {**OF_EACH_MODE, "per_asset": False}
PROMISES["pot, training=always, one for each mode"] = OF_EACH_MODE
ROOT = Path(__file__).parents[1]
SEES = {"PCA": "raw", "network": "raw", "virtual sensors": "raw", "supervised": "residual"}
DETECTORS = tuple(SEES)


def mill(dataset: int, coils: int, seed: int, channels: str = "raw") -> Split:
    """A simulated mill seen by these channels, split in time."""
    readings = simulate_tandem_mill(MillSettings(dataset=dataset, coils=coils, seed=seed)).readings
    settings = WindowSettings.model_validate({"channels": channels})
    maker = Channels.fit(readings, settings, sensors_of_the_mill())
    return split_readings(to_readings(maker.from_start(readings)), settings)


def fitted(name: str, split: Split, seed: int) -> Detector:
    """A detector by its name; the network's is its reconstruction error after a few epochs."""
    if name == "PCA":
        return PcaDetector().fit(split.train, split.validation)
    if name == "supervised":
        alike = SupervisedSettings(sensors=sensors_of_the_mill())
        return SupervisedDetector(alike).fit(split.train, split.validation)
    if name == "virtual sensors":
        known = VirtualSensorsSettings(sensors=sensors_of_the_mill())
        return VirtualSensorsDetector(known).fit(split.train, split.validation)
    training = TrainingSettings(epochs=5, batch_size=64, learning_rate=0.005, seed=seed)
    settings = DetectorSettings(score="reconstruction")
    return AutoencoderDetector(settings, training).fit(split.train, split.validation)


def scored(name: str, dataset: int, coils: int, seed: int) -> Record:
    """The scores of the three parts of one mill."""
    raw, split = mill(dataset, coils, seed), mill(dataset, coils, seed, SEES[name])
    found = record(fitted(name, split, seed), split.train, split.validation, split.test)
    modes = modes_of(raw.train), modes_of(raw.validation), modes_of(raw.test)
    return Record(*(replace(p, assets=m) for p, m in zip(found, modes, strict=True)))


def sensors_of_the_mill() -> SensorSettings:
    """Which sensors belong together, as the dataset files of the mill have it."""
    tree = yaml.safe_load((ROOT / "conf/base/parameters/dataset_6.yml").read_text())
    return SensorSettings.model_validate(tree["sensors"])


def modes_of(windows: Windows) -> NDArray[np.str_]:
    """What the mill works on at each window, by the sensors that its dataset file names: [N]."""
    known = sensors_of_the_mill()
    members = known.members(windows.sensors)
    own = [windows.sensors.index(sensor) for group in known.mode for sensor in members[group]]
    rows = windows.last_rows[:, own].round(1)
    return np.array(["/".join(map(str, row)) for row in rows])


def rows(records: dict[str, list[Record]]) -> Iterator[list[str]]:
    """A row a method: what it promises, then what it keeps on each column's records."""
    for name, values in PROMISES.items():
        settings = ThresholdSettings(**values)
        cells = [_cell([kept(one, settings) for one in own]) for own in records.values()]
        unit = "alarms" if settings.method == "budget" else "alerts"
        yield [f"`{name}`", f"{promised(settings):g} {unit}", *cells]


def kept(one: Record, settings: ThresholdSettings) -> Kept:
    """What a threshold did; modes count only where each is to have its own."""
    if settings.per_asset:
        return keep(one, settings)
    return keep(Record(*(replace(part, assets=None) for part in one)), settings)


def _cell(found: list[Kept]) -> str:
    """All seeds together, and the lowest and highest of them, per 1,000 healthy readings."""
    rates = [1000 * one.wrong / one.windows for one in found]
    together = 1000 * sum(one.wrong for one in found) / sum(one.windows for one in found)
    return f"{together:.2f} ({min(rates):.1f} to {max(rates):.1f})"


def measure(seeds: int, coils: int, detectors: Sequence[str] = DETECTORS) -> str:
    """The table, as Markdown."""
    records = {
        f"set {dataset}, {name}": [scored(name, dataset, coils, seed) for seed in range(seeds)]
        for dataset in (4, 5, 6)
        for name in detectors
    }
    return table(["method", "promised", *records], list(rows(records)))


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description="What thresholds promise and keep.")
    parser.add_argument("--seeds", type=int, default=10, help="mills of each data set")
    parser.add_argument("--coils", type=int, default=20_000, help="of each mill")
    parser.add_argument("--detectors", nargs="+", default=DETECTORS, choices=DETECTORS)
    chosen = parser.parse_args(arguments)
    torch.set_num_threads(1)
    print(measure(chosen.seeds, chosen.coils, chosen.detectors))


if __name__ == "__main__":
    main()
