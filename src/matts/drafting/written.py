"""How files are written: which of a folder, separator, encoding, header, decimal sign."""

import csv
from typing import Any, NamedTuple

import fsspec
import numpy as np
import pandas as pd

from matts.domain import BadInputError
from matts.source.cells import is_text
from matts.source.commas import has_commas, unsure
from matts.source.files import PARQUET, RawData, find, reaching, read
from matts.source.joined import join
from matts.source.settings import ReadSettings, SourceSettings
from matts.source.texts import SAMPLE, TEXTS, decode, find_separator

ENDINGS = ("csv", "parquet", "txt", "tsv", "dat")
LINES = 200  # that tell how many cells a row has
MOST = 0.5  # a larger share of cells decides
LABELS = {"labels": {"kind": "none"}}


class Look(NamedTuple):
    """Files as they are, and what has to be said so that they can be read so."""

    path: str
    files: tuple[str, ...]  # expressions, of a folder
    how: dict[str, Any]  # of source.read
    raw: RawData
    unsure: dict[str, str]  # columns in which a comma may set thousands apart or not: a cell

    @property
    def cells(self) -> pd.DataFrame:
        """The cells of all files below each other, with the file that they are from."""
        return join(self.raw.tables, _as_described(self.path, self.how))

    @property
    def columns(self) -> list[str]:
        """The columns that files have themselves."""
        return list(dict.fromkeys(str(name) for each in self.raw.tables for name in each.cells))

    @property
    def origins(self) -> pd.Series:
        """Which file each row is from."""
        counts = [len(each.cells) for each in self.raw.tables]
        return pd.Series(np.repeat(np.arange(len(counts)), counts))

    @property
    def read(self) -> ReadSettings:
        """How the files are written."""
        return ReadSettings.model_validate(self.how)


def look_at(path: str) -> Look:
    """Find the files of a path, and out how they are written.

    Raises:
        BadInputError: there is none, or it cannot be read.
    """
    with reaching(path):
        files = _expressions(path)
    settings = SourceSettings.model_validate({"path": path, **files, **LABELS})
    found = list(find(path, settings))
    if not found:
        msg = f"a file or a folder of {', '.join(ENDINGS)} files is needed, got {path}"
        raise BadInputError(msg)
    first, fs = found[0]
    how = {} if first.endswith(PARQUET) else _how(fs.cat_file(first)[:SAMPLE], first)
    raw = read(settings.model_copy(update={"read": ReadSettings.model_validate(how)}))
    if raw is None or not any(len(each.cells) for each in raw.tables):
        msg = f"rows below the header are needed, got none in {path}"
        raise BadInputError(msg)
    texts = _texts(join(raw.tables, _as_described(path, how)))
    either = unsure(texts)
    if decimal := _decimal(texts, either):
        how["decimal"] = decimal
    return Look(path, tuple(files.get("files", ())), how, raw, either)


def _as_described(path: str, how: dict[str, Any]) -> SourceSettings:
    return SourceSettings.model_validate({"path": path, "read": how, **LABELS})


def _expressions(path: str) -> dict[str, list[str]]:
    """Which files of a folder are meant: the ending that most have, here or one folder below."""
    fs, there = fsspec.core.url_to_fs(path)
    if any(sign in there for sign in "*?[") or not fs.isdir(there):
        return {}
    where = [f"{below}*.{ending}" for below in ("", "*/") for ending in ENDINGS]
    counts = {each: len(fs.glob(f"{there.rstrip('/')}/{each}")) for each in where}
    return {"files": [max(counts, key=lambda each: counts[each])]}


def _how(raw: bytes, path: str) -> dict[str, Any]:
    """What has to be said of a text file, by its beginning."""
    text = decode(raw, None)
    how: dict[str, Any] = {"encoding": _encoding(raw)}
    separator = find_separator(text)
    spaces = separator is None and path.endswith(TEXTS)
    lines = text.splitlines(keepends=True)[:LINES]
    rows = _cells(lines, None if spaces else separator or ",")
    widths = [len(row) for row in rows]
    usual = max(set(widths) - {0}, key=widths.count, default=0)
    if not usual:
        return {}
    how |= {"separator": None if spaces else separator, "format": "whitespace" if spaces else None}
    how["skip"] = widths.index(usual)
    header = rows[how["skip"]]
    if all(_is_number(cell) for cell in header if cell.strip()):
        how["columns"] = [f"c{i}" for i in range(1, usual + 1)]
    return {name: value for name, value in how.items() if value}


def _cells(lines: list[str], separator: str | None) -> list[list[str]]:
    """The cells of each row, which may go over several lines; None: between spaces."""
    return [*csv.reader(lines, delimiter=separator)] if separator else [s.split() for s in lines]


def _encoding(raw: bytes) -> str | None:
    """What is not UTF-8; a letter cut in two at the end is."""
    if raw[:2] in {b"\xff\xfe", b"\xfe\xff"}:
        return "utf-16"
    try:
        raw.decode("utf-8")
    except UnicodeDecodeError as error:
        return None if error.start >= len(raw) - 4 else "cp1252"
    return None


def _is_number(cell: str) -> bool:
    return pd.notna(pd.to_numeric(cell.replace(",", "."), errors="coerce"))


def _texts(cells: pd.DataFrame) -> dict[str, "pd.Series[str]"]:
    """The columns of text."""
    names = [str(name) for name in cells if is_text(cells[name])]
    return {name: cells[name].astype(str).str.strip() for name in names}


def _decimal(texts: dict[str, "pd.Series[str]"], either: dict[str, str]) -> str | None:
    """The decimal sign, where it has to be said.

    A comma, if numbers are written with it and none with a point. If all of them may be of
    thousands, it is the point as soon as something says so.
    """
    commas = {name for name, text in texts.items() if has_commas(text)}
    pointed = any(
        text.str.fullmatch(r"[-+]?\d+\.\d+").mean() > MOST
        for name, text in texts.items()
        if name not in commas
    )
    if either:
        return "." if pointed or either.keys() - commas else ","
    return "," if commas and not pointed else None
