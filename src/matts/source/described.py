"""A source as its dataset file describes it becomes the typed table of readings.

raw tables -> one record in order -> context, sensors, labels -> one table
"""

import re
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from matts.domain import BadInputError, Bools
from matts.readings import CONTEXT, LABEL, TARGET
from matts.source.cells import is_odd, is_text, to_readings_of
from matts.source.clock import pauses
from matts.source.commas import unsure
from matts.source.files import RawData, RawTable
from matts.source.labels import has_labels, label, never_healthy, used_columns
from matts.source.parts import parts_of
from matts.source.record import Record, names_of_rows, to_record
from matts.source.resampling import filled, one_a_period
from matts.source.settings import NameSettings, PartRule, SourceSettings
from matts.source.targets import targets_of


class Described(NamedTuple):
    """The typed table of a source, and what was seen on the way to it."""

    table: pd.DataFrame
    found: dict[str, Any]  # files, rows, times
    odd: dict[str, dict[str, Any]]  # by sensor: cells with text, an example, readings out of range


def to_table(raw: RawData, settings: SourceSettings, *, to_learn: bool = True) -> Described:
    """The typed table: what context there is, sensors as float64, labels as truth values.

    Readings not to be learnt from are of no part, and may lack labels.

    Raises:
        BadInputError: one sentence about what the description needs and the files do not have.
    """
    record = to_record(raw, settings)
    labelled = to_learn or has_labels(settings, record.names)
    labels = label(record, settings) if labelled else record.cells[[]]
    targets = targets_of(record, settings) if to_learn else record.cells[[]]
    sensors = sensors_of_source(record, settings)
    if to_learn:
        _refuse_idle(record.names, settings)
    parts = settings.parts if to_learn else ()
    context = _context(record, settings, parts).assign(
        **{name: labels[name] for name in ("known", "life") if name in labels}
    )
    numbers = to_readings_of(record.cells[sensors], settings.columns, settings.read)
    possible = _possible(numbers, settings)
    truths = labels.drop(columns=["known", "life"], errors="ignore")
    context = context[[name for name in CONTEXT if name in context]]
    table = pd.concat([context, numbers.where(possible), truths, targets], axis=1)
    table = table.reset_index(drop=True)
    table = one_a_period(table, settings, sensors) if settings.time.every is not None else table
    odd = _odd(record.cells[sensors], numbers, possible, settings)
    found = record.found | {"every": settings.time.every}
    if to_learn and (faults := never_healthy(labels)):
        found["never_healthy"] = faults
    return Described(filled(table, settings, sensors), found, odd)


def sensors_of_source(record: Record, settings: SourceSettings) -> list[str]:
    """The columns that are sensors, in the order of the file.

    One whose words stand for numbers is a sensor even if it also names the asset; not if it tells
    what is to be found.
    """
    names = record.names
    used = {"file", "folder", "asset", settings.time.column}
    used |= {*settings.asset.every, *settings.segment.every}
    used |= {name for rule in settings.parts for name in rule.where}
    used -= settings.columns.words.keys()
    used |= _truths_of(names, settings)
    chosen = [
        name
        for name in names
        if name not in used
        and re.fullmatch(settings.columns.like, name)
        and not any(re.fullmatch(each, name) for each in settings.columns.leave_out)
    ]
    if taken := [name for name in chosen if means_more(name)]:
        msg = f"source.columns needs no sensor called {taken[0]}: leave it out, or say what it is"
        raise BadInputError(msg)
    if not chosen:
        msg = f"source.columns needs at least one sensor column, got {', '.join(names)}"
        raise BadInputError(msg)
    return chosen


def _truths_of(names: Sequence[str], settings: SourceSettings) -> set[str]:
    """The columns that tell what is to be found, none of which words may make a sensor."""
    told = used_columns(settings, names) | {*settings.targets.columns.values()}
    if worded := sorted(told & settings.columns.words.keys()):
        msg = f"source.columns.words is of sensors, but {worded[0]} tells what is to be found"
        raise BadInputError(msg)
    return told


