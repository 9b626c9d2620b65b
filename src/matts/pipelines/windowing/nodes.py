"""Turn readings into channels, and cut these into the windows that every later stage works on."""

from typing import Any

import pandas as pd

from matts.channels import Channels
from matts.domain import Windows
from matts.groups import SensorSettings
from matts.readings import to_readings
from matts.windows import WindowSettings, describe, split_readings

Cut = tuple[Windows, Windows, Windows, dict[str, Any]]


def make_channels(
    readings: pd.DataFrame, settings: WindowSettings, sensors: SensorSettings
) -> tuple[pd.DataFrame, dict[str, Channels]]:
    """What detectors look at, and how it is made of readings."""
    channels = Channels.fit(readings, settings, sensors)
    return channels.from_start(readings), {"channels": channels}


def cut_windows(channels: pd.DataFrame, settings: WindowSettings) -> Cut:
    """Training, validation and test windows, and where the cuts are."""
    split = split_readings(to_readings(channels), settings)
    return split.train, split.validation, split.test, describe(split)
