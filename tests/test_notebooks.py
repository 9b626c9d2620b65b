"""Every notebook runs from its first cell to its last, and shows what it promises."""

from pathlib import Path
from typing import Any

import jupytext  # type: ignore[import-untyped]
import pytest
from nbclient import NotebookClient

FOLDER = Path(__file__).parents[1] / "notebooks"
PICTURES = {"01_first_look": 3, "02_own_data": 2, "03_smart_factory": 4, "04_quick_predict": 1}


def test_every_notebook_is_tested() -> None:
    assert {path.stem for path in FOLDER.glob("*.py")} == PICTURES.keys()


@pytest.mark.slow
@pytest.mark.parametrize("name", PICTURES)
def test_a_notebook_runs_and_draws(
    name: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    notebook = jupytext.read(FOLDER / f"{name}.py")
    NotebookClient(
        notebook,
        timeout=300,
        kernel_name="python3",
        resources={"metadata": {"path": str(tmp_path)}},
    ).execute()
    outputs = [output for cell in code_cells(notebook) for output in cell["outputs"]]
    assert not [output for output in outputs if output.get("name") == "stderr"]
    assert sum("image/png" in output.get("data", {}) for output in outputs) == PICTURES[name]


def code_cells(notebook: Any) -> list[Any]:
    return [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]
