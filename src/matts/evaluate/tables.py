"""What the detectors and diagnosers say of windows, as tables: one row a window."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from matts.detect.threshold import Threshold
from matts.domain import Bools, Detector, Diagnoser, Windows

FAULT = "fault_"  # the prefix of a column with the truth
ALONE = "alone_"  # of what a diagnoser says that knows health too


def score_table(detectors: Mapping[str, Detector], **parts: Windows) -> pd.DataFrame:
    """Where each window of each part is, its true faults, and every detector's score."""
    tables = [_place(part, windows) for part, windows in parts.items()]
    for table, windows in zip(tables, parts.values(), strict=True):
        for name, detector in detectors.items():
            table[name] = detector.score(windows)
    return pd.concat(tables, ignore_index=True)


def _place(part: str, windows: Windows) -> pd.DataFrame:
    """Part, reading, segment, asset and true faults of each window."""
    segments, assets = windows.segments, windows.assets
    place = {
        "part": part,
        "reading": windows.positions,
        "segment": 0 if segments is None else segments[windows.last],
        "asset": "" if assets is None else assets,
    }
    faults = {FAULT + name: windows.faults[:, k] for k, name in enumerate(windows.fault_names)}
    return pd.DataFrame({**place, **faults})


def diagnosis_table(diagnosers: Mapping[str, Diagnoser], **parts: Windows) -> pd.DataFrame:
    """Where each window of each part is, its true faults, and the class every diagnoser names.

    Classes count from 1, the first fault, for a diagnoser is asked about alerts. What one says that
    knows health too, and is not told of any alert, stands beside it: 0 is healthy.
    """
    tables = [_place(part, windows) for part, windows in parts.items()]
    for table, windows in zip(tables, parts.values(), strict=True):
        for name, diagnoser in diagnosers.items():
            if getattr(diagnoser, "knows_healthy", False):
                every = diagnoser.with_healthy(windows)  # type: ignore[attr-defined]
                table[ALONE + name] = every.argmax(axis=1)
            table[name] = 1 + diagnoser.probabilities(windows).argmax(axis=1)
    return pd.concat(tables, ignore_index=True)


def models_in(table: pd.DataFrame) -> list[str]:
    """The detectors or diagnosers of a table, by name and seed."""
    return [n for n in table.columns if "/" in n and not n.startswith((FAULT, ALONE))]


def fault_names(table: pd.DataFrame) -> list[str]:
    """The faults that a score table has the truth of."""
    return [name.removeprefix(FAULT) for name in table.columns if name.startswith(FAULT)]


def truth_of(table: pd.DataFrame) -> Bools:
    """[N, K]: the true faults in a score table."""
    return table[[FAULT + name for name in fault_names(table)]].to_numpy(np.bool_)


def alerts_of(table: pd.DataFrame, name: str, threshold: Threshold) -> Bools:
    """[N]: where a detector's score in the table is an alert."""
    return threshold.alerts(table[name].to_numpy(), table["asset"].to_numpy(np.str_))
