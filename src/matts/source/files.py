"""Find the files of a source, on this machine or anywhere that fsspec reaches, and read them.

What is in the cells is not judged here: text stays text.
"""

import csv
import io
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any

import fsspec
import pandas as pd

from matts.domain import BadInputError
from matts.long_tables import AS_TEXT, without_blank_end
from matts.source.settings import ReadSettings, SourceSettings

SEPARATORS = ",;\t|"
SAMPLE = 64 * 1024  # bytes that tell how a file is written
PARQUET = (".parquet", ".pq")
TEXTS = (".txt", ".dat", ".data")  # by spaces, unless another separator is seen


@dataclass(frozen=True)
class RawTable:
    """One file as it came."""

    path: str
    cells: pd.DataFrame

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
    found = [(path, fs) for pattern in settings.paths for path, fs in _find(pattern, settings)]
    if not found:
        return None
    tables = [_read(path, fs, settings) for path, fs in found]
    return RawData(tables, {name: _read_aside(name, found[0]) for name in settings.aside})


def read_to_score(path: str, settings: SourceSettings) -> RawData | None:
    """Other readings of the same kind; what tells of the first ones says nothing of them."""
    found = list(_find(path, settings))
    return RawData([_read(*each, settings) for each in found]) if found else None


def _find(pattern: str, settings: SourceSettings) -> Iterable[tuple[str, Any]]:
    """The files that a path, a folder or an expression means, in the order of their names."""
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
            return RawTable(path, pd.read_parquet(io.BytesIO(raw)))
        return RawTable(path, _read_text(_decode(raw, settings.encoding), path, settings))
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


def _decode(raw: bytes, encoding: str | None) -> str:
    """The text of a file: UTF-8 with or without its mark, UTF-16 with it, else Western."""
    if encoding:
        return raw.decode(encoding)
    if raw[:2] in {b"\xff\xfe", b"\xfe\xff"}:
        return raw.decode("utf-16")
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        return raw.decode("cp1252", errors="replace")


def _read_text(text: str, path: str, settings: ReadSettings) -> pd.DataFrame:
    """Cells as text; a row with fewer has nothing in the others, one with more is refused."""
    separator = settings.separator or find_separator(text[:SAMPLE])
    spaces = settings.format == "whitespace" or (separator is None and path.endswith(TEXTS))
    names = list(settings.columns)
    table = pd.read_csv(
        io.StringIO(text),
        sep=r"\s+" if spaces else separator or ",",
        header=None if names else 0,
        names=names or None,
        index_col=False,
        dtype=str,
        keep_default_na=False,
    )
    return table.fillna("")


def find_separator(sample: str) -> str | None:
    r"""What stands between the cells of most lines, equally often in each; None: nothing does.

    >>> find_separator("time;flow\n1;2,5\n2;2,6\n"), find_separator("1 2 3\n4 5 6\n")
    (';', None)
    """
    lines = [line for line in sample.splitlines()[:50] if line.strip()]
    counts = {}
    for separator in SEPARATORS:
        widths = [len(row) for row in csv.reader(lines, delimiter=separator)]
        usual = max(set(widths), key=widths.count, default=1)
        counts[separator] = (widths.count(usual) / max(len(widths), 1), usual) if usual > 1 else ()
    best = max(counts, key=lambda each: counts[each] or (0.0, 0))
    return best if counts[best] else None


def _read_aside(name: str, beside: tuple[str, Any]) -> str:
    """A file that tells of readings: where its path says, or beside the first of them."""
    path, fs = beside
    for there in (name, str(PurePosixPath(path).parent / name)):
        if fs.exists(there):
            return _decode(fs.cat_file(there), None)
    msg = f"{name} is needed beside {path}, and it is not there"
    raise BadInputError(msg)
