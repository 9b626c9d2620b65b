"""Which tables are replayed: as the dataset file describes them, or with plain columns."""

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import pandas as pd
from pyarrow import parquet

from matts.domain import BadInputError
from matts.ingest import check_input
from matts.readings import sensors_of
from matts.serve.sources.replay import Chunks
from matts.source.files import PARQUET, find, read_to_score
from matts.source.settings import SourceSettings

ROWS = 4096  # of a file at once


def open_table(path: str, settings: SourceSettings, sensors: Sequence[str]) -> Chunks:
    """How to read what is replayed, from its beginning.

    A file whose columns are the sensors that were learnt from is read a chunk at a time, whatever
    its length; any other is read whole, as the dataset file describes it.

    Raises:
        BadInputError: there is no such file.
    """
    found = [name for name, _ in find(path, settings)]
    if not found:
        msg = f"a file to replay is needed, and there is no {path}"
        raise BadInputError(msg)
    if all(_is_plain(Path(name), sensors) for name in found):
        return lambda: (table for name in found for table in read_plain(Path(name)))
    if settings.layout != "described":
        msg = f"{path} needs the columns {', '.join(sensors[:3])} … of the sensors learnt from"
        raise BadInputError(msg)
    return lambda: _described(path, settings)


def _is_plain(path: Path, sensors: Sequence[str]) -> bool:
    return set(sensors) <= set(_names(path))


def _names(path: Path) -> list[str]:
    """The columns of a file; none where it is no table."""
    try:
        if path.suffix in PARQUET:
            return list(parquet.read_schema(path).names)
        return list(pd.read_csv(path, nrows=0).columns)
    except (ValueError, OSError):
        return []


def _described(path: str, settings: SourceSettings) -> Iterable[pd.DataFrame]:
    return check_input(read_to_score(path, settings), path, settings)


def read_plain(path: Path) -> Iterator[pd.DataFrame]:
    """A CSV or Parquet file, a chunk of rows at a time; a cell that is no number is a gap.

    Raises:
        BadInputError: it is not one that can be read.
    """
    kind = "Parquet file" if path.suffix in PARQUET else "CSV"
    try:
        for table in _parquet(path) if kind != "CSV" else pd.read_csv(path, chunksize=ROWS):
            sensors = sensors_of(table)
            yield table.assign(**table[sensors].apply(pd.to_numeric, errors="coerce"))
    except (ValueError, OSError) as error:
        msg = f"{path} is not a {kind} that can be replayed: {str(error).strip()}"
        raise BadInputError(msg) from None


def _parquet(path: Path) -> Iterator[pd.DataFrame]:
    with parquet.ParquetFile(path) as file:
        for batch in file.iter_batches(batch_size=ROWS):
            yield batch.to_pandas()
