"""A fitted hybrid on disk: one safetensors file, and the trees as XGBoost writes them."""

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors.numpy import load_file, save_file

from matts.domain import BadInputError
from matts.tabular.learners.libraries import library

FILE = "networks.safetensors"


def save_parts(folder: Path, arrays: dict[str, NDArray[Any]], boosters: list[Any]) -> None:
    """Write into a folder that exists."""
    save_file({name: np.ascontiguousarray(array) for name, array in arrays.items()}, folder / FILE)
    for k, booster in enumerate(boosters):
        booster.save_model(folder / f"trees_{k}.ubj")


def load_parts(folder: Path) -> tuple[dict[str, NDArray[Any]], list[Any]]:
    """Read what `save_parts` wrote.

    Raises:
        BadInputError: a file is not there, or not what was written.
    """
    xgboost, files = library("xgboost"), sorted(folder.glob("trees_*.ubj"))
    try:
        arrays = load_file(folder / FILE)
        boosters = [xgboost.Booster({"nthread": 1}, model_file=file) for file in files]
    except Exception as error:
        msg = f"{folder} is no hybrid model: {type(error).__name__} {error}"
        raise BadInputError(msg) from None
    return arrays, boosters
