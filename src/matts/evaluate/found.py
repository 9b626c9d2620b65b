"""What is found of each fault: the share of its readings that each detector alerts on."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from matts.detect.calibration import Calibration
from matts.domain import BadInputError, Bools
from matts.evaluate.tables import alerts_of, fault_names, truth_of
from matts.formats import number, table

Tree = dict[str, Any]
SHOWN = 6  # detectors in the table of the report; the file of results has all


def known_faults(leave_out: Sequence[str], names: Sequence[str]) -> Bools:
    """Which faults stay: [K].

    Raises:
        BadInputError: one that is to be left out is none of them.
    """
    for name in leave_out:
        if name not in names:
            msg = f"evaluate.leave_out needs faults among {', '.join(names)}, got {name!r}"
            raise BadInputError(msg)
    return np.array([name not in leave_out for name in names], np.bool_)


def judge_found(test: pd.DataFrame, calibration: Calibration, leave_out: Sequence[str]) -> Tree:
    """One entry a detector, its best seed by validation: what it finds at its threshold."""
    names, truth = fault_names(test), truth_of(test)
    stay = known_faults(leave_out, names)
    entries = {}
    for key in calibration.best_seeds():
        alerts = alerts_of(test, key, calibration.thresholds[key])
        entries[key.split("/")[0]] = found_by_fault(alerts, truth, names, stay)
    return {"leave_out": list(leave_out), "detectors": entries}


def found_by_fault(alerts: Bools, truth: Bools, names: Sequence[str], stay: Bools) -> Tree:
    """Shares of the faulty readings [N, K] that are alerts [N], and of the healthy ones.

    A fault that the period lacks has no share (None) and stays out of the means.

    >>> truth = np.array([[True, False], [True, False], [False, True], [False, False]])
    >>> alerts = np.array([True, False, False, False])
    >>> found = found_by_fault(alerts, truth, ["A", "B"], np.array([True, False]))
    >>> found["faults"], found["mean"], found["mean_without"], found["healthy"]
    ({'A': 0.5, 'B': 0.0}, 0.25, 0.5, 0.0)
    """
    shares = [_share(alerts[own]) for own in truth.T]
    return {
        "faults": dict(zip(names, shares, strict=True)),
        "mean": _mean(shares),
        "mean_without": _mean([s for s, each in zip(shares, stay, strict=True) if each]),
        "healthy": _share(alerts[~truth.any(axis=1)]),
    }


def found_section(results: Mapping[str, Any]) -> list[str]:
    """A heading and a table, where there are several faults: a row each, a column a detector.

    Ours comes first, then those whose mean is highest above the share of healthy readings.
    """
    found, leave_out = results["found"]["detectors"], results["found"]["leave_out"]
    if len(next(iter(found.values()))["faults"]) <= 1:
        return []
    ours = [name for name in found if name == "matts"]
    others = sorted(found.keys() - set(ours), key=lambda n: (-_above_chance(found[n]), n))
    shown = [*ours, *others][:SHOWN]
    rows = [[f, *(number(found[n]["faults"][f]) for n in shown)] for f in found[shown[0]]["faults"]]
    means = {"mean": "mean"} | (
        {f"without {', '.join(leave_out)}": "mean_without"} if leave_out else {}
    )
    means |= {"healthy readings": "healthy"}
    rows += [[title, *(number(found[n][key]) for n in shown)] for title, key in means.items()]
    told = (
        "The share of the readings of each fault that is an alert, at each detector's threshold, "
        "and of the healthy ones: false alerts."
    )
    return ["## What is found of each fault", told, table(["fault", *shown], rows)]


def _above_chance(entry: Mapping[str, Any]) -> float:
    return (entry["mean"] or 0.0) - (entry["healthy"] or 0.0)


def _share(alerts: Bools) -> float | None:
    return float(alerts.mean()) if len(alerts) else None


def _mean(shares: Sequence[float | None]) -> float | None:
    known = [each for each in shares if each is not None]
    return float(np.mean(known)) if known else None
