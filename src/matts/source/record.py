"""The cells of all files become one record: asset by asset, each in the order of time."""

from functools import reduce
from typing import Any, NamedTuple

import pandas as pd

from matts.domain import BadInputError
from matts.source.clock import Times, to_times
from matts.source.clock_report import describe_clock
from matts.source.files import RawData
from matts.source.joined import join
from matts.source.settings import NameSettings, SourceSettings

FEWEST = 2  # rows
MADE = {"file", "folder", "asset"}  # columns that are made where a file has none of that name


class Record(NamedTuple):
    """All readings of a source in order, before labels are known."""

    cells: pd.DataFrame  # [R, C], as they came, with `file`, `folder` and `asset`
    assets: "pd.Series[str]"  # [R]: the asset of each reading
    times: Times | None  # [R]
    aside: dict[str, str]  # the text of files that tell of readings
    found: dict[str, Any]  # how many rows came, which were dropped, what the clock did

    @property
    def names(self) -> list[str]:
        """[C]: the columns."""
        return [str(name) for name in self.cells]


def to_record(raw: RawData, settings: SourceSettings) -> Record:
    """The record asset by asset, each in the order of time; of readings of one time the last.

    Where each segment counts from its own start, its readings are in the order of its own clock.

    Raises:
        BadInputError: there are hardly any rows, or no times where the settings say that there are.
    """
    came, name = _gather(raw, settings), settings.time.column
    cells, assets = _of_known_assets(came, settings)
    files = {"files": len(raw.tables), "rows": len(came)}
    files["rows_without_asset"] = len(came) - len(cells)
    ranks = pd.Series(pd.factorize(assets)[0], index=cells.index)
    if name is None:
        order = ranks.sort_values(kind="stable").index
        return Record(*_in_order(order, cells, assets), None, raw.aside, files)
    if name not in cells:
        msg = f"source.time needs a column {name}, got {', '.join(map(str, cells))}"
        raise BadInputError(msg)
    times = to_times(cells[name], settings.time, ranks)
    segments = names_of_rows(cells, settings.segment, "source.segment")
    keys = pd.DataFrame({"asset": _clocks(ranks, segments, times), "time": times})
    if keys["time"].isna().all():
        msg = f"source.time.column {name} needs times or numbers, got {cells[name].iloc[0]!r}"
        raise BadInputError(msg)
    kept = keys.dropna().sort_values(["asset", "time"], kind="stable")
    kept = kept.drop_duplicates(["asset", "time"], keep="last")
    if len(kept) < FEWEST:
        msg = f"readings need at least {FEWEST} different times in {name}, got {len(kept)}"
        raise BadInputError(msg)
    found = files | describe_clock(keys, kept, cells[name], settings.time)
    times = kept["time"].reset_index(drop=True)
    return Record(*_in_order(kept.index, cells, assets), times, raw.aside, found)


def _in_order(order: pd.Index, cells: pd.DataFrame, assets: pd.Series) -> tuple[Any, Any]:
    return cells.loc[order].reset_index(drop=True), assets[order].reset_index(drop=True)


def _of_known_assets(
    cells: pd.DataFrame, settings: SourceSettings
) -> tuple[pd.DataFrame, "pd.Series[str]"]:
    """The rows in which no column that names the asset is empty; nobody knows whose others are."""
    assets = pd.Series(names_of_rows(cells, settings.asset, "source.asset"), cells.index)
    columns = settings.asset.columns_in(cells)
    named = cells[list(columns)]
    blank = (named.isna() | named.astype(str).apply(lambda each: each.str.strip() == "")).any(
        axis=1
    )
    if (~blank).sum() < FEWEST:
        names = ", ".join(columns)
        msg = f"source.asset needs names in {names}, and only {(~blank).sum()} rows have one"
        raise BadInputError(msg)
    told = cells if "asset" in cells else cells.assign(asset=assets)
    return told[~blank].reset_index(drop=True), assets[~blank].reset_index(drop=True)


def _clocks(assets: pd.Series, segments: "pd.Series[str] | str", times: Times) -> pd.Series:
    """Whose clock each time is read from, in the order of assets: [R]; nearly always the asset's.

    Segments as tests on a bench each begin to count again. Then the order of an asset's times would
    cut its segments into more pieces than they came in, and each has a clock of its own.
    """
    if isinstance(segments, str):
        return assets
    rows = pd.DataFrame({"asset": assets, "segment": pd.factorize(segments)[0], "time": times})
    came = rows.dropna().sort_values("asset", kind="stable")
    timed = came.sort_values(["asset", "time"], kind="stable")
    if _pieces(timed) <= _pieces(came):
        return assets
    own = ["asset", "segment"]
    return rows.sort_values(own, kind="stable").groupby(own, sort=True).ngroup().reindex(rows.index)


def _pieces(rows: pd.DataFrame) -> int:
    """How many unbroken runs of a segment there are."""
    own = rows[["asset", "segment"]]
    return int(own.ne(own.shift()).any(axis=1).sum())


def _gather(raw: RawData, settings: SourceSettings) -> pd.DataFrame:
    """The cells of all files below each other, each name of an asset or a segment in one column."""
    cells = join(raw.tables, settings)
    if len(cells) < FEWEST:
        found = ", ".join(table.path for table in raw.tables)
        msg = f"readings need at least {FEWEST} rows, got {len(cells)} in {found}"
        raise BadInputError(msg)
    return _united(_united(cells, settings.asset), settings.segment)


def _united(cells: pd.DataFrame, names: NameSettings) -> pd.DataFrame:
    """The same with one column for what one file calls so and another otherwise."""
    there = [name for name in dict.fromkeys(names.either) if name in cells]
    if len(there) <= 1:
        return cells
    return cells.assign(**{there[0]: cells[there].bfill(axis=1)[there[0]]})


def names_of_rows(cells: pd.DataFrame, settings: NameSettings, key: str) -> "pd.Series[str] | str":
    """What each row is called by its columns and its file: [R], or nothing."""
    columns = settings.columns_in(cells)
    missing = [name for name in columns if name not in cells]
    if len(columns) == len(settings.columns) < len(settings.columns + settings.either):
        missing += [" or ".join(settings.either)]
    if missing:
        msg = f"{key} needs a column {missing[0]}, got {', '.join(map(str, cells))}"
        raise BadInputError(msg)
    where = {"name": ["file"], "folder": ["folder"], None: []}[settings.file]
    words = [cells[name].astype(str).str.strip() for name in (*where, *columns)]
    return reduce(lambda one, other: one + " " + other, words) if words else ""
