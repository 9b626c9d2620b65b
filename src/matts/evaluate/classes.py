"""Every class at once, health too: what diagnosers say behind the deployed detector, and alone."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from matts.detect.calibration import Calibration
from matts.domain import HEALTHY, Bools, Ints
from matts.evaluate.diagnosis import diagnosis_metrics
from matts.evaluate.found import known_faults
from matts.evaluate.tables import ALONE, alerts_of, fault_names, truth_of
from matts.formats import number, table

Tree = dict[str, Any]
VIEWS = {  # a column's heading, which readings, which classes
    "macro F1": ("all", "f1_macro"),
    "macro F1 without": ("all", "f1_macro_without"),
    "from the onset on": ("after_onset", "f1_macro"),
    "from the onset on, without": ("after_onset", "f1_macro_without"),
}


def judge_classes(
    test: pd.DataFrame,
    diagnoses: pd.DataFrame,
    calibration: Calibration,
    chosen: Mapping[str, str],
    leave_out: Sequence[str],
) -> Tree:
    """One entry a way to name all classes: diagnosers by name, and the detector before each."""
    named, names = diagnoses[diagnoses["part"] == "test"], fault_names(test)
    truth, stay = truth_of(test), known_faults(leave_out, names)
    onset = after_onset(truth, test["segment"].to_numpy())
    ways: dict[str, Ints] = {}
    for diagnoser, detector in chosen.items():
        kind, alerts = diagnoser.split("/")[0], _alerts(test, detector, calibration)
        ways[f"matts, {kind}"] = np.where(alerts, named[diagnoser].to_numpy(), HEALTHY)
        if ALONE + diagnoser in named:
            ways[f"{kind} alone"] = named[ALONE + diagnoser].to_numpy()
    entries = {
        way: {
            "all": class_scores(said, truth, names, stay),
            "after_onset": None
            if onset is None
            else class_scores(said[onset], truth[onset], names, stay),
        }
        for way, said in ways.items()
    }
    return {"leave_out": list(leave_out), "ways": entries}


def _alerts(test: pd.DataFrame, detector: str, calibration: Calibration) -> Bools:
    return alerts_of(test, detector, calibration.thresholds[detector])


def after_onset(truth: Bools, segments: Ints) -> Bools | None:
    """The readings with a fault, and all those of segments without any: [N, K], [N] -> [N].

    So the literature judges a process whose test runs begin healthy: the readings before the onset
    are left out. None where that leaves out nothing, or leaves no healthy reading.

    >>> truth = np.array([[False], [True], [False], [False]])
    >>> after_onset(truth, np.array([0, 0, 1, 1])).tolist()
    [False, True, True, True]
    """
    faulty = truth.any(axis=1)
    calm = ~np.isin(segments, np.unique(segments[faulty]))
    judged = faulty | calm
    return None if judged.all() or not calm.any() else np.asarray(judged)


def class_scores(said: Ints, truth: Bools, names: Sequence[str], stay: Bools) -> Tree:
    """Accuracy and macro F1 over health and every fault, and without those that do not stay.

    Without them means without their readings: who takes another reading for one of them is wrong.
    """
    every = diagnosis_metrics(said, truth, names, with_healthy=True)
    kept = ~truth[:, ~stay].any(axis=1)
    fewer = diagnosis_metrics(said[kept], truth[kept], names, with_healthy=True)["per_class"]
    classes = [name for name, each in zip(fewer, [True, *stay], strict=True) if each]
    known = [fewer[name]["f1"] for name in classes if fewer[name]["f1"] is not None]
    return {
        "accuracy": every["accuracy"],
        "f1_macro": every["f1_macro"],
        "f1_macro_without": float(np.mean(known)) if known else None,
        "f1": {name: each["f1"] for name, each in every["per_class"].items()},
    }


def class_section(results: Mapping[str, Any]) -> str:
    """A row a way, the best macro F1 first; columns only for what is asked or exists."""
    ways, leave_out = results["classes"]["ways"], results["classes"]["leave_out"]
    judged = any(each["after_onset"] for each in ways.values())
    shown = {
        heading: view
        for heading, view in VIEWS.items()
        if (leave_out or view[1] == "f1_macro") and (judged or view[0] == "all")
    }
    order = sorted(ways, key=lambda name: -(ways[name]["all"]["f1_macro"] or 0.0))
    rows = [
        [name, *(number((ways[name][rows] or {}).get(key)) for rows, key in shown.values())]
        for name in order
    ]
    told = (
        "Healthy is a class here: it is what the detector does not alert on, or what a diagnoser "
    )
    told += "says alone that has learnt what healthy windows look like."
    if judged:
        told += " From the onset on: without the healthy readings of runs that have a fault."
    if leave_out:
        told += f" Without: neither {', '.join(leave_out)} nor their readings."
    return f"{told}\n\n{table(['detector, diagnoser', *shown], rows)}"
