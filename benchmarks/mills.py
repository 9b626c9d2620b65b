"""What virtual sensors find, and what each part of them brings: `python -m benchmarks.mills`.

Simulated mills, several seeds of each set, the last 20 % for the test. Label-free virtual sensors
under a budget of false alarms, a supervised detector and diagnoser on residual channels, PCA and a
logistic regression on raw ones. `--harder` adds a mill with more noise, laws that fit worse and
milder faults; `--without` takes parts of what is known of the machine away.
"""

import argparse
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
import torch

from benchmarks.thresholds import sensors_of_the_mill
from matts.channels import Channels
from matts.detect.alarms import Scored
from matts.detect.pca import PcaDetector
from matts.detect.supervised import SupervisedDetector, SupervisedSettings
from matts.detect.threshold import ThresholdSettings, find_threshold
from matts.detect.virtual_sensors import VirtualSensorsDetector, VirtualSensorsSettings
from matts.diagnose.logistic import LogisticDiagnoser
from matts.diagnose.shared import SharedDiagnoser
from matts.domain import HEALTHY, Detector, Diagnoser, Windows
from matts.evaluate.detection import Metrics, detection_metrics
from matts.evaluate.diagnosis import diagnosis_metrics
from matts.evaluate.report import table
from matts.groups import SensorSettings
from matts.readings import to_readings
from matts.simulate.tandem_mill import MillSettings, simulate_tandem_mill
from matts.windows import Split, WindowSettings, split_readings

HARDER: dict[str, Any] = {"dataset": 4, "noise": 1.3, "misfit": 0.04, "severity": 0.75}
PARTS = ("order", "mode", "component", "labels")
BUDGET = ThresholdSettings(method="budget", budget=0.5)
FIXED = ThresholdSettings(method="fixed", value=0.5)
FIGURES = {
    "PR-AUC": "pr_auc",
    "event recall": "event_recall",
    "false alarms / 1,000": "false_alarms_per_1000",
    "macro F1": "f1_macro",
}
DIGITS = {"false alarms / 1,000": 2}


@dataclass(frozen=True)
class Setting:
    """A kind of mill, and a part of what is known of it that is taken away."""

    mill: str
    values: dict[str, Any]
    without: str | None = None

    @property
    def title(self) -> str:
        """What the table calls it."""
        return f"{self.mill}, no {self.without}" if self.without else self.mill

    @property
    def known(self) -> SensorSettings:
        """What the dataset file says, less what is taken away."""
        known = sensors_of_the_mill()
        if self.without == "order":  # the product stays, to tell the mode
            groups = {name: known.groups[name] for name in known.mode}
            return known.model_copy(update={"groups": groups})
        changes: dict[str, dict[str, Any]] = {
            "mode": {"mode": ()},
            "component": {"component": None},
        }
        return known.model_copy(update=changes.get(self.without or "", {}))

    def judge(self, seed: int, coils: int) -> dict[str, Metrics]:
        """Every way to find faults on one such mill."""
        mill = MillSettings(coils=coils, seed=seed, **self.values)
        readings = simulate_tandem_mill(mill).readings
        raw = split_readings(to_readings(readings), WindowSettings())
        found: dict[str, Metrics] = {}
        if self.without != "component":  # the detector does not ask for it
            labels = self.without != "labels"
            found["label-free"] = label_free(raw, self.known, labels=labels)
        if self.without != "labels":
            found["supervised"] = supervised(readings, self.known)
        if self.without is None:
            pca = PcaDetector().fit(raw.train, raw.validation)
            logistic = LogisticDiagnoser().fit(raw.train, raw.validation)
            found["PCA, logistic"] = judge(pca, raw, BUDGET, logistic)
        return found


def label_free(split: Split, known: SensorSettings, *, labels: bool) -> Metrics:
    """Virtual sensors of raw readings, fitted on healthy ones; without labels, on all."""
    train = split.train if labels else unlabelled(split.train)
    detector = VirtualSensorsDetector(VirtualSensorsSettings(sensors=known))
    return judge(detector.fit(train, split.validation), split, BUDGET)


