"""A tabular model as MLflow serves it: the folder that the pipeline keeps, asked about a table."""

from pathlib import Path

import pandas as pd

from matts.serve.carried import leave_copy
from matts.tabular.quick import quick_predict


class RegisteredRows:
    """What one model says of every row of a typed table: asset, time and sensors."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def predict(self, table: pd.DataFrame) -> pd.DataFrame:
        """One row a reading: the answer, and a probability for each class."""
        return quick_predict(self.folder, table)


def _load_pyfunc(path: str) -> RegisteredRows:
    """The name by which MLflow's pyfunc flavour asks for a model."""
    leave_copy()
    return RegisteredRows(Path(path))
