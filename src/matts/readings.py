"""Raw tables become checked readings: the only place that knows raw column names.

text cells -> `check` -> typed table -> `to_readings` -> Readings
"""

import logging
import re
from collections.abc import Sequence
from dataclasses import replace
from difflib import get_close_matches
from typing import Literal, NamedTuple

import numpy as np
import pandas as pd

from matts.domain import BadInputError, Bools, Floats, Ints, Readings
from matts.simulate.tandem_mill import LABELS, SENSORS

log = logging.getLogger(__name__)

Layout = Literal["described", "tcm5", "plain"]

FEWEST = 2  # rows
NAMED = ("asset", "segment")  # columns that say whose readings these are
CONTEXT = (*NAMED, "time", "part", "known", "life")  # and what else is no sensor
LABEL = re.compile(r"Anomaly_(?P<fault>.+?)(_(?P<stand>\d+))?")
TARGET_OF = "Target_"  # and what is to be foretold: the name of a column with its truth
TARGET = re.compile(TARGET_OF + r"(?P<target>.+)")
TRUTH = {"True": True, "true": True, "1": True, "False": False, "false": False, "0": False}

# What a cold mill can show at all: lowest, highest, unit. Far wider than any one mill; a gap may
# be set below contact, and a drive may brake.
RANGES = {
    "thickness": (0.05, 10.0, "mm"),
    "width": (100.0, 3_000.0, "mm"),
    "ys": (50.0, 2_000.0, "MPa"),
    "work_roll_diam": (100.0, 1_500.0, "mm"),
    "work_roll_mileage": (0.0, 1_000.0, "km"),
    "reduction": (0.0, 0.95, ""),
    "tension": (0.0, 5e6, "N"),
    "roll_speed": (0.0, 60.0, "m/s"),
    "force": (0.0, 1e8, "N"),
    "torque": (-2e6, 2e6, "Nm"),
    "gap": (-5.0, 15.0, "mm"),
    "motor_power": (-5e4, 5e4, "kW"),
}


class Columns(NamedTuple):
    """The column names of a table, by what they hold."""

    context: list[str]
    sensors: list[str]
    labels: list[str]
    targets: list[str]


def check(raw: pd.DataFrame, layout: Layout, *, labels_needed: bool = True) -> pd.DataFrame:
    """Turn a table of text cells into float64 sensors and bool labels, in the layout's order.

    Without `labels_needed` the labels may be absent, all of them together: then they are absent
    from what comes back, too. The index counts the rows of the file, of which this may be a chunk.

    Raises:
        BadInputError: one sentence about the first thing wrong, with its line and column.
    """
    names = raw.columns.tolist()
    _refuse_unreadable(raw, names)
    choose = _tcm5_columns if layout == "tcm5" else _plain_columns
    columns = choose(names, labels_needed=labels_needed)
    ranges = [RANGES[quantity_of(name)] for name in columns.sensors] if layout == "tcm5" else None
    words = raw[columns.context]
    _refuse_cells(words, (words == "").to_numpy(), ["a name"] * len(columns.context))
    numbers = _numbers(raw[columns.sensors], ranges)
    truths = _truths(raw[columns.labels])
    return pd.concat([words.reset_index(drop=True), numbers, truths], axis=1)


def sensors_of(table: pd.DataFrame) -> list[str]:
    """The sensors of a typed table."""
    return _split(table.columns.tolist()).sensors


def values_of(table: pd.DataFrame, sensors: Sequence[str]) -> Floats:
    """The readings of the sensors that a model knows, no fewer and no more: [R, F]."""
    _refuse_misfits(sensors_of(table), sensors, sensors, "the sensors do not fit the model")
    return table[[*sensors]].to_numpy(np.float64)


def is_sensor(name: str) -> bool:
    """Whether a column holds a sensor's numbers, by its name."""
    return bool(_split([name]).sensors)


def context_and_labels(table: pd.DataFrame) -> pd.DataFrame:
    """What a typed table holds beside the sensors."""
    columns = _split(table.columns.tolist())
    return table[[*columns.context, *columns.labels, *columns.targets]]


