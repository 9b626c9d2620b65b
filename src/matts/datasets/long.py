"""Tables of any length, from chunks and in chunks."""

from collections.abc import Iterator

import pandas as pd
from kedro_datasets._typing import TablePreview

from matts.datasets.whole import OwnFile, refuse_absence
from matts.long_tables import CHUNK, StoredTable, Tables, write_csv, write_parquet


class LongParquet(OwnFile):
    """A table of any length, column by column, from chunks that may be computed as they come."""

    def load(self) -> StoredTable:
        """Nothing is read yet."""
        refuse_absence(self.path)
        return StoredTable(self.path)

    def preview(self, nrows: int = 5) -> TablePreview:
        """The first rows, for the picture of the pipeline."""
        return TablePreview(self.load().head(nrows).to_dict(orient="split"))

    def save(self, data: Tables) -> None:
        """Write the chunks one after the other into one file."""
        write_parquet(self.path, data)


class LongCSV(OwnFile):
    """A table of any length that any program reads."""

    def load(self) -> Iterator[pd.DataFrame]:
        """The chunks."""
        refuse_absence(self.path)
        return pd.read_csv(self.path, chunksize=CHUNK)

    def save(self, data: Tables) -> None:
        """Write the chunks one after the other into one file."""
        write_csv(self.path, data)
