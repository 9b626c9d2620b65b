"""What is known of faults becomes one truth column a fault, as all layouts have it.

Beside them stand `known`, false where nobody says whether a reading is healthy, and `life`, the
readings left until the asset fails, where that is known.
"""

import logging
import re
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pandas as pd

from matts.domain import BadInputError, Bools, Floats
from matts.readings import LABEL
from matts.source.cells import EMPTY, to_numbers, word, worded, words
from matts.source.intervals import intervals_of, is_inside
from matts.source.record import MADE, Record
from matts.source.settings import (
    ClassLabels,
    ColumnLabels,
    FailureLabels,
    IntervalLabels,
    ReadSettings,
    SourceSettings,
    TruthColumn,
)

log = logging.getLogger(__name__)


def used_columns(settings: SourceSettings, names: Sequence[str]) -> set[str]:
    """The columns that hold labels, and so no sensor."""
    labels = settings.labels
    if isinstance(labels, ColumnLabels):
        return {each.column for each in _columns_of(labels, names).values()}
    return {labels.column} if isinstance(labels, ClassLabels) else set()


def has_labels(settings: SourceSettings, names: Sequence[str]) -> bool:
    """Whether readings that are only to be scored say themselves what was wrong."""
    used = used_columns(settings, names)
    return bool(used) and used <= {*names} - MADE


def label(record: Record, settings: SourceSettings) -> pd.DataFrame:
    """The labels of a record: [R] rows; no column at all where nobody knows any."""
    labels: Any = settings.labels
    if labels.kind == "intervals":
        return _by_intervals(record, labels, settings)
    ways: dict[str, Callable[..., pd.DataFrame]] = {
        "columns": _by_columns,
        "class": _by_class,
        "run_to_failure": _by_failure,
        "none": lambda record, _: record.cells[[]],
    }
    return ways[labels.kind](record, labels)


def never_healthy(labels: pd.DataFrame) -> list[str]:
    """The faults that every reading with a label has; all of them where each has one or another.

    >>> never_healthy(pd.DataFrame({"Anomaly_Leak": [True, True], "Anomaly_Wear": [True, False]}))
    ['Leak']
    """
    known = labels["known"] if "known" in labels else pd.Series(data=True, index=labels.index)
    truths = labels.drop(columns=["known", "life"], errors="ignore")[known]
    if truths.empty or not truths.any(axis=1).all():
        return []
    always = [str(name) for name in truths if truths[name].all()]
    found = [name.removeprefix("Anomaly_") for name in always or map(str, truths)]
    log.warning("no reading is healthy by %s: say in source.labels what is", ", ".join(found))
    return found


def column_of(fault: str) -> str:
    """The name of the column with the truth about a fault.

    >>> column_of("Leak"), column_of("IDV_3")
    ('Anomaly_Leak', 'Anomaly_IDV 3')
    """
    name = f"Anomaly_{fault}"
    match = LABEL.fullmatch(name)
    return name if match and match["fault"] == fault else re.sub(r"_(\d+)$", r" \1", name)


def _columns_of(labels: ColumnLabels, names: Sequence[str]) -> dict[str, TruthColumn]:
    """The column of each label, by its name in the table of readings."""
    found = {}
    for fault, column in labels.columns.items():
        each = column if isinstance(column, TruthColumn) else TruthColumn(column=column)
        found[column_of(fault)] = each
    like = None if labels.columns else labels.like
    for name in names if like else ():
        if match := re.fullmatch(like or "", name):
            own = name if LABEL.fullmatch(name) else column_of(match["fault"])
            found[own] = TruthColumn(column=name)
    return found


def _by_columns(record: Record, labels: ColumnLabels) -> pd.DataFrame:
    columns = _columns_of(labels, record.names)
    _refuse_absence([each.column for each in columns.values()], record)
    truths = {name: _is_faulty(record.cells[c.column], c) for name, c in columns.items()}
    return pd.DataFrame(truths, index=record.cells.index)


