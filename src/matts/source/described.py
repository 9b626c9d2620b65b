"""A source as its dataset file describes it becomes the typed table of readings.

raw tables -> one record in order -> context, sensors, labels -> one table
"""

import re
from collections.abc import Sequence
from functools import reduce

import numpy as np
import pandas as pd

from matts.domain import BadInputError, Bools
from matts.readings import CONTEXT
from matts.source.cells import to_readings_of
from matts.source.clock import pauses, periods, to_times
from matts.source.files import RawData, RawTable
from matts.source.labels import Record, has_labels, label, used_columns
from matts.source.parts import parts_of
from matts.source.settings import NameSettings, PartRule, SourceSettings

FEWEST = 2  # rows


def to_table(raw: RawData, settings: SourceSettings, *, to_learn: bool = True) -> pd.DataFrame:
    """The typed table: what context there is, sensors as float64, labels as truth values.

    Readings not to be learnt from are of no part, and may lack labels.

    Raises:
        BadInputError: one sentence about what the description needs and the files do not have.
    """
    record = _in_order(_gather(raw, settings), settings, raw.aside)
    sensors = sensors_of_source(record, settings)
    labelled = to_learn or has_labels(settings, record.names)
    labels = label(record, settings) if labelled else record.cells[[]]
    parts = settings.parts if to_learn else ()
    context = _context(record, settings, parts).assign(
        **{name: labels[name] for name in ("known", "life") if name in labels}
    )
    numbers = to_readings_of(record.cells[sensors], settings.columns, settings.read)
    truths = labels.drop(columns=["known", "life"], errors="ignore")
    context = context[[name for name in CONTEXT if name in context]]
    table = pd.concat([context, numbers, truths], axis=1).reset_index(drop=True)
    table = _one_a_period(table, settings, sensors) if settings.time.every else table
    return _filled(table, settings, sensors)


def sensors_of_source(record: Record, settings: SourceSettings) -> list[str]:
    """The columns that are sensors, in the order of the file.

    One whose words stand for numbers is a sensor even if it also names the asset.
    """
    names = record.names
    used = {"file", "folder", "asset", settings.time.column, *settings.asset.columns}
    used |= {*settings.segment.columns, *used_columns(settings, names)}
    used |= {name for rule in settings.parts for name in rule.where}
    used -= settings.columns.words.keys()
    chosen = [
        name
        for name in names
        if name not in used
        and re.fullmatch(settings.columns.like, name)
        and not any(re.fullmatch(each, name) for each in settings.columns.leave_out)
    ]
    taken = [name for name in chosen if name in CONTEXT]
    if taken or not chosen:
        need = f"no sensor called {taken[0]}" if taken else "at least one sensor column"
        msg = f"source.columns needs {need}, got {', '.join(names)}"
        raise BadInputError(msg)
    return chosen


def _gather(raw: RawData, settings: SourceSettings) -> pd.DataFrame:
    """The cells of all files below each other, with the file, the folder and the asset of each."""
    tables = [
        table.cells.assign(file=table.name, folder=table.folder)
        for table in raw.tables
        if len(table.cells)
    ]
    cells = pd.concat(tables, ignore_index=True) if tables else pd.DataFrame()
    if len(cells) < FEWEST:
        found = ", ".join(table.path for table in raw.tables)
        msg = f"readings need at least {FEWEST} rows, got {len(cells)} in {found}"
        raise BadInputError(msg)
    return cells.assign(asset=_names(cells, settings.asset, "source.asset"))


def _names(cells: pd.DataFrame, settings: NameSettings, key: str) -> "pd.Series[str] | str":
    """What each row is called by its columns and its file: [R], or nothing."""
    missing = [name for name in settings.columns if name not in cells]
    if missing:
        msg = f"{key} needs a column {missing[0]}, got {', '.join(map(str, cells))}"
        raise BadInputError(msg)
    where = {"name": ["file"], "folder": ["folder"], None: []}[settings.file]
    words = [cells[name].astype(str).str.strip() for name in (*where, *settings.columns)]
    return reduce(lambda one, other: one + " " + other, words) if words else ""


def _in_order(cells: pd.DataFrame, settings: SourceSettings, aside: dict[str, str]) -> Record:
    """The record asset by asset, each in the order of time; of readings of one time the last."""
    name = settings.time.column
    ranks = pd.Series(pd.factorize(cells["asset"])[0], index=cells.index)
    if name is None:
        order = ranks.sort_values(kind="stable").index
        return Record(cells.loc[order].reset_index(drop=True), None, aside)
    if name not in cells:
        msg = f"source.time needs a column {name}, got {', '.join(map(str, cells))}"
        raise BadInputError(msg)
    one = [(0, cells[name])] if settings.time.zone is None else cells[name].groupby(ranks)
    times = pd.concat([to_times(each, settings.time) for _, each in one])
    keys = pd.DataFrame({"asset": ranks, "time": times}).dropna()
    if keys.empty:
        msg = f"source.time.column {name} needs times or numbers, got {cells[name].iloc[0]!r}"
        raise BadInputError(msg)
    keys = keys.sort_values(["asset", "time"], kind="stable")
    keys = keys.drop_duplicates(["asset", "time"], keep="last")
    cells = cells.loc[keys.index].reset_index(drop=True)
    return Record(cells, keys["time"].reset_index(drop=True), aside)


def _context(record: Record, settings: SourceSettings, parts: tuple[PartRule, ...]) -> pd.DataFrame:
    """Asset, segment, time and declared part of each reading, as far as there are such."""
    found = pd.DataFrame(index=record.cells.index)
    if settings.asset != NameSettings():
        found["asset"] = record.assets.astype(str)
    if parts:
        found["part"] = parts_of(record.cells, parts)
    segments = _names(record.cells, settings.segment, "source.segment")
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


def _one_a_period(
    table: pd.DataFrame, settings: SourceSettings, sensors: Sequence[str]
) -> pd.DataFrame:
    """One reading a period and segment, at the end of it: faulty if one in it was."""
    ends = periods(table["time"], settings.time)
    keys = [name for name in ("asset", "segment", "part") if name in table]
    how = dict.fromkeys(names_in(table), "last") | dict.fromkeys(sensors, settings.time.take)
    how |= {name: "any" for name in names_in(table) if name.startswith("Anomaly_")}
    how |= {"known": "all"} if "known" in table else {}
    grouped = [*keys, "time"]
    groups = table.assign(time=ends).groupby(grouped, sort=False)
    taken = groups.agg({name: each for name, each in how.items() if name not in grouped})
    return taken.reset_index()[names_in(table)]


def _filled(table: pd.DataFrame, settings: SourceSettings, sensors: Sequence[str]) -> pd.DataFrame:
    """Missing readings as the settings want them; nothing is taken from the future."""
    if settings.missing.fill == "none":
        return table
    keys = [name for name in ("asset", "segment") if name in table]
    values = table[[*sensors]]
    runs = values.groupby([table[key] for key in keys], sort=False) if keys else values
    filled = table.copy()
    filled[[*sensors]] = runs.ffill(limit=settings.missing.limit)
    return filled


def names_in(table: pd.DataFrame) -> list[str]:
    """The columns of a table."""
    return [str(name) for name in table]


def names_of(tables: Sequence[RawTable]) -> str:
    """Where readings come from, in a few words."""
    first = tables[0].path
    return first if len(tables) == 1 else f"{first} and {len(tables) - 1} more"
