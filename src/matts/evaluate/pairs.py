"""Every detector with a diagnoser behind it: what is found and rightly named, end to end."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from matts.detect.calibration import Calibration
from matts.domain import HEALTHY
from matts.evaluate.diagnosis import diagnosis_metrics
from matts.evaluate.formats import number, table
from matts.evaluate.intervals import summarise_seeds
from matts.evaluate.tables import alerts_of, fault_names, truth_of

Tree = dict[str, Any]


def judge_pairs(
    test: pd.DataFrame,
    diagnoses: pd.DataFrame,
    calibration: Calibration,
    diagnosers: Mapping[str, Tree],
) -> Tree:
    """The macro F1 of every detector, all its seeds, with the diagnoser that validation prefers."""
    chosen = max(diagnosers, key=lambda name: diagnosers[name]["validation_f1_macro"] or 0.0)
    key = f"{chosen}/{diagnosers[chosen]['seed']}"
    named = diagnoses.loc[diagnoses["part"] == "test", key].to_numpy()
    truth, names = truth_of(test), fault_names(test)
    found: dict[str, dict[str, float | None]] = {}
    for detector, threshold in calibration.thresholds.items():
        kind, seed = detector.split("/")
        flagged = np.where(alerts_of(test, detector, threshold), named, HEALTHY)
        judged = diagnosis_metrics(flagged, truth, names, with_healthy=True)
        found.setdefault(kind, {})[seed] = judged["f1_macro"]
    return {
        "diagnoser": key,
        "f1_macro": {kind: summarise_seeds([*seeds.values()]) for kind, seeds in found.items()},
    }


def pair_section(results: Mapping[str, Any]) -> str:
    """Every detector with that diagnoser, medians of its seeds, the best macro F1 first."""
    pairs, models = results["pairs"], results["models"]
    metrics = ("pr_auc", "event_recall", "false_alarms_per_1000")
    medians = {
        name: [f1["median"], *(models[name]["seeds"][metric]["median"] for metric in metrics)]
        for name, f1 in pairs["f1_macro"].items()
    }
    ranked = sorted(medians, key=lambda name: -(medians[name][0] or 0.0))
    headings = ["detector", "macro F1", "PR-AUC", "event recall", "false alarms / 1,000"]
    rows = [[name, *map(number, medians[name])] for name in ranked]
    told = f"Each detector with the diagnoser `{pairs['diagnoser']}`, which names validation faults"
    return f"{told} best; medians of the seeds.\n\n" + table(headings, rows)