def _refuse_idle(names: Sequence[str], settings: SourceSettings) -> None:
    """Refuse what is said of columns that are not there: it was meant of others."""
    said = {
        "source.columns.leave_out": settings.columns.leave_out,
        "source.columns.words": [re.escape(name) for name in settings.columns.words],
        "source.ranges": list(settings.ranges),
    }
    for key, expressions in said.items():
        for each in expressions:
            if not any(re.fullmatch(each, name) for name in names):
                msg = (
                    f"{key} needs columns that are there, got {each}; there are {', '.join(names)}"
                )
                raise BadInputError(msg)


def means_more(name: str) -> bool:
    """Whether a column of that name is no sensor wherever readings are: context or some truth."""
    return name in CONTEXT or any(each.fullmatch(name) for each in (LABEL, TARGET))


def _possible(numbers: pd.DataFrame, settings: SourceSettings) -> pd.DataFrame:
    """Whether readings are within what `ranges` says that they can be; missing ones are."""
    found = pd.DataFrame(data=True, index=numbers.index, columns=numbers.columns)
    for name in numbers:
        ranges = (r for like, r in settings.ranges.items() if re.fullmatch(like, str(name)))
        low, high = next(ranges, (None, None))
        low, high = (-np.inf if low is None else low), (np.inf if high is None else high)
        found[name] = numbers[name].between(low, high) | numbers[name].isna()
    return found


def _odd(
    cells: pd.DataFrame, numbers: pd.DataFrame, possible: pd.DataFrame, settings: SourceSettings
) -> dict[str, dict[str, Any]]:
    """What is odd of each sensor's cells, where anything is."""
    found: dict[str, dict[str, Any]] = {}
    for name in numbers:
        known = name in settings.columns.words
        text = numbers[name].isna() if known else is_odd(cells[name], numbers[name], settings.read)
        outside = int((~possible[name]).sum())
        if np.any(text):
            own = cells[name][text]
            found[str(name)] = {"text": len(own), "example": str(own.iloc[0]).strip()}
        if outside:
            found[str(name)] = found.get(str(name), {}) | {"outside": outside}
    for name, told in _unsure(cells, numbers, settings).items():
        found[name] = found.get(name, {}) | {"comma": told}
    return found


def _unsure(cells: pd.DataFrame, numbers: pd.DataFrame, settings: SourceSettings) -> dict[str, str]:
    """How a cell of each sensor is read in which a comma may be the decimal sign or none."""
    names = {str(name) for name in cells if is_text(cells[name])} - settings.columns.words.keys()
    texts = {name: cells[name].astype(str).str.strip() for name in names}
    told = {} if settings.read.decimal else unsure(texts)
    return {
        name: f"{cell} is read as {numbers[name][texts[name] == cell].iloc[0]:g}"
        for name, cell in told.items()
    }


def _context(record: Record, settings: SourceSettings, parts: tuple[PartRule, ...]) -> pd.DataFrame:
    """Asset, segment, time and declared part of each reading, as far as there are such."""
    found = pd.DataFrame(index=record.cells.index)
    if settings.asset != NameSettings():
        found["asset"] = record.assets.astype(str)
    if parts:
        found["part"] = parts_of(record.cells, parts)
    segments = names_of_rows(record.cells, settings.segment, "source.segment")
    named = settings.segment != NameSettings()
    broken = np.zeros(len(record.cells), np.bool_)
    if record.times is not None:
        found["time"] = record.times
        broken = pauses(record.times, record.assets, settings.time)
    if named or broken.any():
        found["segment"] = _numbered(segments, broken)
    return found


def _numbered(names: "pd.Series[str] | str", broken: Bools) -> "pd.Series[str]":
    """A name for each unbroken run: what it is called, and how many pauses were before: [R]."""
    runs = pd.Series(np.cumsum(broken)).astype(str)
    return runs if isinstance(names, str) else names.reset_index(drop=True).str.cat(runs, sep=" ")


def names_of(tables: Sequence[RawTable]) -> str:
    """Where readings come from, in a few words."""
    first = tables[0].path
    return first if len(tables) == 1 else f"{first} and {len(tables) - 1} more"
