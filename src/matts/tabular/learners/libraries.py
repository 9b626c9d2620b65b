"""Libraries of the extra `tabular`, looked for when a model needs them."""

from importlib import import_module
from typing import Any

from matts.extras import MissingLibraryError

NAMES = {"xgboost": "XGBoost", "lightgbm": "LightGBM", "catboost": "CatBoost"}


def library(name: str) -> Any:
    """The library, or one sentence of where to get it."""
    try:
        return import_module(name)
    except ImportError:
        msg = f"{name} needs {NAMES[name]}: pip install 'matts[tabular]', or leave the model out"
        raise MissingLibraryError(msg) from None
