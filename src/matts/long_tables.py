"""Tables that may be longer than memory: read and written a chunk of rows at a time."""

import logging
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import pandas as pd
import pyarrow as pa
from pyarrow import csv, parquet
from tqdm import tqdm

from matts.domain import BadInputError
from matts.files import replacing

log = logging.getLogger(__name__)

CHUNK = 16_384  # rows; as text they take some 60 MiB
BLOCK = 2**21  # bytes of a CSV at once; Arrow reads some dozens of them ahead
AS_TEXT: dict[str, Any] = {  # blank lines count, so that errors can name a line
    "dtype": str,
    "keep_default_na": False,
    "skip_blank_lines": False,
    "encoding": "utf-8-sig",
}
Tables = Iterable[pd.DataFrame]


def without_blank_end(table: pd.DataFrame) -> pd.DataFrame:
    """The table without the blank lines behind its last row."""
    filled = (table.fillna("") != "").any(axis=1).to_numpy()
    return table.iloc[: len(table) - int(filled[::-1].argmax())] if filled.any() else table[:0]


@dataclass(frozen=True)
class RawFile:
    """A CSV or Parquet file as it came; the index of its chunks counts rows from 0."""

    path: Path
    is_number: Callable[[str], bool]  # of a column's name
    rows: int = CHUNK  # at once

    def __iter__(self) -> Iterator[pd.DataFrame]:
        """Chunks, at least one: what is no number stays text; a bar tells how far it is."""
        size = self.path.stat().st_size
        units: dict[str, Any] = {"unit": "B", "unit_scale": True, "disable": None, "leave": False}
        try:
            with self.path.open("rb") as file, tqdm(total=size, desc="readings", **units) as bar:
                chunks = _from_parquet if self.path.suffix == ".parquet" else _from_csv
                for chunk in chunks(file, self):
                    bar.update(file.tell() - bar.n)
                    yield chunk
        except (pd.errors.ParserError, UnicodeDecodeError, OSError, pa.ArrowInvalid) as error:
            kind = "Parquet file" if self.path.suffix == ".parquet" else "CSV"
            msg = f"{self.path} is not a {kind} that can be read: {error}"
            raise BadInputError(msg) from None


def _from_csv(file: BinaryIO, raw: "RawFile") -> Iterator[pd.DataFrame]:
    """By Arrow as long as the numbers are numbers, then as text, so that errors can quote it."""
    done = 0
    try:
        for chunk in _by_arrow(file, raw):
            yield chunk
            done += len(chunk)
    except (pa.ArrowInvalid, pd.errors.EmptyDataError):
        log.debug("%s: as text from data row %d on", raw.path, done + 1)
    else:
        if done:
            return
    file.seek(0)
    yield from _by_pandas(file, raw.rows, done)


def _by_arrow(file: BinaryIO, raw: "RawFile") -> Iterator[pd.DataFrame]:
    """Sensors as float64, which Arrow reads to the last bit, the rest as text.

    Raises:
        ArrowInvalid: a cell is empty or no number, a line is blank, a name comes twice.
    """
    names = pd.read_csv(file, nrows=0, **AS_TEXT).columns.tolist()
    file.seek(0)
    kinds = {name: pa.float64() if raw.is_number(name) else pa.string() for name in names}
    with csv.open_csv(
        file,
        csv.ReadOptions(use_threads=False, block_size=BLOCK),
        csv.ParseOptions(ignore_empty_lines=False),
        csv.ConvertOptions(column_types=kinds, null_values=[]),
    ) as reader:
        if reader.schema.names != names:
            msg = "pandas reads another header"
            raise pa.ArrowInvalid(msg)
        done = 0
        for batch in reader:
            for start in range(0, len(batch), raw.rows):
                table = batch.slice(start, raw.rows).to_pandas()
                if not np.isfinite(table.select_dtypes("float64")).all(axis=None):
                    msg = "a number is not finite"
                    raise pa.ArrowInvalid(msg)
                yield table.set_axis(range(done, done + len(table)))
                done += len(table)


