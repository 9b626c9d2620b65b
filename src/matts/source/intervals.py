"""Faults from one time to another become truth columns."""

from typing import Any

import numpy as np
import pandas as pd

from matts.domain import BadInputError, Bools
from matts.source.cells import word, words
from matts.source.clock import Times, to_times_like
from matts.source.formulas import unmarked
from matts.source.record import Record
from matts.source.settings import Interval, IntervalLabels, ReadSettings, TimeSettings
from matts.source.texts import find_separator, read_aside


def intervals_of(record: Record, labels: IntervalLabels) -> list[Interval]:
    """All intervals with a fault: those that the settings list, and those of a file beside.

    Raises:
        BadInputError: one is of an asset that has no readings: its fault would be lost.
    """
    found = [*labels.given, *_read(record, labels)]
    assets = set(record.assets.map(word))
    for each in found:
        if each.asset is not None and word(each.asset) not in assets:
            came = ", ".join(sorted(set(record.assets))[:5]) or "none, as source.asset names none"
            msg = f"an interval needs the name of an asset, got {each.asset!r}; there are {came}"
            raise BadInputError(msg)
    healthy = words(labels.healthy)
    return [each for each in found if word(each.fault) not in healthy]


def is_inside(
    record: Record, times: Times, intervals: list[Interval], settings: TimeSettings
) -> list[Bools]:
    """Whether each reading is in an interval, both ends included: [R] for each of them."""
    ends = pd.Series([str(t) for each in intervals for t in (each.start, each.end)], dtype=object)
    column = record.cells[settings.column]
    limits = to_times_like(ends, column, times, settings)
    assets = record.assets.map(word)
    found = []
    for each, start, end in zip(intervals, limits[::2], limits[1::2], strict=True):
        inside = _between(times, start, end, each)
        found.append(inside & (each.asset is None or (assets == word(each.asset)).to_numpy()))
    return found


def _between(times: Times, start: Any, end: Any, each: Interval) -> Bools:
    if not start <= end:
        msg = f"an interval needs a start and a later end, got {each.start} to {each.end}"
        raise BadInputError(msg)
    return np.asarray((times >= start) & (times <= end))


def _read(record: Record, labels: IntervalLabels) -> list[Interval]:
    """The intervals of a file beside the readings."""
    if not labels.file:
        return []
    text = record.aside[labels.file]
    read = ReadSettings(format="csv", separator=find_separator(text) or ",")
    need = f"a header with {labels.start} and {labels.end}, and one line an interval"
    table = read_aside(text, labels.file, read, need)
    wanted = {"start": labels.start, "end": labels.end}
    wanted |= {"fault": labels.fault} if labels.fault and labels.fault in table else {}
    wanted |= {"asset": labels.asset} if labels.asset else {}
    missing = [name for name in wanted.values() if name not in table]
    if missing:
        msg = f"{labels.file} needs a column {missing[0]}, got {', '.join(map(str, table))}"
        raise BadInputError(msg)
    rows = table[list(wanted.values())].set_axis(list(wanted), axis=1)
    for name in rows.columns.intersection(["fault", "asset"]):
        rows[name] = rows[name].map(unmarked)  # as the live service's label file marks names
    return [Interval.model_validate(row) for row in rows.to_dict("records")]
