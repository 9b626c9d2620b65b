"""Cut readings into the windows that every later stage works on."""

from typing import Any

import pandas as pd

from matts.domain import Windows
from matts.readings import to_readings
from matts.windows import WindowSettings, describe, schema_of, split_in_time

Cut = tuple[Windows, Windows, Windows, dict[str, Any], dict[str, Any]]


def cut_windows(readings: pd.DataFrame, settings: WindowSettings) -> Cut:
    """Training, validation and test windows, where the cuts are, and what a model will expect."""
    split = split_in_time(to_readings(readings), settings)
    return split.train, split.validation, split.test, describe(split), schema_of(split.train)
