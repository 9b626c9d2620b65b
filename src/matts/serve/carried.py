"""The code that every registered model carries, and what becomes of it where matts is."""

import sys
from pathlib import Path

from matts.code import copy_needed

DETECTION, ROWS = "matts.serve.registered", "matts.serve.registered_rows"  # as MLflow loads them
PACKAGE = Path(__file__).parents[1]


def carry(folder: Path) -> list[str]:
    """Copy what any registered model needs, so that any two do in one process: `code_paths`."""
    return [str(copy_needed(folder, DETECTION, ROWS))]


def leave_copy() -> None:
    """Take a model's copy of matts off Python's path where matts runs from elsewhere.

    MLflow puts it before all else on loading; a worker process would import it in place of ours.
    """
    first = Path(sys.path[0]) / PACKAGE.name
    if first.is_dir() and not first.samefile(PACKAGE):
        del sys.path[0]
