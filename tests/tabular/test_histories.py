"""What a network sees of a row ends at the row, and begins where its segment began."""

import numpy as np
import pytest

from matts.tabular.histories import channels_of, first_rows, histories_of
from matts.windows import Scaler

SEGMENTS = np.repeat([3, 5, 9], [30, 1, 40])


@pytest.fixture
def values() -> np.ndarray:
    draw = np.random.default_rng(0)
    found = draw.normal(size=(len(SEGMENTS), 2)).round(2)
    found[draw.random(found.shape) < 0.1] = np.nan
    return found


def test_channels_are_those_of_a_plain_loop(values: np.ndarray) -> None:
    found = channels_of(values, SEGMENTS, 4)
    for row, first in enumerate(first_rows(SEGMENTS)):
        for sensor in range(2):
            own = values[first : row + 1, sensor]
            near = own[-4:][~np.isnan(own[-4:])]
            if not len(near):
                assert np.isnan(found[row, sensor])
                continue
            assert found[row, sensor] == pytest.approx(near.mean())
            assert found[row, 2 + sensor] == pytest.approx(near.mean() - np.nanmean(own))


def test_what_comes_later_changes_nothing(values: np.ndarray) -> None:
    changed = values.copy()
    changed[50:] += 7
    before, after = (channels_of(each, SEGMENTS, 4) for each in (values, changed))
    assert np.array_equal(before[:50], after[:50], equal_nan=True)
    assert not np.array_equal(before[50:], after[50:], equal_nan=True)


def test_another_segment_changes_not_a_bit(values: np.ndarray) -> None:
    alone = channels_of(values[31:], SEGMENTS[31:], 4)
    assert np.array_equal(channels_of(values, SEGMENTS, 4)[31:], alone, equal_nan=True)


def test_windows_look_back_in_steps_and_stay_in_their_segment() -> None:
    channels, scaler = np.zeros((71, 1)), Scaler(np.zeros(1), np.ones(1))
    found = histories_of(channels, SEGMENTS, np.array([29, 2, 30, 40]), scaler, (4, 5))
    assert found.places.tolist() == [
        [14, 19, 24, 29],
        [0, 0, 0, 2],
        [30, 30, 30, 30],
        [31, 31, 35, 40],
    ]
