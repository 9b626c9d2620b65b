"""Text cells become numbers; what is no number is a missing reading."""

from collections.abc import Iterable

import numpy as np
import pandas as pd

from matts.domain import Bools
from matts.source.commas import THOUSANDS, has_commas
from matts.source.settings import ColumnSettings, ReadSettings, Value

TRUTHS = {"true": 1.0, "false": 0.0}
EMPTY = frozenset({"", "nan", "none", "<na>"})  # cells without anything in them, as one compares


def word(value: object) -> str:
    """A cell as one compares it: without spaces around it, whole numbers without a point.

    >>> word(" 3.0 "), word(3), word(True), word("Normal")
    ('3', '3', 'true', 'normal')
    """
    text = str(value).strip().lower()
    try:
        number = float(text)
    except ValueError:
        return text
    return str(int(number)) if number.is_integer() else text


def worded(column: pd.Series) -> "pd.Series[str]":
    """The cells of a column as one compares them: [R]; each is looked at once."""
    codes, found = pd.factorize(column, use_na_sentinel=False)
    return pd.Series(np.array([word(each) for each in found], dtype=object)[codes], column.index)


def words(values: Iterable[Value]) -> set[str]:
    """What cells may be, as one compares them."""
    return {word(value) for value in values}


def to_numbers(column: pd.Series, settings: ReadSettings) -> "pd.Series[float]":
    """A column as float64: NaN where there is no number, as endless ones are none; spans in s.

    >>> to_numbers(pd.Series(["1,5", "Bad", ""]), ReadSettings()).tolist()
    [1.5, nan, nan]
    """
    if pd.api.types.is_timedelta64_dtype(column):
        return _present(column.dt.total_seconds(), settings)
    if not is_text(column):
        return _present(column.astype(np.float64), settings)
    text = column.astype(str).str.strip()
    if settings.decimal == "," or (settings.decimal is None and has_commas(text)):
        text = text.str.replace(".", "", regex=False).str.replace(",", ".", regex=False)
    elif text.str.contains(",", regex=False).any():
        whole = text.str.fullmatch(THOUSANDS)
        text = text.mask(whole, text.str.replace(",", "", regex=False))
    numbers = pd.to_numeric(text, errors="coerce").astype(np.float64)
    return _present(numbers.fillna(text.str.lower().map(TRUTHS)), settings)


def is_odd(column: pd.Series, numbers: "pd.Series[float]", settings: ReadSettings) -> Bools:
    """Where a cell holds text that is neither a number nor a word for a missing one: [R]."""
    odd = numbers.isna().to_numpy()
    if is_text(column) and odd.any():
        cells = column[odd]
        odd[odd] = ~(cells.isna() | worded(cells).isin({*words(settings.missing), ""})).to_numpy()
        return odd
    return np.zeros(len(column), np.bool_)


def to_readings_of(
    table: pd.DataFrame, settings: ColumnSettings, read: ReadSettings
) -> pd.DataFrame:
    """The sensor columns as numbers, by the words that stand for some where they do."""
    found = {}
    for name in table:
        if mapping := settings.words.get(str(name)):
            known = {word(key): number for key, number in mapping.items()}
            found[name] = worded(table[name]).map(known).astype(np.float64)
        else:
            found[name] = to_numbers(table[name], read)
    return pd.DataFrame(found, index=table.index)


def is_text(column: pd.Series) -> bool:
    """Whether cells are as they were written, or such as are no numbers: dates, categories."""
    kinds = pd.api.types
    return not (kinds.is_numeric_dtype(column) or kinds.is_timedelta64_dtype(column))


def _present(numbers: "pd.Series[float]", settings: ReadSettings) -> "pd.Series[float]":
    """Numbers that are readings: neither endless nor one that stands for a missing one."""
    codes = pd.to_numeric(pd.Series(settings.missing, dtype=object), errors="coerce").dropna()
    return numbers.where(np.isfinite(numbers) & ~numbers.isin(codes))