def to_readings(table: pd.DataFrame, *, with_assets: bool = True) -> Readings:
    """Split a typed table into sensors, faults (at any stand) and unbroken segments.

    Without assets their names, 4 bytes a letter, are not kept; segments tell them apart still.

    >>> table = pd.DataFrame({"force": [1.0, 2.0], "Anomaly_Bearing_2": [False, True]})
    >>> to_readings(table).fault_names, to_readings(table).faults.tolist()
    (('Bearing',), [[False], [True]])
    """
    columns = _split(table.columns.tolist())
    order = _by_asset(table)
    table = table.iloc[order] if "asset" in table else table
    stands: dict[str, list[str]] = {}
    for label in columns.labels:
        stands.setdefault(_fault_and_stand(label)[0], []).append(label)
    faults = np.zeros((len(table), len(stands)), np.bool_)
    for k, labels in enumerate(stands.values()):
        faults[:, k] = table[labels].to_numpy(np.bool_).any(axis=1)
    return Readings(
        values=table[columns.sensors].to_numpy(np.float64),
        faults=faults,
        segments=_segments(table),
        sensors=tuple(columns.sensors),
        fault_names=tuple(stands),
        labelled=bool(columns.labels),
        assets=table["asset"].to_numpy(np.str_) if with_assets and "asset" in table else None,
        numbers=order,
        known=table["known"].to_numpy(np.bool_) if "known" in table else None,
        life=table["life"].to_numpy(np.float64) if "life" in table else None,
        parts=table["part"].to_numpy(np.str_) if "part" in table else None,
    )


def _by_asset(table: pd.DataFrame) -> Ints:
    """The rows of each asset together, each asset's in the order in which they came: [R]."""
    if "asset" not in table:
        return np.arange(len(table))
    codes, names = pd.factorize(table["asset"], use_na_sentinel=False)
    ranks = np.argsort(np.argsort(np.asarray(names, np.str_)))
    return np.argsort(ranks[codes], kind="stable")


def same_sensors(readings: Readings, sensors: Sequence[str]) -> Readings:
    """The readings in the order of the sensors that a model knows: no fewer, no more."""
    _refuse_misfits(readings.sensors, sensors, sensors, "the sensors do not fit the model")
    order = [readings.sensors.index(name) for name in sensors]
    return replace(readings, values=readings.values[:, order], sensors=tuple(sensors))  # noqa: PD011


def find_episodes(table: pd.DataFrame) -> pd.DataFrame:
    """One row for every run of True in a label column; which sensors show it nobody knows."""
    runs: list[tuple[object, ...]] = []
    segments = _segments(table)
    for label in _split(table.columns.tolist()).labels:
        inside = np.where(table[label].to_numpy(np.bool_), segments, -1)
        border = np.diff(inside, prepend=-1, append=-1) != 0
        firsts = np.flatnonzero(border[:-1] & (inside >= 0))
        ends = np.flatnonzero(border[1:] & (inside >= 0))
        runs += [(*_fault_and_stand(label), *run, []) for run in zip(firsts, ends, strict=True)]
    columns = ["fault", "stand", "first_coil", "last_coil", "sensors"]
    episodes = pd.DataFrame(runs, columns=columns)
    episodes = episodes.sort_values(["first_coil", "stand", "fault"], ignore_index=True)
    episodes.insert(0, "episode", np.arange(len(episodes)))
    return episodes


def _refuse_unreadable(raw: pd.DataFrame, names: list[str]) -> None:
    """Refuse what pandas reads without a word: no rows, too many cells, odd headers."""
    problem = ""
    begins = raw.empty or raw.index[0] == 0  # a later chunk may be as short as it likes
    if begins and len(raw) < FEWEST:
        problem = f"readings need at least {FEWEST} rows below the header, got {len(raw)}"
    elif not pd.api.types.is_integer_dtype(raw.index):
        problem = f"the header names {len(names)} columns, but the rows have more cells than that"
    for i, name in enumerate(names):
        first = re.sub(r"\.\d+$", "", name)  # pandas calls a second `x` `x.1` …
        if first in names[:i]:
            problem = f"a column may come only once, but {first} comes again"
        elif re.fullmatch(r"\s*|Unnamed: \d+", name):  # … and a column without a name so
            problem = f"every column needs a name, but column {i + 1} has none"
    if problem:
        raise BadInputError(problem)


def _tcm5_columns(names: list[str], *, labels_needed: bool) -> Columns:
    labels = [*LABELS] if labels_needed or not set(LABELS).isdisjoint(names) else []
    known = [*SENSORS, *LABELS]
    _refuse_misfits(names, [*SENSORS, *labels], known, "the columns do not fit the tcm5 layout")
    return Columns([], [*SENSORS], labels, [])


