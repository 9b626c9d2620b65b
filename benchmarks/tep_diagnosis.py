"""What each part of the forest brings on Tennessee Eastman: `python -m benchmarks.tep_diagnosis`.

Training runs alone, cross-fitted: each quarter of every run is named by a forest that learnt the
other three, without the windows that share a reading with it. So choices are made without the
test runs; figures are higher here than there where a run is like itself and no other.
"""

import argparse
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from benchmarks.tep import FILE, UNSEEN, readings_of
from matts.diagnose.trees import TreesDiagnoser
from matts.domain import Bools, Ints, Windows
from matts.evaluate.classes import class_scores
from matts.evaluate.report import table
from matts.forest import ForestSettings
from matts.windows import WindowSettings, slide

LENGTH = 20
QUARTERS = 4
VARIANTS = {
    "no forecast": ForestSettings(trees=100, lags=0),
    "forecast from 1 reading": ForestSettings(trees=100, lags=1),
    "forecast from 4 readings": ForestSettings(trees=100, lags=4),
    "and a fifth of the columns at each split": ForestSettings(trees=100, share=0.2),
    "and the mean over 20 windows": ForestSettings(trees=100, share=0.2, memory=20),
}


def training_windows(path: Path) -> tuple[Windows, Ints]:
    """The windows of the training runs, and the place of each in its run."""
    readings = readings_of(path)
    runs = np.asarray(readings.assets)
    own = readings.take(np.flatnonzero(np.char.startswith(runs, "train")))
    _, numbers = np.unique(np.asarray(own.assets), return_inverse=True)
    windows = slide(own.take(np.argsort(numbers, kind="stable")), WindowSettings(length=LENGTH))
    new = np.r_[True, windows.assets[1:] != windows.assets[:-1]]  # type: ignore[index]
    return windows, windows.last - np.maximum.accumulate(np.where(new, windows.last, 0))


def quarters(places: Ints) -> list[tuple[Bools, Bools]]:
    """What to learn from and what to name, for each quarter: [N], [N]."""
    count = places.max() + 1
    found = []
    for quarter in range(QUARTERS):
        first, end = count * quarter // QUARTERS, count * (quarter + 1) // QUARTERS
        named = (places >= first) & (places < end)
        found.append(((places < first - LENGTH + 1) | (places >= end + LENGTH - 1), named))
    return found


def cross_fit(windows: Windows, places: Ints, settings: ForestSettings) -> Ints:
    """The class of each window, named by a forest that learnt other quarters: [N]."""
    said = np.zeros(len(windows), np.int64)
    for learnt, named in quarters(places):
        forest = TreesDiagnoser(settings).fit(windows.where(learnt), windows.where(named))
        said[named] = forest.with_healthy(windows.where(named)).argmax(axis=1)
    return said


def measure(path: Path) -> str:
    """The table, as Markdown."""
    windows, places = training_windows(path)
    names = windows.fault_names
    stay = np.array([name not in {f"IDV {k}" for k in UNSEEN} for name in names])
    rows = []
    for title, settings in VARIANTS.items():
        said = cross_fit(windows, places, settings)
        scores = class_scores(said, windows.faults, names, stay)
        rows.append([title, f"{scores['f1_macro']:.3f}", f"{scores['f1_macro_without']:.3f}"])
    return table(["forest", "macro F1, 22 classes", "without 3, 9, 15"], rows)


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description="Diagnosis on the Tennessee Eastman process.")
    parser.add_argument("--file", type=Path, default=FILE)
    print(measure(parser.parse_args(arguments).file))


if __name__ == "__main__":
    main()
