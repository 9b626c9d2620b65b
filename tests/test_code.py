import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from matts import code
from matts.code import code_alone, code_of, needed_by

Write = Callable[[str, str], None]


@pytest.fixture
def write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Write]:
    """Write a module of a package that stands in for matts."""
    package = tmp_path / "plant"
    package.mkdir()
    (package / "__init__.py").write_text("from plant.pump import flow\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setattr(code, "ROOT", "plant")

    def write(name: str, text: str) -> None:
        (package / f"{name}.py").write_text(text)
        forget()

    yield write
    forget()
    for name in [name for name in sys.modules if name.split(".")[0] == "plant"]:
        del sys.modules[name]


def forget() -> None:
    for each in (code.code_of, code.code_alone, code._text, code._is_module):
        each.cache_clear()


def test_imports_are_followed_wherever_they_are(write: Write) -> None:
    write("pump", "import numpy\nfrom plant import valve\n\ndef flow():\n    import plant.pipe\n")
    write("valve", "from plant.seal import leak\n")
    write("seal", "leak = 1\n")
    write("pipe", "length = 2\n")
    write("alien", "colour = 3\n")
    found = {"plant.pump", "plant.valve", "plant.seal", "plant.pipe"}
    assert needed_by("plant.pump") == found
    assert needed_by("plant.seal") == {"plant.seal"}


def test_a_name_that_is_no_module_is_of_its_package(write: Write) -> None:
    write("pump", "flow = 1\n")
    write("user", "from plant import flow\n")
    assert needed_by("plant.user") == {"plant.user", "plant", "plant.pump"}


def test_only_what_code_does_counts(write: Write) -> None:
    write(
        "pump", '"""A pump."""\n\ndef flow(x):\n    """Its flow."""\n    return x + 1  # litres\n'
    )
    write("valve", "from plant.pump import flow\n")
    before, alone = code_of("plant.valve"), code_alone("plant.valve")
    write("pump", '"""It pumps."""\ndef flow(x):\n\n    return (x + 1)\n')
    assert code_of("plant.valve") == before
    write("pump", "def flow(x):\n    return x + 2\n")
    assert code_of("plant.valve") != before
    assert code_alone("plant.valve") == alone


def test_a_detector_does_not_depend_on_the_others() -> None:
    needed = needed_by("matts.detect.pca")
    assert "matts.windows" in needed
    assert not {"matts.detect", "matts.detect.vae", "matts.training"} & needed
    assert {"matts.training", "matts.compiled.engine"} <= needed_by("matts.detect.autoencoder")


def test_what_is_not_there_is_said() -> None:
    with pytest.raises(ModuleNotFoundError, match=r"no module matts\.nowhere"):
        needed_by("matts.nowhere")
