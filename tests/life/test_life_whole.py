from typing import Any

import numpy as np
import pytest

from matts.domain import Readings
from matts.features import ages
from matts.life.histories import capped_life
from matts.life.whole import cut_lives
from matts.windows import WindowSettings

TIME = {"by": "time", "train": 0.7, "validation": 0.1, "test": 0.2}


def failing(units: int = 6, letters: str = "", **more: Any) -> Readings:
    """Machines that were watched from new to failure; each has a letter of its part."""
    lasting, names = 100, {"r": "train", "v": "validation", "e": "test"}
    rows = units * lasting
    declared = np.repeat([names[each] for each in letters], lasting) if letters else None
    return Readings(
        np.zeros((rows, 1)),
        np.zeros((rows, 1), bool),
        np.repeat(np.arange(units), lasting),
        ("wear",),
        ("Failure",),
        assets=np.repeat([f"unit {each}" for each in range(units)], lasting),
        **{"life": np.tile(np.arange(lasting)[::-1] * 1.0, units), "parts": declared, **more},
    )


def test_a_split_that_tears_units_apart_foresees_no_life(caplog: pytest.LogCaptureFixture) -> None:
    settings = WindowSettings.model_validate({"split": TIME})
    *parts, problem = cut_lives(failing(), settings)
    assert ages(parts[2])[parts[2].last[0]] == 5  # in truth 89: nothing may be foreseen of it
    assert all(part.life is None for part in parts)
    assert "tears 6 of 6 apart: windows.split.by=asset keeps them whole" in problem
    assert problem in caplog.text


@pytest.mark.parametrize(
    ("split", "letters"),
    [
        ({**TIME, "by": "asset"}, ""),
        ({"by": "given"}, "rrrrre"),  # one of five is dealt to validation, whole
        ({"by": "given"}, "rrrrve"),
    ],
)
def test_whole_units_are_foreseen(split: dict[str, Any], letters: str) -> None:
    settings = WindowSettings.model_validate({"split": split})
    *cut, problem = cut_lives(failing(letters=letters), settings)
    assert problem == ""
    for part in cut:
        np.testing.assert_array_equal(ages(part)[part.last], 100.0 - capped_life(part, 1000))


def test_a_unit_that_ends_early_is_whole_and_one_that_begins_late_is_not() -> None:
    settings = WindowSettings.model_validate({"split": {"by": "given"}})
    parts = np.repeat(["train", "validation", "test"], 100).astype("<U10")
    ends, begins = parts.copy(), parts.copy()
    ends[280:], begins[200:240] = "none", "none"
    assert cut_lives(failing(3, parts=ends), settings)[3] == ""
    assert "tears 1 of 3 apart" in cut_lives(failing(3, parts=begins), settings)[3]


def test_readings_in_the_order_of_the_file_are_found() -> None:
    mixed = np.arange(600).reshape(6, 100).T.ravel()  # the machines in turn
    order = np.argsort(np.argsort(mixed))
    settings = WindowSettings.model_validate({"split": {**TIME, "by": "asset"}})
    assert cut_lives(failing(numbers=order), settings)[3] == ""


def test_without_known_lives_any_split_will_do(caplog: pytest.LogCaptureFixture) -> None:
    settings = WindowSettings.model_validate({"split": TIME})
    assert cut_lives(failing(life=None), settings)[3] == ""
    assert cut_lives(failing(life=np.full(600, np.nan)), settings)[3] == ""
    assert not caplog.text
