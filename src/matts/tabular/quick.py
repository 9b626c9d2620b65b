"""Every row of a table judged by a saved model, without labels."""

import logging
from pathlib import Path

import numpy as np
import pandas as pd

from matts.domain import BadInputError, Floats, Ints
from matts.source.files import read_to_score
from matts.source.joined import join
from matts.source.settings import SourceSettings
from matts.tabular.answers import told_of
from matts.tabular.asking import ask_all
from matts.tabular.description import Description
from matts.tabular.model import TabularModel
from matts.tabular.rows import Rows
from matts.tabular.tables import read_table

log = logging.getLogger(__name__)

FEW = 5  # readings of a machine, and its own statistics say little


def quick_predict(model_folder: str | Path, table: pd.DataFrame | str | Path) -> pd.DataFrame:
    """What a saved model says of every row, in the order and with the index of the table.

    Columns: `prediction`, a probability for each class, and `before`, how many readings of its
    machine the table has before a row. A row that cannot be judged (no reading, no machine, no
    time, or another reading of the same instant came later) is empty; how many is logged.

    Raises:
        BadInputError: the file cannot be read, or lacks a sensor.
    """
    about, model = Description.load(Path(model_folder)), TabularModel.load(Path(model_folder))
    frame = table if isinstance(table, pd.DataFrame) else load_table(table, about.source)
    given = read_table(frame, about, to_learn=False)
    told = given.back(ask_all(model, about, given.rows))
    before = pd.Series(given.back(_before(given.rows)), frame.index).astype("Int64")
    found = _answers(about, model.classes, told, frame.index).assign(before=before)
    _tell(found)
    return found


def load_table(path: str | Path, source: SourceSettings | None = None) -> pd.DataFrame:
    """The rows of a described file or folder, with the file and folder of each that names machines.

    Without a description of one CSV, as they came.

    Raises:
        BadInputError: there is no such file.
    """
    settings = source or SourceSettings(path=str(path))
    raw = read_to_score(str(path), settings)
    if raw is None:
        msg = f"a table needs a file, and there is none at {path}"
        raise BadInputError(msg)
    if source is not None and source.layout == "described":
        return join(raw.tables, source)
    return pd.concat([each.cells for each in raw.tables], ignore_index=True)


def _answers(
    about: Description, classes: tuple[str, ...], told: Floats, index: pd.Index
) -> pd.DataFrame:
    if not classes:
        return pd.DataFrame({"prediction": told}, index)
    lost = np.asarray(np.isnan(told).any(axis=1))
    likeliest = np.where(lost[:, None], 0.0, told).argmax(axis=1)
    named = pd.Series(told_of(about.task, classes)[likeliest], index)
    named = named.astype("Int64") if about.name != "failure_type" else named.astype("string")
    columns = {f"probability_{name}": told[:, k] for k, name in enumerate(classes)}
    return pd.DataFrame({"prediction": named.mask(lost), **columns}, index)


def _before(rows: Rows) -> Ints:
    """How many readings of its machine come before each row: [R]."""
    first = np.flatnonzero(rows.first_of_machine)
    counts = np.diff(np.r_[first, len(rows)])
    return np.asarray(np.arange(len(rows)) - np.repeat(first, counts))


def _tell(found: pd.DataFrame) -> None:
    lost = int(found["prediction"].isna().sum())
    early = int((found["before"] < FEW).sum())
    log.info("%d rows judged", len(found) - lost)
    if lost:
        log.warning("%d of %d rows cannot be judged: they are empty", lost, len(found))
    if early:
        log.warning("%d rows are among the first %d of their machine in this table", early, FEW)