def _plain_columns(names: list[str], *, labels_needed: bool) -> Columns:
    columns = _split(names)
    for name in columns.sensors:
        if name.lower().startswith("anomaly"):  # a label that became a sensor would tell it all
            msg = f"column {name} is neither a sensor nor Anomaly_<fault> or Anomaly_<fault>_<n>"
            raise BadInputError(msg)
    if told := [name for name in (*columns.context, *columns.targets) if name not in NAMED]:
        msg = f"column {told[0]} is more than the plain layout holds: describe the file instead"
        raise BadInputError(msg)
    if not columns.sensors:
        msg = f"at least one sensor column is needed, got only {', '.join(names)}"
        raise BadInputError(msg)
    if labels_needed and not columns.labels:
        msg = f"a column Anomaly_<fault> or Anomaly_<fault>_<n> is needed, got {', '.join(names)}"
        raise BadInputError(msg)
    return columns


def _split(names: Sequence[str]) -> Columns:
    context = [name for name in CONTEXT if name in names]
    labels = [name for name in names if LABEL.fullmatch(name)]
    targets = [name for name in names if TARGET.fullmatch(name)]
    others = {*context, *labels, *targets}
    return Columns(context, [name for name in names if name not in others], labels, targets)


def _refuse_misfits(
    came: Sequence[str], needed: Sequence[str], known: Sequence[str], problem: str
) -> None:
    """Name every column that is missing and every one that is unknown, with what it may mean."""
    missing = [name for name in needed if name not in came]
    unknown = [_suggest(name, missing or known) for name in came if name not in known]
    if len(missing) == len(needed):
        missing = [f"all {len(needed)}"]
    parts = [f"missing: {', '.join(missing)}"] * bool(missing)
    parts += [f"unknown: {', '.join(unknown)}"] * bool(unknown)
    if parts:
        msg = f"{problem}, {'; '.join(parts)}"
        raise BadInputError(msg)


def _suggest(name: str, known: Sequence[str]) -> str:
    nearest = get_close_matches(name, known, n=1)
    return f"{name} (did you mean {nearest[0]}?)" if nearest else name


def quantity_of(name: str) -> str:
    """What a sensor measures, without the place: `force_3` is a force."""
    return re.sub(r"_(\d|entry|exit)$", "", name)


def _fault_and_stand(label: str) -> tuple[str, int]:
    """`Anomaly_Bearing_2` is a Bearing fault at stand 2; stand 0 is the whole machine."""
    match = LABEL.fullmatch(label)
    return (match["fault"], int(match["stand"] or 0)) if match else (label, 0)


def _numbers(
    cells: pd.DataFrame, ranges: Sequence[tuple[float, float, str]] | None
) -> pd.DataFrame:
    """Text cells as float64: pandas refuses odd spellings, and float() reads to the last bit."""
    read = cells.apply(pd.to_numeric, errors="coerce").to_numpy(np.float64)
    bad = ~np.isfinite(read)
    needs = ["a finite number"] * read.shape[1]
    if ranges:
        lowest, highest = (np.array([r[side] for r in ranges]) for side in (0, 1))
        bad |= (read < lowest) | (read > highest)
        needs = [f"a number from {low:g} to {high:g} {unit}".strip() for low, high, unit in ranges]
    _refuse_cells(cells, bad, needs)
    return pd.DataFrame(cells.to_numpy(np.float64), columns=cells.columns)


def _truths(cells: pd.DataFrame) -> pd.DataFrame:
    read = cells.apply(lambda column: column.map(TRUTH)).to_numpy(np.object_)
    _refuse_cells(cells, pd.isna(read), ["True or False"] * read.shape[1])
    return pd.DataFrame(read.astype(np.bool_), columns=cells.columns)


def _refuse_cells(cells: pd.DataFrame, bad: Bools, needs: Sequence[str]) -> None:
    """Name the first cell marked bad [R, C], and what its column needs."""
    if bad.any():
        row, column = np.argwhere(bad)[0]
        cell = str(cells.iloc[row, column])
        came = f"'{cell}'" if cell else "nothing"
        number = int(cells.index[row]) + 1
        place = f"{cells.columns[column]} in data row {number} (line {number + 1} of the file)"
        msg = f"{place} needs {needs[column]}, got {came}"
        raise BadInputError(msg)


def _segments(table: pd.DataFrame) -> Ints:
    """Number the unbroken runs of one asset, segment and declared part: [R], counting from 0."""
    breaks = np.zeros(len(table), np.bool_)
    for name in (*NAMED, "part"):
        if name not in table:
            continue
        codes, _ = pd.factorize(table[name], use_na_sentinel=False)
        breaks[1:] |= codes[1:] != codes[:-1]
    return np.cumsum(breaks)
