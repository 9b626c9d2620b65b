"""What a dataset file demands of its files, checked by pandera; all errors of a file at once."""

import re
from collections.abc import Iterator
from typing import Any

import pandas as pd

from matts.domain import BadInputError
from matts.source.cells import EMPTY, to_numbers, worded, words
from matts.source.files import RawTable
from matts.source.record import MADE
from matts.source.settings import SourceSettings, TruthColumn

MOST = 10  # sentences; the rest is counted


def validate(table: RawTable, settings: SourceSettings) -> None:
    """Refuse a file that is not as its description says.

    Raises:
        BadInputError: every error of the file, one sentence each: column, cells, first row.
    """
    from pandera.errors import SchemaErrors  # noqa: PLC0415 (it takes a second)

    try:
        _schema(table.cells, settings).validate(table.cells, lazy=True)
    except SchemaErrors as errors:
        told = list(_sentences(errors.failure_cases, table.cells))
        more = [f"and {len(told) - MOST} more"] if len(told) > MOST else []
        msg = f"{table.path}: {'; '.join([*told[:MOST], *more])}"
        raise BadInputError(msg) from None


def _schema(cells: pd.DataFrame, settings: SourceSettings) -> Any:
    """What the columns of a table of cells have to be like."""
    import pandera.pandas as pa  # noqa: PLC0415

    columns = {
        name: pa.Column(nullable=True) for name in _needed(settings, cells) if name not in MADE
    }
    for name, allowed in _allowed(settings):
        if name in MADE and name not in cells:
            continue
        told = f"one of {', '.join(sorted(allowed - EMPTY))}"
        check = pa.Check(lambda c, allowed=allowed: worded(c).isin(allowed), error=told)
        columns[name] = pa.Column(checks=check, nullable=True)
    for like in settings.columns.needed:
        own = [str(name) for name in cells if re.fullmatch(like, str(name))]
        check = pa.Check(
            lambda c: bool(to_numbers(c, settings.read).notna().any()), error="numbers"
        )
        columns |= {name: pa.Column(checks=check, nullable=True) for name in own or [like]}
    return pa.DataFrameSchema(columns, strict=False)


def _needed(settings: SourceSettings, cells: pd.DataFrame) -> Iterator[str]:
    """The columns without which a table cannot be understood."""
    labels: Any = settings.labels
    yield from (settings.time.column,) if settings.time.column else ()
    for names in (settings.asset, settings.segment):
        yield from names.columns
        if names.either and not {*names.either} & {*cells}:
            yield " or ".join(names.either)
    if labels.kind == "class":
        yield labels.column
    if labels.kind == "columns":
        yield from (c if isinstance(c, str) else c.column for c in labels.columns.values())
    yield from (*settings.targets.columns.values(),)
    yield from (name for rule in settings.parts for name in rule.where)


def _allowed(settings: SourceSettings) -> Iterator[tuple[str, set[str]]]:
    """The label columns that may hold some values alone, and which."""
    labels: Any = settings.labels
    if labels.kind == "class" and labels.only:
        yield labels.column, words((*labels.healthy, *labels.unknown, *labels.names)) | EMPTY
    truths = [*labels.columns.values()] if labels.kind == "columns" else []
    for each in (*truths, *settings.targets.truths.values()):
        if isinstance(each, TruthColumn) and each.faulty:
            yield each.column, words((*each.healthy, *each.faulty)) | EMPTY


def _sentences(failures: pd.DataFrame, cells: pd.DataFrame) -> Iterator[str]:
    """One a column: what it needs, what came, how often and where first."""
    absent = failures["check"] == "column_in_dataframe"
    came = ", ".join(map(str, cells))
    yield from (f"there is no column {name}" for name in failures["failure_case"][absent])
    for (column, check), own in failures[~absent].groupby(["column", "check"], sort=False):
        first = own.iloc[0]
        if pd.isna(first["index"]):
            yield f"column {column} needs {check}, and has none"
            continue
        where = f"first in data row {int(first['index']) + 1}"
        yield f"column {column} needs {check}, got {first['failure_case']!r} {where} ({len(own)})"
    if absent.any():
        yield f"the columns are {came}"
