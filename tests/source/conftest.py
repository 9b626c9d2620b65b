"""A described source from the text of its files."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from matts.source.described import Described, to_table
from matts.source.files import read
from matts.source.settings import SourceSettings

Make = Callable[..., Described]


@pytest.fixture
def made(tmp_path: Path) -> Make:
    """The table of one file or of several, by their names; settings as a dataset file has them."""

    def made(files: str | dict[str, str | bytes], /, **settings: Any) -> Described:
        texts = {"x.csv": files} if isinstance(files, str) else files
        for name, text in texts.items():
            path = tmp_path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(text.encode() if isinstance(text, str) else text)
        settings = {"path": str(tmp_path), "labels": {"kind": "none"}, **settings}
        source = SourceSettings.model_validate(settings)
        raw = read(source)
        assert raw is not None
        return to_table(raw, source)

    return made
