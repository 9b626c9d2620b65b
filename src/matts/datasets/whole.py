"""Kedro's own files, written whole or not at all; a file of which there may be none."""

from pathlib import Path
from typing import Any

import pandas as pd
from kedro.io import AbstractDataset
from kedro_datasets.json import JSONDataset
from kedro_datasets.pandas import CSVDataset, ParquetDataset
from kedro_datasets.text import TextDataset

from matts.domain import BadInputError
from matts.files import replacing


def refuse_absence(path: Path) -> None:
    """Say which file is missing, and what would write it."""
    if not path.exists():
        msg = f"{path} is needed, and nothing has written it yet: run `--pipeline matts` first"
        raise BadInputError(msg)


class _Whole:
    """Let a dataset write beside its file, then take the file's place at once."""

    def load(self) -> Any:
        """Read the file, or say that it is not there."""
        refuse_absence(Path(self._filepath))
        return super().load()  # type: ignore[misc]

    def save(self, data: Any) -> None:
        """Write the whole file or leave the old one as it was."""
        final = self._filepath  # type: ignore[has-type]
        with replacing(Path(final)) as partial:
            self._filepath = type(final)(partial)
            try:
                super().save(data)  # type: ignore[misc]
            finally:
                self._filepath = final


class JSON(_Whole, JSONDataset):  # type: ignore[misc]
    """A JSON file."""


class Text(_Whole, TextDataset):  # type: ignore[misc]
    """A text file."""


class Parquet(_Whole, ParquetDataset):  # type: ignore[misc]
    """A table, column by column."""


class IfAny:
    """Let a dataset have no file where there is nothing to keep."""

    def load(self) -> Any:
        """Read the file, if there is one."""
        return super().load() if self._exists() else self.nothing()  # type: ignore[attr-defined, misc]

    def save(self, data: Any) -> None:
        """Write what there is; else remove what an older run left."""
        if len(data):
            super().save(data)  # type: ignore[misc]
        else:
            Path(self._filepath).unlink(missing_ok=True)  # type: ignore[attr-defined]


class ParquetIfAny(IfAny, Parquet):
    """A table that may have no row."""

    nothing = pd.DataFrame


class CSV(_Whole, CSVDataset):  # type: ignore[misc]
    """A table that any program reads."""


class OwnFile(AbstractDataset):  # type: ignore[type-arg]
    """A file of our own."""

    def __init__(self, *, filepath: str | None, metadata: dict[str, Any] | None = None) -> None:
        self._filepath = Path(filepath) if filepath else None
        self.metadata = metadata

    @property
    def path(self) -> Path:
        """Where the file is."""
        if self._filepath is None:
            msg = f"{type(self).__name__} needs a path, got none"
            raise BadInputError(msg)
        return self._filepath

    def _describe(self) -> dict[str, Any]:
        return {"filepath": str(self._filepath)}

    def _exists(self) -> bool:
        return self._filepath is not None and self._filepath.exists()
