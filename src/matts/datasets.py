"""The files of the catalog: Kedro's own, written whole or not at all, and some of ours."""

import base64
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd
from kedro.io import AbstractDataset
from kedro_datasets._typing import ImagePreview, PlotlyPreview, TablePreview
from kedro_datasets.json import JSONDataset
from kedro_datasets.pandas import CSVDataset, ParquetDataset
from kedro_datasets.text import TextDataset

from matts.domain import BadInputError, Windows
from matts.files import replacing
from matts.long_tables import (
    CHUNK,
    RawFile,
    StoredTable,
    Tables,
    write_csv,
    write_parquet,
)
from matts.readings import is_sensor
from matts.serve.artifacts import (
    load_models,
    load_states,
    save_models,
    save_states,
    windows_from_state,
    windows_to_state,
)
from matts.source.files import RawData, read, read_to_score
from matts.source.settings import SourceSettings


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


class _IfAny:
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


class ParquetIfAny(_IfAny, Parquet):
    """A table that may have no row."""

    nothing = pd.DataFrame


class CSV(_Whole, CSVDataset):  # type: ignore[misc]
    """A table that any program reads."""


class _File(AbstractDataset):  # type: ignore[type-arg]
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


class Bytes(_File):
    """A file as another program wants it."""

    def load(self) -> bytes:
        """Read it."""
        refuse_absence(self.path)
        return self.path.read_bytes()

    def save(self, data: bytes) -> None:
        """Write it; of nothing there is no file, nor is one of an earlier run left."""
        if not data:
            self.path.unlink(missing_ok=True)
            return
        with replacing(self.path) as partial:
            partial.write_bytes(data)


class PNG(Bytes):
    """A picture; the libraries that draw it are not needed to name it in a catalog."""

    def save(self, data: Any) -> None:
        """Write a figure of matplotlib; nothing to draw leaves no file."""
        if isinstance(data, tuple):
            self.path.unlink(missing_ok=True)
            return
        with replacing(self.path) as partial:
            data.savefig(partial, format="png")

    def preview(self) -> ImagePreview:
        """The picture as kedro-viz wants it."""
        return ImagePreview(base64.b64encode(self.load()).decode())


class Plotly(_File):
    """A picture that one can move in, as plain JSON."""

    def load(self) -> Any:
        """Read it as a figure of Plotly."""
        from plotly.io import from_json  # noqa: PLC0415

        refuse_absence(self.path)
        return from_json(self.path.read_text(encoding="utf-8"))

    def save(self, data: Any) -> None:
        """Write a figure of Plotly; nothing to draw leaves no file."""
        if isinstance(data, tuple):
            self.path.unlink(missing_ok=True)
            return
        with replacing(self.path) as partial:
            partial.write_text(data.to_json(), encoding="utf-8")

    def preview(self) -> PlotlyPreview:
        """The picture as kedro-viz wants it."""
        return PlotlyPreview(json.loads(self.path.read_text(encoding="utf-8")))


class _Raw(_File):
    """What came from elsewhere."""

    def save(self, data: Any) -> None:  # noqa: ARG002
        """Raw data is never written."""
        msg = f"{self.path} is raw data and is not written to"
        raise BadInputError(msg)


class RawSource(AbstractDataset):  # type: ignore[type-arg]
    """The files of a source as they came, every cell as text; None where there is none."""

    def __init__(self, *, source: dict[str, Any], metadata: dict[str, Any] | None = None) -> None:
        self._source = SourceSettings.model_validate(source)
        self.metadata = metadata

    def load(self) -> RawData | None:
        """Read them; what is in the cells is checked later, so that errors can name them."""
        return read(self._source)

    def save(self, data: Any) -> None:  # noqa: ARG002
        """Raw data is never written."""
        msg = f"{', '.join(self._source.paths)} is raw data and is not written to"
        raise BadInputError(msg)

    def _describe(self) -> dict[str, Any]:
        return {"path": self._source.path}


class RawInput(_Raw):
    """Readings to be scored, as they came; None where there is no such file.

    Of a strict layout nothing is read yet, for they may be many; others are read whole.
    """

    def __init__(
        self,
        *,
        filepath: str | None,
        source: dict[str, Any],
        metadata: dict[str, Any] | None = None,
    ) -> None:
        super().__init__(filepath=filepath, metadata=metadata)
        self._text, self._source = filepath, SourceSettings.model_validate(source)

    def load(self) -> RawFile | RawData | None:
        """What there is."""
        if self._text and self._source.layout == "described":
            return read_to_score(self._text, self._source)
        return RawFile(self.path, is_sensor) if self._exists() else None


class LongParquet(_File):
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


class LongCSV(_File):
    """A table of any length that any program reads."""

    def load(self) -> Iterator[pd.DataFrame]:
        """The chunks."""
        refuse_absence(self.path)
        return pd.read_csv(self.path, chunksize=CHUNK)

    def save(self, data: Tables) -> None:
        """Write the chunks one after the other into one file."""
        write_csv(self.path, data)


class WindowsFile(_File):
    """Windows: their readings, and which of them end a window."""

    def load(self) -> Windows:
        """Read them."""
        refuse_absence(self.path)
        state = load_states(self.path)["windows"]
        return windows_from_state(state)

    def save(self, data: Windows) -> None:
        """Write them."""
        save_states(self.path, {"windows": windows_to_state(data)})


class Models(_File):
    """Fitted detectors, diagnosers or explainers by name; the file alone rebuilds them."""

    rebuilt: tuple[Any, dict[str, Any]] = (None, {})  # of which file, for this run's other nodes

    def load(self) -> dict[str, Any]:
        """Rebuild them, once for all nodes."""
        refuse_absence(self.path)
        found = self.path.stat()
        file = (found.st_ino, found.st_mtime_ns, found.st_size)
        if self.rebuilt[0] != file:  # which keeps no order of its own
            self.rebuilt = file, dict(sorted(load_models(self.path).items()))
        return dict(self.rebuilt[1])

    def save(self, data: dict[str, Any]) -> None:
        """Write them."""
        save_models(self.path, data)

    def _release(self) -> None:
        self.rebuilt = (None, {})


class ModelsIfAny(_IfAny, Models):
    """Models of which there may be none."""

    nothing = dict
