"""Pictures, and other files as other programs want them."""

import base64
import json
from typing import Any

from kedro_datasets._typing import ImagePreview, PlotlyPreview

from matts.datasets.whole import OwnFile, refuse_absence
from matts.files import replacing


class Bytes(OwnFile):
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


class Plotly(OwnFile):
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
