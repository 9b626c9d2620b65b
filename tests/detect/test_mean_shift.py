"""Whether the mean of a window has moved."""

from typing import Any

import numpy as np
import pytest
from scipy.spatial.distance import mahalanobis

from matts.detect.mean_shift import MeanShiftDetector, MeanShiftSettings
from matts.domain import BadInputError, Floats, Readings, Windows
from matts.windows import WindowSettings, slide

TINY = 1e-9  # a ridge that changes nothing


def windows_of(rows: Floats, length: int = 20) -> Windows:
    none = np.zeros((len(rows), 1), np.bool_)
    segments = np.zeros(len(rows), np.int64)
    names = tuple(f"sensor {k}" for k in range(rows.shape[1]))
    return slide(Readings(rows, none, segments, names, ("Leak",)), WindowSettings(length=length))


def machine(count: int = 3000, seed: int = 0) -> Floats:
    """Three sensors, of which two go together; units of their own."""
    rng = np.random.default_rng(seed)
    load, noise = rng.normal(size=count), rng.normal(size=(count, 2))
    return np.column_stack([load, load + 0.3 * noise[:, 0], noise[:, 1]]) * [1, 50, 0.01] + 7


def fitted(**settings: Any) -> MeanShiftDetector:
    windows = windows_of(machine())
    return MeanShiftDetector(MeanShiftSettings(**settings)).fit(windows, windows)


def test_all_is_the_distance_of_mahalanobis() -> None:
    known, new = windows_of(machine()), windows_of(machine(200, seed=1))
    means = known.values.mean(axis=1)
    inverse = np.linalg.inv(np.cov(means.T, bias=True))
    expected = [mahalanobis(m, means.mean(axis=0), inverse) ** 2 / 3 for m in new.values.mean(1)]
    np.testing.assert_allclose(fitted(judge="all", ridge=TINY).score(new), expected, rtol=1e-3)


def test_each_is_what_a_regression_on_the_other_sensors_leaves() -> None:
    known, new = windows_of(machine()), windows_of(machine(200, seed=1))
    means, shown = known.values.mean(axis=1), new.values.mean(axis=1)
    parts = fitted(ridge=TINY).contributions(new)
    for sensor in range(3):
        others = np.delete(means, sensor, axis=1)
        design = np.column_stack([np.ones(len(others)), others])
        slopes, *_ = np.linalg.lstsq(design, means[:, sensor], rcond=None)
        error = (means[:, sensor] - design @ slopes).std()
        asked = np.column_stack([np.ones(len(shown)), np.delete(shown, sensor, axis=1)])
        expected = np.square((shown[:, sensor] - asked @ slopes) / error) / 3
        np.testing.assert_allclose(parts[:, sensor], expected, rtol=2e-2, atol=1e-3)


def test_it_is_near_one_where_all_is_as_it_was() -> None:
    for judge in ("each", "all"):
        assert fitted(judge=judge).score(windows_of(machine(seed=2))).mean() == pytest.approx(
            1, abs=0.3
        )


def test_the_shifted_sensor_is_blamed_and_a_longer_window_sees_less() -> None:
    """A shift of a third of a spread: hidden in one reading, plain in the mean of forty."""
    rows, known = machine(400, seed=3), windows_of(machine(), 40)
    rows[200:, 2] += 0.01 / 3 * 2
    judged = MeanShiftDetector().fit(known, known)
    before, after = (
        judged.score(windows_of(rows[:200], 40)),
        judged.score(windows_of(rows[200:], 40)),
    )
    assert np.median(after) > np.quantile(before, 0.95)
    parts = judged.contributions(windows_of(rows[200:], 40)).sum(axis=0)
    assert parts.argmax() == 2
    single = windows_of(machine(), 1)
    alone = MeanShiftDetector().fit(single, single)
    later = alone.score(windows_of(rows[200:], 1))
    assert np.median(later) < np.quantile(alone.score(windows_of(rows[:200], 1)), 0.95)


def test_a_ridge_makes_sensors_independent() -> None:
    """Two that always go together part: strange to what they are, ordinary to each alone."""
    rows = machine(60, seed=4)
    rows[:, 1] = 14 - rows[:, 1]
    parted = windows_of(rows)
    strict, eased = fitted().score(parted), fitted(ridge=1000.0).score(parted)
    assert strict.mean() / eased.mean() > 1000


def test_a_sensor_that_never_moves_is_survived() -> None:
    rows = machine()
    rows[:, 0] = 5
    windows = windows_of(rows)
    assert np.isfinite(MeanShiftDetector().fit(windows, windows).score(windows)).all()


def test_without_healthy_windows_there_is_nothing_to_learn() -> None:
    rows = machine(50)
    faulty = np.ones((len(rows), 1), np.bool_)
    segments = np.zeros(len(rows), np.int64)
    readings = Readings(rows, faulty, segments, ("a", "b", "c"), ("Leak",))
    windows = slide(readings, WindowSettings())
    with pytest.raises(BadInputError, match="needs healthy training windows"):
        MeanShiftDetector().fit(windows, windows)
