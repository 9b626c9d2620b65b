"""Which columns say that something is wrong; those that only repeat it are no sensors."""

import re
from typing import Any

import numpy as np
import pandas as pd

from matts.domain import Bools
from matts.drafting.meaning import CLASSES, HEALTHY, Columns, Meaning
from matts.source.cells import EMPTY, worded

LABEL = re.compile(r"(?i).*(anomal|fault|fail|label|class|target|defect|broken|attack|outlier).*")
STATE = re.compile(r"(?i).*(state|status|condition).*")
LIFE = re.compile(r"(?i).*(\brul\b|remaining).*")
FORETOLD = re.compile(r"(?i)(downtime|maintenance)([ _].*)?")  # not since_maintenance: history
MARK = re.compile(r"(?i).*change.?point.*")
TRUTHS = {"0", "1", "true", "false", "yes", "no", "y", "n", "t", "f"}
NO = {*HEALTHY, *EMPTY}
TELLS = 0.9  # of the rows with a mark are faulty
SAME = 0.95  # of the faulty rows


def take_labels(columns: Columns, meaning: Meaning) -> None:
    """A class by its name, else truth values, else a life that ends."""
    cells = {name: worded(column) for name, column in columns.items() if _has_few(column)}
    truths = [name for name in cells if LABEL.fullmatch(name) and _is_truth(cells[name])]
    classes = [name for name in cells if name not in truths and _is_class(name, cells[name])]
    lives = [name for name in columns if LIFE.fullmatch(name)]
    if classes:
        meaning.labels = _class(classes[0], cells[classes[0]])
    elif truths:
        meaning.labels = _truths(truths, cells, meaning)
    elif lives:
        meaning.labels = {"kind": "run_to_failure"}
    used = {meaning.labels.get("column"), *meaning.labels.get("columns", {}).values()}
    told = [*truths, *classes, *lives, *(name for name in columns if MARK.fullmatch(name))]
    told += _that_tell(cells, _is_faulty(cells, meaning.labels))
    for name in dict.fromkeys([*told, *meaning.labels.get("columns", {}).values()]):
        columns.pop(name, None)
        if name not in used:
            meaning.leave_out.setdefault(name, "it tells the label")
    for name in [name for name in columns if FORETOLD.fullmatch(name)]:
        del columns[name]
        meaning.leave_out[name] = "it is to be foretold: name it in source.targets"


def _has_few(column: pd.Series) -> bool:
    return column.nunique() <= CLASSES + 1


def _is_truth(cells: "pd.Series[str]") -> bool:
    values = set(cells) - set(EMPTY)
    return bool(values) and values <= TRUTHS


def _is_class(name: str, cells: "pd.Series[str]") -> bool:
    """Whether a column holds classes, one of them healthy, by its name and its cells."""
    values = set(cells) - {""}
    named = LABEL.fullmatch(name) or STATE.fullmatch(name)
    return bool(named) and len(values) > 1 and bool(values & set(HEALTHY)) and not _is_truth(cells)


def _class(name: str, cells: "pd.Series[str]") -> dict[str, Any]:
    healthy = [each for each in HEALTHY if each in set(cells)]
    return {"kind": "class", "column": name, "healthy": healthy}


def _truths(truths: list[str], cells: Columns, meaning: Meaning) -> dict[str, Any]:
    """A fault a column; one that says that any of others is there is not needed beside them."""
    faulty = {name: _is_marked(cells[name]) for name in cells if _is_truth(cells[name])}
    for whole in truths:
        parts = [
            name
            for name, own in faulty.items()
            if name != whole and not MARK.fullmatch(name) and _tells(own, faulty[whole])
        ]
        union = np.logical_or.reduce([faulty[name] for name in parts]) if parts else None
        if len(parts) > 1 and union is not None and union[faulty[whole]].mean() >= SAME:
            meaning.leave_out[whole] = "it says that any of the faults is there"
            truths = [*parts, *(name for name in truths if name not in (whole, *parts))]
            break
    return {"kind": "columns", "columns": {_fault(name): name for name in truths}}


def _is_marked(cells: "pd.Series[str]") -> Bools:
    return ~cells.isin(NO).to_numpy()


def _is_faulty(cells: Columns, labels: dict[str, Any]) -> Bools | None:
    """Whether each row is faulty, by the labels that were found."""
    if labels["kind"] == "class":
        return ~cells[labels["column"]].isin({*labels["healthy"], ""}).to_numpy()
    names = labels.get("columns", {}).values()
    return np.logical_or.reduce([_is_marked(cells[name]) for name in names]) if names else None


def _that_tell(cells: Columns, faulty: Bools | None) -> list[str]:
    """Truth columns that are set on faulty rows alone, or nearly so: as good as the label."""
    if faulty is None or not faulty.any() or faulty.mean() > TELLS / 2:
        return []
    truths = {name: _is_marked(own) for name, own in cells.items() if _is_truth(own)}
    return [name for name, own in truths.items() if _tells(own, faulty)]


def _tells(marked: Bools, faulty: Bools) -> bool:
    """Whether nearly all of the rows with a mark are faulty."""
    return bool(marked.any() and faulty[marked].mean() >= TELLS)


def _fault(name: str) -> str:
    """The name of a fault from that of its column.

    >>> _fault("Anomaly_Leak"), _fault("anomaly")
    ('Leak', 'Anomaly')
    """
    short = re.sub(r"(?i)^(anomaly|fault|failure|label)[ _]+|[ _]+(fault|failure|label)$", "", name)
    return short[:1].upper() + short[1:]
