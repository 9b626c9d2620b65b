"""Find the files of a source, on this machine or anywhere that fsspec reaches, and read them.

What is in the cells is not judged here: text stays text.
"""

import io
import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePosixPath
from typing import Any

import fsspec
import pandas as pd

from matts.domain import BadInputError
from matts.long_tables import AS_TEXT, without_blank_end
from matts.source.columns import as_columns
from matts.source.cycles import summarise
from matts.source.settings import BesideSettings, ReadSettings, SourceSettings
from matts.source.texts import decode, read_aside, read_text, separator_of

PARQUET = (".parquet", ".pq")


@dataclass(frozen=True)
class RawTable:
    """One file as it came."""

    path: str
    cells: pd.DataFrame
    separator: str | None = None  # between the cells of a text; None: spaces, or it is no text

    @property
    def name(self) -> str:
        """The file's name without its ending."""
        return PurePosixPath(self.path).stem

    @property
    def folder(self) -> str:
        """The name of the folder that it is in."""
        return PurePosixPath(self.path).parent.name


@dataclass(frozen=True)
class RawData:
    """The tables of a source, and the files that tell of them, by the name in the settings."""

    tables: list[RawTable]
    aside: dict[str, str] = field(default_factory=dict)


def read(settings: SourceSettings) -> RawData | None:
    """Every file of a source in the order of their names; None where there is none.

    Raises:
        BadInputError: a file cannot be read, or one that tells of the readings is not there.
    """
    further = settings.read.beside
    aside = (*settings.aside, *((further.file,) if further else ()))
    apart = {PurePosixPath(name).name for name in aside}
    files = dict(
        each for pattern in settings.paths for each in find(pattern, settings)
    )  # once each
    found = [each for each in files.items() if PurePosixPath(each[0]).name not in apart]
    if not found:
        return None
    tables = [_read(path, fs, settings) for path, fs in found]
    if settings.read.format == "cycles":
        tables = _side_by_side(tables)
    if further:
        texts = [_read_aside(further.file, (table.path, found[0][1])) for table in tables]
        tables = [_with_beside(*each, further) for each in zip(tables, texts, strict=True)]
    return RawData(tables, {name: _read_aside(name, found[0]) for name in settings.aside})


def _side_by_side(tables: list[RawTable]) -> list[RawTable]:
    """One table a folder of files with one line a cycle."""
    folders: dict[PurePosixPath, list[RawTable]] = {}
    for table in tables:
        folders.setdefault(PurePosixPath(table.path).parent, []).append(table)
    for own in folders.values():
        for table in own:
            if len(table.cells) != len(own[0].cells):
                lines = f"{len(own[0].cells)} lines as {own[0].path} has"
                msg = f"{table.path} needs {lines}, one a cycle, got {len(table.cells)}"
                raise BadInputError(msg)
    return [
        RawTable(own[0].path, pd.concat([table.cells for table in own], axis=1))
        for own in folders.values()
    ]


def _with_beside(table: RawTable, text: str, beside: BesideSettings) -> RawTable:
    """A table with the columns of a file that has one line for each row."""
    read = ReadSettings(format="whitespace", columns=beside.columns)
    need = f"lines with {len(beside.columns)} cells, {', '.join(beside.columns)}"
    cells = read_aside(text, beside.file, read, need)
    if len(cells) != len(table.cells):
        msg = f"{beside.file} needs {len(table.cells)} lines, one a reading, got {len(cells)}"
        raise BadInputError(msg)
    return replace(table, cells=pd.concat([table.cells, cells], axis=1))


def read_to_score(path: str, settings: SourceSettings) -> RawData | None:
    """Other readings of the same kind; what tells of the first ones says nothing of them."""
    found = list(find(path, settings))
    tables = [_read(*each, settings) for each in found]
    tables = _side_by_side(tables) if settings.read.format == "cycles" else tables
    return RawData(tables) if tables else None


def find(pattern: str, settings: SourceSettings) -> Iterable[tuple[str, Any]]:
    """The files that a path, a folder or an expression means, in the order of their names.

    Raises:
        BadInputError: nobody answers there, or nobody knows how to ask.
    """
    with reaching(pattern):
        return _find(pattern, settings)


@contextmanager
def reaching(pattern: str) -> Iterator[None]:
    """Say in a sentence why a place cannot be reached, as one that nobody knows how to ask."""
    try:
        yield
    except (ValueError, ImportError, OSError) as error:
        msg = f"{pattern} cannot be reached: {str(error).strip()}"
        raise BadInputError(msg) from None


def _find(pattern: str, settings: SourceSettings) -> list[tuple[str, Any]]:
    fs, path = fsspec.core.url_to_fs(pattern)
    if any(sign in path for sign in "*?["):
        names = fs.glob(path)
    elif fs.isdir(path):
        names = [name for each in settings.files for name in fs.glob(f"{path.rstrip('/')}/{each}")]
    else:
        names = [path] if fs.exists(path) else []
    kept = [_from_here(name) for name in names if not fs.isdir(name)]
    return [(name, fs) for name in sorted(dict.fromkeys(kept), key=_naturally)]


def _from_here(name: str) -> str:
    """A path as people write it: from the folder that they are in, if it is below."""
    path = Path(name)
    return str(path.relative_to(Path.cwd())) if path.is_relative_to(Path.cwd()) else name


def _naturally(path: str) -> list[tuple[bool, int, str]]:
    """As people sort names: 2 before 10.

    >>> sorted(["run 10.csv", "run 2.csv"], key=_naturally)
    ['run 2.csv', 'run 10.csv']
    """
    words = re.split(r"(\d+)", path)
    return [(word.isdigit(), int(word) if word.isdigit() else 0, word) for word in words]


def _read(path: str, fs: Any, source: SourceSettings) -> RawTable:
    """One file, by its ending or as it is said to be."""
    settings = source.read
    format_ = settings.format or ("parquet" if path.endswith(PARQUET) else "csv")
    try:
        raw = fs.cat_file(path)
        if source.layout != "described":
            return RawTable(path, _read_strictly(raw))
        if format_ == "parquet":
            return RawTable(path, as_columns(pd.read_parquet(io.BytesIO(raw))))
        text = decode(raw, settings.encoding)
        if format_ == "cycles":
            return RawTable(path, summarise(text, PurePosixPath(path).stem, settings))
        separator = separator_of(text, path, settings)
        return RawTable(path, read_text(text, path, settings), separator)
    except (ValueError, OSError, LookupError) as error:
        kind = "Parquet file" if format_ == "parquet" else "CSV"
        msg = f"{path} is not a {kind} that can be read: {str(error).strip()}"
        raise BadInputError(msg) from None


def _read_strictly(raw: bytes) -> pd.DataFrame:
    """A CSV every cell of which is to be checked: blank lines count."""
    try:
        return without_blank_end(pd.read_csv(io.BytesIO(raw), **AS_TEXT))
    except pd.errors.EmptyDataError:
        return pd.DataFrame()


def _read_aside(name: str, beside: tuple[str, Any]) -> str:
    """A file that tells of readings: beside the first of them, or where its path says."""
    path, fs = beside
    folder, stroke, _ = path.rpartition("/")  # text, for `http://` is no path
    for there in (f"{folder}{stroke}{name}", name):
        if fs.exists(there):
            return decode(fs.cat_file(there), None)
    msg = f"{name} is needed beside {path}, and it is not there"
    raise BadInputError(msg)
