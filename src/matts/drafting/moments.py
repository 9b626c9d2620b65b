"""Which columns say when a reading was taken, and of which machine it is."""

import re
from collections.abc import Iterator
from itertools import combinations
from typing import Any

import pandas as pd

from matts.drafting.meaning import FEW, SURE, Columns, Meaning
from matts.source.cells import to_numbers, worded
from matts.source.clock import to_times
from matts.source.formats import ANY, ISO, find_format
from matts.source.settings import ReadSettings, TimeSettings

TIME = re.compile(
    r"(?i).*(time|date|datum|zeit|stamp|uhr).*|ts?|cycles?|samples?|step|tick|seconds|c\d+"
)
LASTS = re.compile(r"(?i).*(up|down|down_|run|on|off|wear|life)[ _]?time.*")  # how long, not when
ASSET = re.compile(r"(?i).*(asset|machine|unit|engine|equipment|device|pump|vehicle).*")
NAMED = re.compile(r"(?i).*(_|\b)(id|no|nr|number|name)|[a-z]*id")
LABEL = re.compile(r"(?i).*(anomal|fault|fail|label|class|target).*")
AGAIN = 0.1  # a larger share of times that come again says that there are several machines
STRAY = 0.01  # and a smaller one that these have been told apart


def take_time(columns: Columns, files: pd.Series, meaning: Meaning) -> None:
    """The first column that holds times, by its name or its cells; else one that counts."""
    for named, way in ((True, _written), (False, _written), (True, _counted)):
        for name, column in columns.items():
            if named and (not TIME.fullmatch(name) or LASTS.fullmatch(name)):
                continue
            found = way(column, files)
            if found is not None:
                meaning.time = {"column": name, **found}
                return


def _written(column: pd.Series, _files: pd.Series) -> dict[str, Any] | None:
    """How times are written; None: these are none."""
    if pd.api.types.is_datetime64_any_dtype(column):
        return {}
    text = column.astype(str).str.strip()
    if text.str.fullmatch(r"(19|20)\d{12}").mean() > SURE:
        return {"format": "%Y%m%d%H%M%S"}
    if text.str.fullmatch(r"[-+\d.,eE]*").mean() > 1 - SURE:
        return None
    form = find_format(text)
    is_time = form != ANY and to_times(text, TimeSettings(format=form)).notna().mean() > SURE
    return ({} if form == ISO else {"format": form}) if is_time else None


def _counted(column: pd.Series, files: pd.Series) -> dict[str, Any] | None:
    """Numbers that rise: seconds since 1970, or a count; None: they do not."""
    numbers = to_numbers(column, ReadSettings())
    rises = numbers.groupby(files).diff().dropna() > 0
    if numbers.isna().mean() > 1 - SURE or not len(rises) or rises.mean() < SURE:
        return None
    middle = float(numbers.median())
    units = {"s": 1e9, "ms": 1e12, "us": 1e15, "ns": 1e18}
    unit = next((name for name, least in units.items() if least <= middle < 2 * least), None)
    return {"unit": unit} if unit else {}


def take_asset(columns: Columns, files: pd.Series, meaning: Meaning) -> None:
    """The columns that name machines, else the files where there are several."""
    time = columns.pop(meaning.time.get("column", ""), None)
    likely = {name: worded(columns[name]) for name in _likely(columns)}
    named = [n for n in likely if ASSET.fullmatch(n) or NAMED.fullmatch(n)]
    named = [name for name in named if not LABEL.fullmatch(name)]
    if time is None or _share_again(time, [files, *(likely[n] for n in named[:1])]) <= AGAIN:
        chosen = tuple(named[:1])
    else:
        tried = (c for c in _choices(likely) if _tells_apart(time, files, c, likely))
        chosen = next(tried, ())
    chosen = chosen or tuple(name for name in ("file", "folder") if name in likely)[:1]
    for name in chosen:
        del columns[name]
    if chosen:
        meaning.asset = {"columns": list(chosen)}
    elif len(files.unique()) > 1:
        meaning.asset = {"file": "name"}
    if time is not None and not chosen and _share_again(time, [files]) > AGAIN:
        meaning.leave_out[meaning.time.pop("column")] = "its times come again, and nobody says why"
        meaning.time = {}


def _likely(columns: Columns) -> Iterator[str]:
    """The columns that may name machines: words or whole numbers that come again and again."""
    for name, column in columns.items():
        numbers = to_numbers(column, ReadSettings()).dropna()
        different = column.nunique()
        if (numbers % 1 == 0).all() and 1 < different <= len(column) / FEW:
            yield name


def _choices(likely: dict[str, pd.Series]) -> list[tuple[str, ...]]:
    """One column, then two: those named as machines first, those named as labels last."""
    ranks = {name: (bool(LABEL.fullmatch(name)), not ASSET.fullmatch(name)) for name in likely}
    names = sorted(likely, key=lambda name: ranks[name])[: 2 * FEW]
    return [*((name,) for name in names), *combinations(names, 2)]


def _tells_apart(
    time: pd.Series, files: pd.Series, names: tuple[str, ...], likely: dict[str, pd.Series]
) -> bool:
    return _share_again(time, [files, *(likely[name] for name in names)]) <= STRAY


def _share_again(time: pd.Series, keys: list[pd.Series]) -> float:
    """The share of rows whose time comes again within what the keys tell apart."""
    return float(pd.concat([time, *keys], axis=1).duplicated().mean())