def unlabelled(windows: Windows) -> Windows:
    """The same windows, every reading taken for healthy."""
    return replace(windows, row_faults=np.zeros_like(windows.row_faults))


def supervised(readings: pd.DataFrame, known: SensorSettings) -> Metrics:
    """What learns from labelled faults, on what sensors are off their virtual ones."""
    windows = WindowSettings(channels="residual")
    channels = Channels.fit(readings, windows, known).from_start(readings)
    split = split_readings(to_readings(channels), windows)
    detector = SupervisedDetector(SupervisedSettings(sensors=known))
    detector.fit(split.train, split.validation)
    return judge(detector, split, FIXED, SharedDiagnoser(known).fit(split.train, split.validation))


def judge(
    detector: Detector,
    split: Split,
    settings: ThresholdSettings,
    diagnoser: Diagnoser | None = None,
) -> Metrics:
    """What it is worth on the test part, at a threshold from the other two."""
    train, validation, test = (
        Scored.of(part, detector.score(part))
        for part in (split.train, split.validation, split.test)
    )
    alerts = find_threshold(validation, train, settings).alerts(test.scores)
    found = detection_metrics(test.scores, alerts, test.faulty, test.segments, max_buffer=0)
    if diagnoser is None:
        return {**found, "f1_macro": None}
    named = 1 + diagnoser.probabilities(split.test).argmax(axis=1)
    called = np.where(alerts, named, HEALTHY)
    names = split.test.fault_names
    diagnosis = diagnosis_metrics(called, split.test.faults, names, with_healthy=True)
    return {**found, "f1_macro": diagnosis["f1_macro"]}


def rows(setting: Setting, seeds: Sequence[int], coils: int) -> list[list[str]]:
    """A row a way to find faults."""
    mills = [setting.judge(seed, coils) for seed in seeds]
    return [
        [setting.title, way, *(cell(title, [mill[way] for mill in mills]) for title in FIGURES)]
        for way in mills[0]
    ]


def cell(title: str, found: Sequence[Metrics]) -> str:
    """The median of the mills, the lowest and the highest in brackets."""
    values = [value for each in found if (value := each[FIGURES[title]]) is not None]
    if not values:
        return "-"
    middle, low, high = (
        f"{value:.{DIGITS.get(title, 3)}f}"
        for value in (np.median(values), min(values), max(values))
    )
    return f"{middle} ({low} to {high})"


def settings_of(sets: Sequence[int], without: Sequence[str], *, harder: bool) -> list[Setting]:
    """What is to be judged, mill by mill."""
    mills = {f"set {dataset}": {"dataset": dataset} for dataset in sets}
    if harder:
        mills["harder"] = HARDER
    parts = (None, *without)
    return [Setting(name, values, part) for name, values in mills.items() for part in parts]


def measure(settings: Sequence[Setting], seeds: Sequence[int], coils: int) -> str:
    """The table, as Markdown."""
    found = [row for setting in settings for row in rows(setting, seeds, coils)]
    return table(["mill", "detector", *FIGURES], found)


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description="What virtual sensors find.")
    parser.add_argument("--sets", nargs="*", type=int, default=[4, 5, 6], help="data sets")
    parser.add_argument("--seeds", type=int, default=5, help="mills of each")
    parser.add_argument("--coils", type=int, default=20_000, help="of each mill")
    parser.add_argument("--harder", action="store_true", help="a mill that is harder, too")
    parser.add_argument("--without", nargs="+", default=[], choices=PARTS, help="take away")
    parser.add_argument("--first", type=int, default=0, help="the first seed")
    chosen = parser.parse_args(arguments)
    torch.set_num_threads(1)
    settings = settings_of(chosen.sets, chosen.without, harder=chosen.harder)
    print(measure(settings, range(chosen.first, chosen.first + chosen.seeds), chosen.coils))


if __name__ == "__main__":
    main()
