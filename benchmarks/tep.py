"""Detection on the Tennessee Eastman process: `python -m benchmarks.tep`.

Every method is fitted on the 500 fault-free training rows and on nothing else but the first half of
the fault-free test run, which gives the indices their scale. The limit is the 99 % quantile of its
scores on held-out healthy rows: those 480, or all of them (with `--limit pooled`: the false-alarm
rate is then exactly 1 %, which compares methods on one footing).

Sensors and labels are those of `dataset_tep.yml`, for Braatz' simulation as one Parquet table.
"""

import argparse
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import numpy as np
import yaml

from matts.detect.cva import CvaDetector, CvaSettings
from matts.detect.kalman import KalmanDetector, KalmanSettings
from matts.detect.pca import PcaDetector, PcaSettings
from matts.domain import Detector, Floats, Ints, Readings, Windows
from matts.evaluate.report import table
from matts.ingest import get_readings
from matts.readings import to_readings
from matts.source.files import read
from matts.source.settings import SourceSettings
from matts.windows import WindowSettings, slide

FILE = Path(__file__).parents[2] / "shared/data/tep/tep_braatz.parquet"
DATASET = Path(__file__).parents[1] / "conf/base/parameters/dataset_tep.yml"
ONSET = 160  # rows of a faulty test run that are healthy yet
HALF = 480  # rows of the fault-free test run that calibrate
RATE = 0.01
UNSEEN = (3, 9, 15)  # faults that leave no trace in any published method
FAULTS = [fault for fault in range(1, 22) if fault not in UNSEEN]

METHODS: dict[str, Detector] = {
    "pca": PcaDetector(PcaSettings(variance=(0.9,))),
    "kalman, level": KalmanDetector(),
    "kalman, multivariate": KalmanDetector(KalmanSettings(model="multivariate")),
    "cva": CvaDetector(CvaSettings(lags=5)),
    "cva, smoothed over 20": CvaDetector(CvaSettings(lags=5, smoothing=20)),
}


class Process(NamedTuple):
    """The runs of the process as windows of one reading."""

    train: Windows
    normal: Windows  # of the test split
    faulty: dict[int, Windows]  # of the test split, by fault


class Found(NamedTuple):
    """What a method detects."""

    rates: dict[int, float]  # share of the faulty rows found, by fault
    false: float  # share of the healthy rows, which set no limit, above it

    def mean(self, faults: Sequence[int]) -> float:
        """The mean rate over some faults."""
        return float(np.mean([self.rates[fault] for fault in faults]))


def readings_of(path: Path = FILE) -> Readings:
    """All runs as the dataset file describes them: the same sensors, the same labels."""
    described = yaml.safe_load(DATASET.read_text(encoding="utf-8"))["source"]
    own = {"path": str(path.parent), "files": [path.name]}
    source = SourceSettings.model_validate({**described, **own})
    return to_readings(get_readings(read(source), source).readings)


def load(path: Path = FILE) -> Process:
    """Read the runs."""
    readings = readings_of(path)
    assets = np.asarray(readings.assets)
    parts = {run: windows_of(readings, np.flatnonzero(assets == run)) for run in np.unique(assets)}
    faulty = {fault: parts[f"test {fault}"] for fault in range(1, 22)}
    return Process(parts["train 0"], parts["test 0"], faulty)


def windows_of(readings: Readings, rows: Ints) -> Windows:
    """Windows of one reading of one run, which is unbroken whatever its parts are for."""
    return replace(slide(readings.take(rows), WindowSettings(length=1)), segments=None)


def detect(detector: Detector, process: Process, *, pooled: bool) -> Found:
    """Fit, set the limit, and count what lies at or above it."""
    first = np.arange(len(process.normal)) < HALF
    detector.fit(process.train, process.normal.where(first))
    normal = detector.score(process.normal)
    scores = {fault: detector.score(run) for fault, run in process.faulty.items()}
    unused = np.concatenate([normal[HALF:], *(own[:ONSET] for own in scores.values())])
    calm: Floats = np.concatenate([normal[:HALF], unused]) if pooled else normal[:HALF]
    limit = np.quantile(calm, 1 - RATE)
    rates = {fault: float((own[ONSET:] >= limit).mean()) for fault, own in scores.items()}
    return Found(rates, float((unused >= limit).mean()))


def measure(process: Process, *, pooled: bool) -> str:
    """The table, as Markdown: a row a fault, a column a method."""
    found = {name: detect(each, process, pooled=pooled) for name, each in METHODS.items()}
    rows = [[str(k), *(f"{one.rates[k]:.3f}" for one in found.values())] for k in range(1, 22)]
    means = {"all": list(range(1, 22)), "without 3, 9, 15": FAULTS}
    rows += [[k, *(f"{one.mean(v):.3f}" for one in found.values())] for k, v in means.items()]
    rows.append(["healthy rows", *(f"{one.false:.3f}" for one in found.values())])
    return table(["fault", *found], rows)


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description="Detection on the Tennessee Eastman process.")
    parser.add_argument("--file", type=Path, default=FILE)
    parser.add_argument("--limit", choices=["held-out", "pooled"], default="pooled")
    chosen = parser.parse_args(arguments)
    if not chosen.file.exists():
        parser.error(f"--file needs the runs of the process, got no file at {chosen.file}")
    print(measure(load(chosen.file), pooled=chosen.limit == "pooled"))


if __name__ == "__main__":
    main()
