"""Do alerts blame the right sensors? Judged where the sensors of a fault are known."""

import time
from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from matts.causes.explainer import DEPLOYED, Explainer
from matts.causes.sharing import by_component
from matts.detect.calibration import Calibration
from matts.domain import Bools, Floats, Windows
from matts.evaluate.tables import alerts_of
from matts.groups import SensorSettings, sensor_of

FIRST = (1, 3)  # sensors, the most blamed
REPEATS = 20  # single windows that are timed
ALL = "all"

Tree = dict[str, Any]


class Truth(NamedTuple):
    """What is known of N windows."""

    sensors: Bools  # [N, F], which are to blame; of two faults at once, those of either
    faults: dict[str, Bools]  # [N] each, where it is one whose sensors are known


def truth_of_windows(windows: Windows, episodes: pd.DataFrame) -> Truth:
    """Which sensors the faults of each window move first; unknown ones have no such window.

    The residual of a guilty sensor is as guilty.
    """
    places = windows.positions
    sensors = np.array([sensor_of(channel) for channel in windows.sensors])
    truth = Truth(np.zeros((len(windows), len(sensors)), np.bool_), {})
    for episode in episodes.to_dict("records"):
        guilty = np.flatnonzero(np.isin(sensors, list(episode["sensors"])))
        if len(guilty):
            inside = (places >= episode["first_coil"]) & (places <= episode["last_coil"])
            truth.sensors[np.ix_(inside, guilty)] = True
            truth.faults.setdefault(episode["fault"], np.zeros(len(windows), np.bool_))[inside] = 1
    return truth


def deployed_alerts(scores: pd.DataFrame, calibration: Calibration) -> Bools:
    """Which test windows are alerts of the deployed detector: [N]."""
    name = calibration.best_seed(DEPLOYED)
    return alerts_of(scores[scores["part"] == "test"], name, calibration.thresholds[name])


def judge_causes(
    explainers: Mapping[str, Explainer],
    windows: Windows,
    alerts: Bools,
    episodes: pd.DataFrame,
    sensors: SensorSettings,
) -> Tree | None:
    """Hits, shares and cost of every method, on alerted windows and on all faulty ones.

    None where nobody knows the sensors of any fault.
    """
    truth = truth_of_windows(windows, episodes)
    known = np.asarray(truth.sensors.any(axis=1))
    if not known.any():
        return None
    asked, alerted = windows.where(known), alerts[known]
    truth = Truth(truth.sensors[known], {name: m[known] for name, m in truth.faults.items()})
    entries = {}
    for name, explainer in explainers.items():
        parts = explainer.parts(asked, np.ones(len(asked)))
        marks = marks_of(parts, truth, asked.sensors, sensors)
        entries[name] = {
            "alerted": _by_fault(marks, truth, alerted),
            "faulty": _by_fault(marks, truth, np.ones(len(asked), np.bool_)),
            "microseconds": _microseconds(explainer, asked),
        }
    return entries


def marks_of(
    parts: Floats, truth: Truth, names: tuple[str, ...], sensors: SensorSettings
) -> dict[str, Floats]:
    """What each window is given for its parts [N, F]: 0 to 1, NaN where it cannot be judged."""
    order = np.argsort(-parts, axis=1, kind="stable")
    hits = np.take_along_axis(truth.sensors, order, axis=1)
    marks: dict[str, Floats] = {
        f"hit_{k}": hits[:, :k].max(axis=1).astype(np.float64) for k in FIRST
    }
    marks["share"] = (parts * truth.sensors).sum(axis=1) / parts.sum(axis=1)
    return {**marks, "component": _component_hits(parts, truth, names, sensors)}


def _component_hits(
    parts: Floats, truth: Truth, names: tuple[str, ...], sensors: SensorSettings
) -> Floats:
    """Whether the most blamed component has the fault: [N], NaN where all have it or none."""
    components, sums = by_component(parts, names, sensors)
    hits = np.full(len(parts), np.nan)
    if components:
        _, guilty = by_component(truth.sensors.astype(np.float64), names, sensors)
        some = (guilty > 0).any(axis=1) & ~(guilty > 0).all(axis=1)
        top = sums.argmax(axis=1)
        hits[some] = (guilty > 0)[some, top[some]]
    return hits


def _by_fault(marks: Mapping[str, Floats], truth: Truth, counted: Bools) -> Tree:
    """The mean of each mark, for every fault and for all."""
    faults = {**truth.faults, ALL: np.ones(len(counted), np.bool_)}
    return {
        fault: {
            "windows": int((inside & counted).sum()),
            **{name: _mean(values[inside & counted]) for name, values in marks.items()},
        }
        for fault, inside in sorted(faults.items(), key=lambda item: (item[0] == ALL, item[0]))
    }


def _mean(values: Floats) -> float | None:
    known = values[~np.isnan(values)]
    return float(known.mean()) if len(known) else None


def _microseconds(explainer: Explainer, windows: Windows) -> float:
    """How long the blame for one alert takes, the median of some."""
    times = []
    for one in list(windows.batches(1))[:REPEATS]:
        started = time.perf_counter()
        explainer.parts(one, np.ones(1))
        times.append(time.perf_counter() - started)
    return 1e6 * float(np.median(times))