def _by_pandas(file: BinaryIO, rows: int, done: int) -> Iterator[pd.DataFrame]:
    """Text from a row on; blank lines count only where a row follows them."""
    held, told = pd.DataFrame(), done > 0
    skip: Any = (lambda line: 0 < line <= done) if done else None
    try:
        with pd.read_csv(file, chunksize=rows, skiprows=skip, **AS_TEXT) as reader:
            for part in reader:
                chunk = pd.concat([held, part.set_axis(part.index + done) if done else part])
                whole = without_blank_end(chunk)
                held = chunk.iloc[len(whole) :]
                if len(whole):
                    told = True
                    yield whole
    except pd.errors.EmptyDataError:
        pass
    if not told:
        yield held[:0]


def _from_parquet(file: BinaryIO, raw: "RawFile") -> Iterator[pd.DataFrame]:
    """Truth values and names become the text that a CSV would have."""
    done = 0
    for table in _groups(parquet.ParquetFile(file), raw.rows):
        words = table.columns[[not pd.api.types.is_float_dtype(kind) for kind in table.dtypes]]
        yield table.astype(dict.fromkeys(words, str)).set_axis(range(done, done + len(table)))
        done += len(table)
    if not done:
        yield pd.DataFrame()


def _groups(
    file: parquet.ParquetFile, rows: int, columns: Sequence[str] | None = None
) -> Iterator[pd.DataFrame]:
    """Group by group: asked for all of them, Arrow keeps what it has read until the end."""
    for group in range(file.num_row_groups):
        for batch in file.iter_batches(batch_size=rows, row_groups=[group], columns=columns):
            yield batch.to_pandas()


@dataclass(frozen=True)
class StoredTable:
    """A Parquet file of ours, read as little at a time as is asked for."""

    path: Path

    @property
    def names(self) -> list[str]:
        """Its columns."""
        return list(parquet.read_schema(self.path).names)

    def __iter__(self) -> Iterator[pd.DataFrame]:
        """Chunks, in the order of the file."""
        return self.chunks(self.names)

    def chunks(self, columns: Sequence[str]) -> Iterator[pd.DataFrame]:
        """Some columns, a chunk at a time."""
        with parquet.ParquetFile(self.path) as file:
            yield from _groups(file, CHUNK, columns)

    def head(self, rows: int) -> pd.DataFrame:
        """The first rows."""
        return next(iter(self), pd.DataFrame()).head(rows)

    def read(self, columns: Sequence[str]) -> pd.DataFrame:
        """Some columns of the whole file; each text is kept once."""
        schema = parquet.read_schema(self.path)
        words = [field.name for field in schema if pa.types.is_string(field.type)]
        with parquet.ParquetFile(self.path, read_dictionary=words) as file:
            table = file.read(list(columns), use_threads=False)
        kept: pd.DataFrame = table.to_pandas(self_destruct=True)
        del table
        pa.default_memory_pool().release_unused()  # Arrow would keep as much again for later
        return kept


def write_parquet(path: Path, tables: Tables) -> None:
    """Write chunks of one table into one file, which is whole or not there."""
    first, rest = _begin(tables)
    schema = pa.Schema.from_pandas(first, preserve_index=False)
    words = [field.name for field in schema if pa.types.is_string(field.type)]
    with (
        replacing(path) as partial,
        parquet.ParquetWriter(partial, schema, use_dictionary=words) as writer,
    ):
        for table in rest:
            writer.write_table(pa.Table.from_pandas(table, schema, preserve_index=False))


def write_csv(path: Path, tables: Tables) -> None:
    """The same as text."""
    first, rest = _begin(tables)
    schema = pa.Schema.from_pandas(first, preserve_index=False)
    with replacing(path) as partial, csv.CSVWriter(partial, schema) as writer:
        for table in rest:
            writer.write_table(pa.Table.from_pandas(table, schema, preserve_index=False))


def _begin(tables: Tables) -> tuple[pd.DataFrame, Iterator[pd.DataFrame]]:
    """The first chunk, which knows the columns, and all of them."""
    rest = iter(tables)
    first = next(rest)
    return first, chain([first], rest)
