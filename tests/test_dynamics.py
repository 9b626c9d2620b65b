from dataclasses import replace

import numpy as np
import pytest

from matts.domain import Floats, Windows
from matts.dynamics import Dynamics

TURN = np.array([[0.6, 0.5], [-0.5, 0.6]])  # what a reading makes of the one before
COUNT, BORDER = 4000, 2000


def moving(seed: int = 0) -> Floats:
    """Readings that follow from the ones before, in two segments; the second stands elsewhere."""
    rows = np.random.default_rng(seed).normal(size=(COUNT, 2))
    for n in range(1, COUNT):
        rows[n] += rows[n - 1] @ TURN * (n != BORDER)
    rows[BORDER:] += [40.0, -25.0]
    return rows


def windows_of(rows: Floats, length: int = 8) -> Windows:
    segments = (np.arange(COUNT) >= BORDER).astype(np.int64)
    last = np.r_[np.arange(length - 1, BORDER), np.arange(BORDER + length - 1, COUNT)]
    faults = segments.astype(bool)[:, None]
    return Windows(rows, faults, last, length, ("a", "b"), ("Off",), segments=segments)


def test_the_law_of_motion_is_learnt_whatever_the_level() -> None:
    windows = windows_of(moving())
    dynamics = Dynamics.fit(windows, lags=1)
    spread = dynamics.scaler.spread
    in_units = dynamics.weights[0] / spread[:, None] * spread  # of the machine
    np.testing.assert_allclose(in_units, TURN, atol=0.04)


def test_what_is_left_is_the_noise() -> None:
    windows = windows_of(moving()).healthy
    dynamics = Dynamics.fit(windows_of(moving()), lags=1)
    off = dynamics.unforeseen(dynamics.scaled(windows))
    assert off.length == 7
    noise = off.values.reshape(-1, 2) * dynamics.scaler.spread
    np.testing.assert_allclose(noise.std(axis=0), 1, atol=0.05)


def test_the_past_is_never_more_than_half_a_window() -> None:
    rows = moving()
    assert len(Dynamics.fit(windows_of(rows, 8), lags=50).weights) == 3
    alone = Dynamics.fit(windows_of(rows, 1), lags=4)
    scaled = alone.scaled(windows_of(rows, 1))
    np.testing.assert_array_equal(alone.unforeseen(scaled).rows, scaled.rows)


@pytest.mark.parametrize("place", [0, 1500, -1])
def test_nothing_but_the_window_is_looked_at(place: int) -> None:
    rows = moving()
    windows = windows_of(rows)
    dynamics = Dynamics.fit(windows, lags=3)
    one = replace(windows, last=windows.last[[place]])
    elsewhere = np.full_like(rows, 1e3)
    inside = slice(one.last[0] - 7, one.last[0] + 1)
    elsewhere[inside] = rows[inside]
    spoilt = replace(one, rows=elsewhere)
    seen, again = (dynamics.unforeseen(dynamics.scaled(each)).values for each in (one, spoilt))
    np.testing.assert_array_equal(seen, again)


def test_missing_readings_are_where_the_mean_is() -> None:
    rows = moving()
    rows[100:110] = np.nan
    windows = windows_of(rows)
    dynamics = Dynamics.fit(windows, lags=2)
    assert np.isfinite(dynamics.weights).all()
    assert np.isfinite(dynamics.unforeseen(dynamics.scaled(windows)).values).all()


def test_its_arrays_make_it_again() -> None:
    windows = windows_of(moving())
    dynamics = Dynamics.fit(windows, lags=2)
    twin = Dynamics.from_arrays(dynamics.arrays)
    np.testing.assert_array_equal(
        twin.unforeseen(twin.scaled(windows)).values,
        dynamics.unforeseen(dynamics.scaled(windows)).values,
    )
