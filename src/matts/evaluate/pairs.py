"""Every detector with every diagnoser behind it: what is found and rightly named, end to end."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from matts.detect.calibration import Calibration
from matts.domain import HEALTHY
from matts.evaluate.diagnosis import diagnosis_metrics
from matts.evaluate.intervals import summarise_seeds
from matts.evaluate.tables import alerts_of, fault_names, truth_of
from matts.formats import number, table

Tree = dict[str, Any]
FIGURES = ("pr_auc", "event_recall", "false_alarms_per_1000")


def judge_pairs(
    test: pd.DataFrame,
    diagnoses: pd.DataFrame,
    calibration: Calibration,
    diagnosers: Mapping[str, Tree],
) -> dict[str, Tree]:
    """The macro F1 of each detector with each diagnoser, over the seeds of the detector.

    A diagnoser of the same seed stands behind a detector if there is one, else the one that
    validation chose.
    """
    named, truth, names = diagnoses[diagnoses["part"] == "test"], truth_of(test), fault_names(test)
    found: dict[str, dict[str, list[float | None]]] = {}
    for detector, threshold in calibration.thresholds.items():
        kind, seed = detector.split("/")
        alerts = alerts_of(test, detector, threshold)
        for diagnoser, entry in diagnosers.items():
            own = f"{diagnoser}/{seed}"
            key = own if own in named else f"{diagnoser}/{entry['seed']}"
            flagged = np.where(alerts, named[key].to_numpy(), HEALTHY)
            judged = diagnosis_metrics(flagged, truth, names, with_healthy=True)
            found.setdefault(kind, {}).setdefault(diagnoser, []).append(judged["f1_macro"])
    return {
        kind: {diagnoser: summarise_seeds(values) for diagnoser, values in each.items()}
        for kind, each in found.items()
    }


def pair_section(results: Mapping[str, Any]) -> str:
    """Every detector with every diagnoser, medians of the seeds, the best pair first."""
    pairs, models = results["pairs"], results["models"]
    diagnosers = list(results["diagnosers"])
    medians = {
        name: [models[name]["seeds"][figure]["median"] for figure in FIGURES]
        + [pairs[name][diagnoser]["median"] for diagnoser in diagnosers]
        for name in pairs
    }
    best = {name: max(each["median"] or 0.0 for each in pairs[name].values()) for name in pairs}
    headings = ["detector", "PR-AUC", "event recall", "false alarms / 1,000"]
    headings += [f"macro F1, {diagnoser}" for diagnoser in diagnosers]
    rows = [
        [name, *map(number, medians[name])] for name in sorted(best, key=best.__getitem__)[::-1]
    ]
    told = "Each detector with each diagnoser behind it; medians of the detector's seeds."
    return f"{told}\n\n" + table(headings, rows)
