"""Cut readings into the windows that every later stage works on."""

from typing import Any

import pandas as pd

from matts.domain import Windows
from matts.readings import to_readings
from matts.windows import WindowSettings, describe, split_in_time

Cut = tuple[Windows, Windows, Windows, dict[str, Any]]


def cut_windows(readings: pd.DataFrame, settings: WindowSettings) -> Cut:
    """Training, validation and test windows, and where the cuts are."""
    split = split_in_time(to_readings(readings), settings)
    return split.train, split.validation, split.test, describe(split)