def _refuse_absence(columns: Sequence[str], record: Record) -> None:
    for name in columns:
        if name not in record.cells:
            msg = f"source.labels needs a column {name}, got {', '.join(record.names)}"
            raise BadInputError(msg)


def _is_faulty(cells: pd.Series, column: TruthColumn) -> Bools:
    """Whether each cell tells of the fault; an empty one does not."""
    healthy = words(column.healthy) | EMPTY
    return ~worded(cells).isin(healthy).to_numpy()


def _by_class(record: Record, labels: ClassLabels) -> pd.DataFrame:
    _refuse_absence([labels.column], record)
    found = worded(record.cells[labels.column])
    names = {word(value): name for value, name in labels.names.items()}
    healthy = words(labels.healthy)
    unknown = found.isin(words(labels.unknown) | (EMPTY - healthy))
    classes = found[~unknown & ~found.isin(healthy)]
    order = [*names, *sorted(set(classes) - set(names), key=_number_or_text)]
    faults = {each: column_of(names.get(each, each)) for each in order}  # several may be one
    own = found.map(faults)
    truths = {name: (own == name).to_numpy() for name in dict.fromkeys(faults.values())}
    return _with_known(pd.DataFrame(truths, index=record.cells.index), ~unknown.to_numpy())


def _number_or_text(text: str) -> tuple[float, str]:
    """Numbers before words, in their own order."""
    number = pd.to_numeric(text, errors="coerce")
    return (float("inf"), text) if pd.isna(number) else (float(number), text)


def _with_known(truths: pd.DataFrame, known: Bools) -> pd.DataFrame:
    return truths if known.all() else truths.assign(known=known)


def _by_intervals(record: Record, labels: IntervalLabels, settings: SourceSettings) -> pd.DataFrame:
    times = record.times
    if times is None:
        msg = "source.labels by intervals need source.time.column, and there is none"
        raise BadInputError(msg)
    intervals = intervals_of(record, labels)
    names = list(dict.fromkeys(column_of(each.fault) for each in intervals))
    truths = pd.DataFrame(np.zeros((len(record.cells), len(names)), np.bool_), columns=names)
    for each, inside in zip(
        intervals, is_inside(record, times, intervals, settings.time), strict=True
    ):
        truths[column_of(each.fault)] |= inside
    return truths.set_axis(record.cells.index)


def _by_failure(record: Record, labels: FailureLabels) -> pd.DataFrame:
    life = _life(record, labels)
    age = record.assets.groupby(record.assets, sort=False).cumcount().to_numpy()
    faulty = life < labels.last
    healthy = (age + 1) <= labels.healthy * (age + 1 + life)
    truths = pd.DataFrame({column_of(labels.fault): faulty}, index=record.cells.index)
    return _with_known(truths, faulty | (healthy & ~faulty)).assign(life=life)


def _life(record: Record, labels: FailureLabels) -> Floats:
    """The readings left after each one: [R]; the last of an asset that failed has none."""
    groups = record.assets.groupby(record.assets, sort=False)
    left = groups.cumcount(ascending=False).astype(np.float64).to_numpy()
    for name, aside in labels.remaining.items():
        further = _further(aside, record.aside[aside])
        own = (record.cells["file"] == name).to_numpy()
        assets = pd.unique(record.assets[own])
        if len(assets) != len(further):
            msg = f"{aside} needs one number for each of {len(assets)} assets, got {len(further)}"
            raise BadInputError(msg)
        left[own] += record.assets[own].map(dict(zip(assets, further, strict=True))).to_numpy()
    return left


def _further(path: str, text: str) -> Floats:
    """The numbers of a file of lives, none of which may be unknown."""
    lines = [(at, cell) for at, line in enumerate(text.splitlines(), 1) for cell in line.split()]
    numbers = to_numbers(pd.Series([cell for _, cell in lines], dtype=object), ReadSettings())
    for (at, cell), number in zip(lines, numbers, strict=True):
        if not number >= 0:
            msg = f"{path} needs a number of readings in line {at}, got {cell!r}"
            raise BadInputError(msg)
    return numbers.to_numpy()
