"""Parts whose units lie whole in one of them: else nobody can say how old a unit is."""

import logging
from dataclasses import replace

import numpy as np

from matts.domain import Ints, Readings, Windows
from matts.windows import WindowSettings, split_readings

log = logging.getLogger(__name__)

TORN = (
    "remaining life needs each unit whole, from its first reading on, in one part, and "
    "windows.split tears {} of {} apart: windows.split.by=asset keeps them whole"
)


def cut_lives(
    readings: Readings, settings: WindowSettings
) -> tuple[Windows, Windows, Windows, str]:
    """The three parts, and why no life is foreseen with them: "" where nothing is wrong.

    Of a unit that is torn apart the later piece would have a wrong age and start, and the lives of
    the earlier one tell when it will fail. So none is foreseen, and nobody's life is known.
    """
    parts = split_readings(readings, settings).parts
    torn = np.unique(np.concatenate([_torn(readings, part) for part in parts]))
    lives = readings.life is not None and bool(np.isfinite(readings.life).any())
    if not (lives and len(torn)):
        return *parts, ""
    problem = TORN.format(len(torn), len(np.unique(readings.segments)))
    log.warning("%s", problem)
    train, validation, test = (replace(part, row_life=None) for part in parts)
    return train, validation, test, problem


def _torn(readings: Readings, part: Windows) -> Ints:
    """The segments of which a part has a reading without the one before it."""
    row_of, segments = np.argsort(readings.places), readings.segments
    rows = row_of[part.row_places]
    goes_on = (rows > 0) & (segments[rows] == segments[rows - 1])
    return np.asarray(segments[rows[goes_on & (np.diff(rows, prepend=-2) != 1)]])
