"""Valve faults of the Skoltech benchmark (SKAB): `python -m benchmarks.skab`.

The first 400 rows of each file train: 320 of them teach, the next 80 set the threshold, the 95 %
quantile of all their scores; the rest of the file is judged. No fault is looked at. What a
detector is given is chosen on the files with even numbers; the odd ones were not looked at for it.
"""

import argparse
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from matts.channels import Channels
from matts.detect.controls import ConstantDetector
from matts.detect.cva import CvaDetector, CvaSettings
from matts.detect.mean_shift import MeanShiftDetector, MeanShiftSettings
from matts.domain import Bools, Detector, Floats, Windows
from matts.evaluate.detection import Metrics, detection_metrics
from matts.evaluate.report import table
from matts.groups import SensorSettings
from matts.readings import to_readings
from matts.splitting import SplitSettings
from matts.windows import ReferenceSettings, Split, WindowSettings, split_readings

FOLDER = Path(__file__).parents[2] / "shared/data/skab/valve1"
PARTS = SplitSettings(by="readings", train=320, validation=80)
QUANTILE = 0.95
HALVES: dict[str, Callable[[int], bool]] = {
    "even files": lambda number: number % 2 == 0,
    "odd files": lambda number: number % 2 == 1,
    "all files": lambda number: number >= 0,
}


class Trial(NamedTuple):
    """What is tried: off which first readings, in windows of which length, by which detector."""

    reference: int | None
    length: int
    detector: Detector
    per_file: bool = False


TRIALS = {
    "constant": Trial(60, 20, ConstantDetector()),
    "cva, smoothed over 20": Trial(60, 20, CvaDetector(CvaSettings(lags=5, smoothing=20))),
    **{
        f"each, first {first}, window {length}": Trial(first, length, MeanShiftDetector())
        for first in (40, 60, 80, 120)
        for length in (5, 10, 20, 30)
    },
    "all together, first 60": Trial(60, 20, MeanShiftDetector(MeanShiftSettings(judge="all"))),
    "each, no reference": Trial(None, 20, MeanShiftDetector()),
    "each, a detector a file": Trial(None, 20, MeanShiftDetector(), per_file=True),
}


def load(folder: Path = FOLDER) -> pd.DataFrame:
    """The files below each other, each an asset of its own."""
    files = sorted(folder.glob("*.csv"), key=lambda file: int(file.stem))
    tables = [pd.read_csv(file, sep=";").assign(asset=file.stem) for file in files]
    record = pd.concat(tables, ignore_index=True).drop(columns=["datetime", "changepoint"])
    faulty = record.pop("anomaly") > 0
    return record.assign(Anomaly_Fault=faulty)


def split(record: pd.DataFrame, reference: int | None, length: int) -> Split:
    """The windows of the protocol."""
    first = None if reference is None else ReferenceSettings(readings=reference, spread=True)
    settings = WindowSettings(length=length, reference=first, split=PARTS)
    channels = Channels.fit(record, settings, SensorSettings()).from_start(record)
    return split_readings(to_readings(channels), settings)


def scores_of(trial: Trial, parts: Split) -> tuple[Floats, Floats]:
    """Scores of the validation and the test windows."""
    if not trial.per_file:
        trial.detector.fit(parts.train, parts.validation)
        return trial.detector.score(parts.validation), trial.detector.score(parts.test)
    found = np.empty(len(parts.validation)), np.empty(len(parts.test))
    for asset in np.unique(assets_of(parts.test)):
        train = parts.train.where(assets_of(parts.train) == asset)
        trial.detector.fit(train, train)
        for scores, part in zip(found, (parts.validation, parts.test), strict=True):
            own = assets_of(part) == asset
            scores[own] = trial.detector.score(part.where(own))
    return found


def assets_of(windows: Windows) -> NDArray[Any]:
    """[N]: the file of each window."""
    return np.asarray(windows.assets)


def judge(trial: Trial, record: pd.DataFrame) -> dict[str, Metrics]:
    """What a trial finds in each half of the files."""
    parts = split(record, trial.reference, trial.length)
    known, scores = scores_of(trial, parts)
    alerts, test = scores >= np.quantile(known, QUANTILE), parts.test
    numbers = assets_of(test).astype(np.int64)
    segments = np.zeros(len(test), np.int64) if test.segments is None else test.segments[test.last]
    halves: dict[str, Bools] = {
        name: np.array([chosen(number) for number in numbers]) for name, chosen in HALVES.items()
    }
    return {
        name: detection_metrics(scores[own], alerts[own], test.faulty[own], segments[own])
        for name, own in halves.items()
    }


def measure(record: pd.DataFrame) -> str:
    """The table, as Markdown: F1, false-alarm % and missed-alarm % in each half, VUS-PR in all."""
    rows = []
    for name, trial in TRIALS.items():
        found = judge(trial, record)
        rows.append([name, *map(_cell, found.values()), f"{found['all files']['vus_pr']:.3f}"])
    return table(["F1 / false % / missed %", *HALVES, "VUS-PR"], rows)


def _cell(found: Metrics) -> str:
    false, missed = found["false_alarm_rate"] or 0.0, found["missed_alarm_rate"] or 0.0
    return f"{found['f1']:.3f} / {100 * false:.1f} / {100 * missed:.1f}"


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description="Valve faults of the Skoltech benchmark.")
    parser.add_argument("--folder", type=Path, default=FOLDER)
    chosen = parser.parse_args(arguments)
    if not any(chosen.folder.glob("*.csv")):
        parser.error(f"--folder needs the files of valve1, got none in {chosen.folder}")
    print(measure(load(chosen.folder)))


if __name__ == "__main__":
    main()
