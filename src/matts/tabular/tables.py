"""A table as somebody has it becomes rows, and what is told of the rows goes back to its own."""

import logging
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from matts.domain import BadInputError, Floats, Ints
from matts.readings import sensors_of
from matts.source.cells import is_odd, is_text, to_readings_of
from matts.source.described import to_table
from matts.source.files import RawData, RawTable
from matts.source.record import to_record
from matts.source.settings import ColumnSettings, ReadSettings, SourceSettings
from matts.tabular.description import Description
from matts.tabular.rows import Rows, to_rows

log = logging.getLogger(__name__)

NAMES = ("asset", "time")  # whose and when, in a typed table
PLACE = "place in the table"  # of a row, while its table is put in order


class Given(NamedTuple):
    """Rows in order, and where each stood in the table that was given."""

    rows: Rows
    places: Ints  # [R]
    total: int  # of rows that were given; some may be none of these

    def back(self, values: NDArray[Any]) -> Floats:
        """Numbers of the rows [R, ...] in the order of the table, NaN for those left out."""
        found = np.full((self.total, *values.shape[1:]), np.nan)
        found[self.places] = values
        return found

    def own(self, column: NDArray[Any]) -> NDArray[Any]:
        """A column of the table that was given, in the order of the rows."""
        if column.shape != (self.total,):
            came = " x ".join(map(str, column.shape)) or "1 for all"
            msg = f"each of {self.total} rows needs an answer, got {came}"
            raise BadInputError(msg)
        return column[self.places]


def read_table(table: pd.DataFrame, about: Description, *, to_learn: bool) -> Given:
    """The rows of a table, as its description says; of known sensors alone, where they are known.

    Raises:
        BadInputError: there are no rows, no such sensors, or columns named in the description.
    """
    _refuse_odd(table)
    plain = table.reset_index(drop=True)
    if about.source is None or _is_typed(plain, about.source):
        typed, places = _typed(plain)
    else:
        typed, places = _described(plain, about.source, to_learn=to_learn)
    rows = to_rows(_with_known_sensors(typed, about.sensors), about.groups)
    if not rows.measured:
        msg = f"readings need a sensor to judge by, got {', '.join(rows.given) or 'none'}"
        raise BadInputError(msg)
    return Given(rows, places[rows.numbers], len(plain))


def _refuse_odd(table: Any) -> None:
    """Refuse what is no table, or one whose columns cannot be told from one another."""
    if not isinstance(table, pd.DataFrame):
        msg = f"readings come as a pandas DataFrame, for columns need names; got {type(table)}"
        raise BadInputError(msg)
    if not len(table):
        msg = "readings need at least 1 row, got an empty table"
        raise BadInputError(msg)
    names = [*table]
    odd = [each for each in names if not isinstance(each, str) or names.count(each) > 1]
    if odd:
        msg = f"each column needs a name of its own, in text, got {odd[0]!r}"
        raise BadInputError(msg)


def _is_typed(table: pd.DataFrame, source: SourceSettings) -> bool:
    """Whether a table is such as a description leads to: of a run, or of a simulator."""
    described = {source.time.column, *source.asset.columns_in(table)} & {*table}
    return source.layout != "described" or (not described and {*NAMES} <= {*table})


def _typed(table: pd.DataFrame) -> tuple[pd.DataFrame, Ints]:
    """A typed table, less rows of no machine or time; a sensor's cell with text is missing."""
    known = [name for name in NAMES if name in table]
    if "time" in known and is_text(table["time"]):
        times = pd.to_datetime(table["time"], errors="coerce", format="ISO8601")
        table = table.assign(time=times)
    places = np.flatnonzero(table[known].notna().all(axis=1))
    return _numeric(table.iloc[places]), places


def _numeric(table: pd.DataFrame) -> pd.DataFrame:
    sensors = sensors_of(table)
    numbers = to_readings_of(table[sensors], ColumnSettings(), ReadSettings())
    for name in sensors:
        odd = is_odd(table[name], numbers[name], ReadSettings())
        _tell_odd(name, int(odd.sum()), table[name][odd].head(1).tolist())
    return table.assign(**{name: numbers[name] for name in sensors})


def _described(
    table: pd.DataFrame, source: SourceSettings, *, to_learn: bool
) -> tuple[pd.DataFrame, Ints]:
    if source.time.every is not None:
        msg = "an answer for every row needs a table as it is: leave time.every out of the source"
        raise BadInputError(msg)
    found = to_table(_raw(table), source, to_learn=to_learn)
    for name, told in found.odd.items():
        _tell_odd(name, told.get("text", 0), [told.get("example")])
    in_order = to_record(_raw(table.assign(**{PLACE: np.arange(len(table))})), source)
    return found.table, in_order.cells[PLACE].to_numpy(np.int64)


def _raw(table: pd.DataFrame) -> RawData:
    return RawData([RawTable("the table", table)])


def _tell_odd(name: str, count: int, example: Sequence[Any]) -> None:
    if count:
        log.warning("%s: %d cells with text are missing readings, as %r", name, count, *example)


def _with_known_sensors(table: pd.DataFrame, known: Sequence[str]) -> pd.DataFrame:
    """The sensors that a model knows, in its order; others are left out, and said."""
    came = sensors_of(table)
    if not known:
        return table
    if missing := [name for name in known if name not in came]:
        msg = f"the model needs sensors {', '.join(missing)}, got {', '.join(came) or 'none'}"
        raise BadInputError(msg)
    if unknown := [name for name in came if name not in known]:
        log.warning("columns that the model does not know are left out: %s", ", ".join(unknown))
    return table[[*(name for name in table if name not in came), *known]]
