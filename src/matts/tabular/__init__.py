"""What rows of sensor readings tell about a machine, now and of what is to come.

`SmartFactoryDetector` and `quick_predict` are imported when they are asked for: they bring
scikit-learn and torch.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from matts.tabular.detector import SmartFactoryDetector
    from matts.tabular.quick import load_table, quick_predict

__all__ = ["SmartFactoryDetector", "load_table", "quick_predict"]
HOMES = {
    "SmartFactoryDetector": "matts.tabular.detector",
    "load_table": "matts.tabular.quick",
    "quick_predict": "matts.tabular.quick",
}


def __getattr__(name: str) -> Any:
    from importlib import import_module  # noqa: PLC0415

    if name in HOMES:
        return getattr(import_module(HOMES[name]), name)
    msg = f"module {__name__!r} has no attribute {name!r}"
    raise AttributeError(msg)
