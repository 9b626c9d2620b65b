"""What is to be foretold beside faults becomes a column of numbers each, as all sources have it."""

import numpy as np
import pandas as pd

from matts.domain import BadInputError
from matts.readings import TARGET_OF
from matts.source.cells import EMPTY, to_numbers, worded, words
from matts.source.record import Record
from matts.source.settings import ReadSettings, SourceSettings, TruthColumn


def targets_of(record: Record, settings: SourceSettings) -> pd.DataFrame:
    """Target_<name> of each reading as float64, NaN where nobody knows: [R] rows.

    Raises:
        BadInputError: a column that the settings name is not there, or is of numbers and has text.
    """
    targets, cells = settings.targets, record.cells
    for name in targets.columns.values():
        if name not in cells:
            msg = f"source.targets needs a column {name}, got {', '.join(record.names)}"
            raise BadInputError(msg)
    found = {n: _truth(cells[c.column], c, settings.read) for n, c in targets.truths.items()}
    found |= {n: _numbers(cells[c], n, settings.read) for n, c in targets.numbers.items()}
    return pd.DataFrame(found, index=cells.index, dtype=np.float64).add_prefix(TARGET_OF)


def _numbers(cells: pd.Series, name: str, read: ReadSettings) -> "pd.Series[float]":
    found = to_numbers(cells, read)
    said = cells[~worded(cells).isin(words(read.missing) | EMPTY)]
    if found.isna().all() and len(said):
        msg = f"source.targets.{name} needs numbers in {cells.name}, got {said.iloc[0]!r}"
        raise BadInputError(msg)
    return found


def _truth(cells: pd.Series, column: TruthColumn, read: ReadSettings) -> "pd.Series[float]":
    """1 where a cell tells of it, 0 where not, NaN where it tells nothing: [R]."""
    found, healthy = worded(cells), words(column.healthy)
    silent = (words(read.missing) | EMPTY) - healthy - words(column.faulty)
    truths: pd.Series[float] = (~found.isin(healthy)).astype(np.float64)
    return truths.mask(found.isin(silent))
