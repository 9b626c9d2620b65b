"""The cells of all files of a source below each other, and the file and folder of each row."""

from collections.abc import Sequence

import pandas as pd

from matts.domain import BadInputError
from matts.source.cells import is_text
from matts.source.commas import without_thousands
from matts.source.files import RawTable
from matts.source.settings import SourceSettings


def join(tables: Sequence[RawTable], settings: SourceSettings) -> pd.DataFrame:
    """All rows in the order of the files, with columns `file` and `folder`.

    A file's own column of such a name counts: one that was made of several files may have it.
    Cells are as they came, but for commas of thousands in files that commas separate.

    Raises:
        BadInputError: several files have one of their own, and the settings mean theirs.
    """
    _refuse_two_meanings(tables, settings)
    filled = [_placed(table) for table in tables if len(table.cells)]
    cells = pd.concat(filled, ignore_index=True) if filled else pd.DataFrame()
    if settings.read.decimal or any(table.separator != "," for table in tables):
        return cells
    names = {str(name) for name in cells if is_text(cells[name])} - _as_they_came(settings)
    return cells.assign(**{name: without_thousands(cells[name]) for name in names})


def _placed(table: RawTable) -> pd.DataFrame:
    made = {"file": table.name, "folder": table.folder}
    return table.cells.assign(**{k: each for k, each in made.items() if k not in table.cells})


def _as_they_came(settings: SourceSettings) -> set[str]:
    """The columns whose cells are names or words."""
    names = {"file", "folder", "asset", *settings.asset.every, *settings.segment.every}
    return names | {*settings.columns.words, str(getattr(settings.labels, "column", ""))}


def _refuse_two_meanings(tables: Sequence[RawTable], settings: SourceSettings) -> None:
    columns = {"name": "file", "folder": "folder"}
    for key, names in (("asset", settings.asset), ("segment", settings.segment)):
        column = columns.get(names.file or "")
        if column and len(tables) > 1 and any(column in table.cells for table in tables):
            msg = f"source.{key}.file is the {column} of each of {len(tables)} files or"
            msg += f" their own column {column}: name one, as source.{key}.columns: [{column}]"
            raise BadInputError(msg)
