"""What came from elsewhere, and is never written."""

from typing import Any

from kedro.io import AbstractDataset

from matts.datasets.whole import OwnFile
from matts.domain import BadInputError
from matts.long_tables import RawFile
from matts.readings import is_sensor
from matts.source.files import RawData, read, read_to_score
from matts.source.settings import SourceSettings


class _Raw(OwnFile):
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
