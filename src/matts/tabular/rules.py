"""What labels are made of: of thresholds on the sensors, of one another, of chance, or of wear."""

from collections.abc import Mapping
from itertools import combinations
from typing import Any

import numpy as np

from matts.domain import Bools, Floats, Ints
from matts.tabular.conditions import Columns
from matts.tabular.found_rule import EXACT, Found, find_rule, half_of
from matts.tabular.label_bounds import life_bound
from matts.tabular.rows import LIFE, Rows
from matts.tabular.sensor_bounds import faults_by_sensors, life_by_sensors
from matts.tabular.tasks import NORMAL, TASKS, Name, notes, state_of

Tree = dict[str, Any]
Labels = Mapping[str, Floats]  # [R] each: 0, 1, NaN where nobody knows

FAILURE = f"failure_type ≠ {NORMAL}"  # any fault that has a name
YES_NO: tuple[Name, ...] = tuple(t for t in TASKS if t not in {"failure_type", LIFE})
MOST_MISSING = 0.5  # of a column that a rule may look at


def explain_labels(rows: Rows, seed: int = 0) -> Tree:
    """What each label is made of, as JSON can hold it; `sentences` says it in words.

    Rules are found on half of the machines and judged on the others; what sensors tell is asked
    of machines that were held out.
    """
    labels, learn = labels_of(rows), half_of(rows.machines, seed)
    alike = relations(labels)
    copies = {each["label"] for each in alike if each["kind"] == "same"}
    return {
        "rows": len(rows),
        "rules": {
            name: _explain(rows, name, labels, copies, learn)
            for name in labels
            if name in YES_NO and len(np.unique(labels[name][~np.isnan(labels[name])])) > 1
        },
        "relations": alike,
        "life": _explain_life(rows, labels, copies, seed),
        "faults": _explain_faults(rows, seed),
    }


def labels_of(rows: Rows) -> dict[str, Floats]:
    """Every yes or no that the rows note: [R] each, 0, 1, NaN where nobody knows.

    That there is a fault is one, unless the anomaly is just that.
    """
    found: dict[str, Floats]
    found = {name: state_of(rows, name) for name in YES_NO if notes(rows, name)}
    if rows.fault_names and "anomaly" in rows.targets:
        found[FAILURE] = np.sign(state_of(rows, "failure_type"))
    return found


def relations(labels: Labels) -> list[Tree]:
    """Which label is the same as an earlier one, or lies wholly within another.

    Of a copy nothing more is said: it is what the other is.

    >>> flags = np.array([0.0, 1.0, 1.0, np.nan])
    >>> relations({"anomaly": flags, "downtime": flags})[0]["kind"]
    'same'
    """
    found: list[Tree] = []
    copies: set[str] = set()
    for first, second in combinations(labels, 2):
        if copies & {first, second}:
            continue
        known = ~np.isnan(labels[first]) & ~np.isnan(labels[second])
        if found_one := _relation(first, second, labels[first][known], labels[second][known]):
            found.append(found_one | {"rows": int(known.sum())})
            copies |= {second} if found_one["kind"] == "same" else set()
    return found


def _relation(first: str, second: str, one: Floats, other: Floats) -> Tree | None:
    """How two labels [N] go together, if they do."""
    both = (one * other).sum()
    held, holds = both / max(one.sum(), 1), both / max(other.sum(), 1)
    if min(held, holds) >= EXACT:
        return {"kind": "same", "label": second, "of": first, "share": float((one == other).mean())}
    if max(held, holds) < EXACT:
        return None
    names = (first, second) if held > holds else (second, first)
    return {"kind": "within", "label": names[0], "of": names[1], "share": float(max(held, holds))}


def _explain(rows: Rows, name: str, labels: Labels, copies: set[str], learn: Bools) -> Tree:
    """The rule of one label over the sensors; where there is none, over the other labels."""
    known = ~np.isnan(labels[name])
    truth, machines_learn = labels[name][known] == 1, learn[known]
    sensors = _usable(Columns(rows.sensors, rows.values).take(known))
    by_sensors = find_rule(sensors, truth, machines_learn)
    by_labels = None
    if not (by_sensors and by_sensors.exact):
        others = _others(rows, name, labels, copies)
        by_labels = find_rule(_usable(others.take(known)), truth, machines_learn)
    return {
        "rows": int(known.sum()),
        "share": float(truth.mean()),
        "sensors": _told(by_sensors),
        "labels": _told(by_labels),
    }


def _others(rows: Rows, name: str, labels: Labels, copies: set[str]) -> Columns:
    """The other labels, without those that are copies, and remaining life."""
    others = {other: each for other, each in labels.items() if other not in {name, *copies}}
    told = others | ({LIFE: rows.targets[LIFE]} if LIFE in rows.targets else {})
    values = np.column_stack([*told.values()]) if told else np.empty((len(rows), 0))
    return Columns((*told,), values, frozenset(others))


def _usable(columns: Columns) -> Columns:
    """The columns that are not mostly missing."""
    kept = np.isnan(columns.values).mean(axis=0) <= MOST_MISSING
    names = tuple(name for name, keep in zip(columns.names, kept, strict=True) if keep)
    return Columns(names, columns.values[:, kept], columns.labels)


def _told(found: Found | None) -> Tree | None:
    if found is None:
        return None
    return {"rule": found.words, "f1": found.f1, "exact": found.exact, "rows": found.rows}


def _explain_life(rows: Rows, labels: Labels, copies: set[str], seed: int) -> Tree | None:
    """How far remaining life can be told; nothing where nobody knows any."""
    if LIFE not in rows.targets or np.isnan(rows.targets[LIFE]).all():
        return None
    life = rows.targets[LIFE]
    own = {name: each for name, each in labels.items() if name not in copies}
    bound = life_bound(life, own, rows.machines)
    return bound | {"sensors": life_by_sensors(rows.values, life, rows.machines, seed)}


def _explain_faults(rows: Rows, seed: int) -> Tree | None:
    """How far the fault can be named; nothing where none has a name."""
    if not rows.fault_names:
        return None
    classes: Ints = np.nan_to_num(state_of(rows, "failure_type"), nan=-1).astype(np.int64)
    names = (NORMAL, *rows.fault_names)
    return faults_by_sensors(rows.values, classes, names, rows.machines, seed)
