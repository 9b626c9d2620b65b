"""One filter for all sensors, against statsmodels and against what made the readings."""

from typing import Any

import numpy as np
import pytest
from statsmodels.tsa.statespace.kalman_filter import KalmanFilter

from matts.detect.innovations import Series
from matts.detect.joint import Apart, JointFilter, Levels, by_moments
from matts.detect.kalman import KalmanDetector, KalmanSettings, together
from matts.detect.state_space import DIFFUSE
from matts.domain import Floats, Windows
from matts.windows import Split

SENSORS = 4


def covariance(seed: int, scale: float) -> Floats:
    root = np.random.default_rng(seed).normal(size=(SENSORS, SENSORS))
    return np.asarray(scale * (root @ root.T + np.eye(SENSORS)))


@pytest.fixture(scope="module")
def levels() -> Levels:
    return Levels(covariance(0, 1.0), covariance(1, 0.05))


@pytest.fixture(scope="module")
def series(levels: Levels) -> Series:
    """2,000 readings of levels that wander side by side, in two segments."""
    rng = np.random.default_rng(2)
    steps = rng.multivariate_normal(np.zeros(SENSORS), levels.added, 2000)
    noise = rng.multivariate_normal(np.zeros(SENSORS), levels.noise, 2000)
    starts = np.isin(np.arange(2000), [0, 1200])
    return Series((steps.cumsum(axis=0) + noise).T.copy(), starts)


def with_holes(series: Series) -> Floats:
    """Single readings, whole rows and a long stretch of one sensor missing."""
    rows = series.values.copy()
    rows[np.random.default_rng(3).random(rows.shape) < 0.02] = np.nan
    rows[:, 300:303] = np.nan
    rows[1, 500:560] = np.nan
    return rows


def by_statsmodels(levels: Levels, rows: Floats) -> Any:
    one = np.eye(SENSORS)
    theirs = KalmanFilter(
        SENSORS,
        SENSORS,
        design=one,
        transition=one,
        selection=one,
        tolerance=0,
        loglikelihood_burn=0,
    )
    theirs["obs_cov"], theirs["state_cov"] = levels
    theirs.bind(np.asfortranarray(rows))
    theirs.initialize_known(np.zeros(SENSORS), DIFFUSE * one)
    return theirs.filter()


@pytest.mark.parametrize("holes", [False, True])
def test_it_forecasts_as_statsmodels_does(levels: Levels, series: Series, *, holes: bool) -> None:
    rows = (with_holes(series) if holes else series.values)[:, :1200]
    theirs = by_statsmodels(levels, rows)
    parts = JointFilter(levels).squares(rows, series.starts[:1200])
    np.testing.assert_array_equal(np.isnan(parts), np.isnan(rows))
    for t in range(1200):
        seen = ~np.isnan(rows[:, t])
        error = (rows[:, t] - theirs.forecasts[:, t])[seen]
        spread = theirs.forecasts_error_cov[:, :, t]
        if seen.any():
            own = error * np.linalg.solve(
                theirs.predicted_state_cov[:, :, t][np.ix_(seen, seen)]
                + levels.noise[np.ix_(seen, seen)],
                error,
            )
            np.testing.assert_allclose(parts[seen, t], own, rtol=1e-6, atol=1e-6)
        if seen.all():
            whole = error @ np.linalg.solve(spread, error)
            assert parts[:, t].sum() == pytest.approx(whole, rel=1e-6, abs=1e-6)


def test_blocks_and_segments(levels: Levels, series: Series) -> None:
    rows = with_holes(series)
    whole = JointFilter(levels).squares(rows, series.starts)
    pieces, step = JointFilter(levels), 37
    found = [
        pieces.squares(rows[:, t : t + step], series.starts[t : t + step])
        for t in range(0, 2000, step)
    ]
    np.testing.assert_array_equal(np.concatenate(found, axis=1), whole)
    alone = JointFilter(levels).squares(rows[:, 1200:], series.starts[1200:])
    np.testing.assert_array_equal(whole[:, 1200:], alone)


def test_a_settled_gain_is_that_of_every_step(levels: Levels, series: Series) -> None:
    filter_ = JointFilter(levels)
    settled = filter_.squares(series.values, series.starts)
    assert filter_.precision is not None
    restless = JointFilter(levels)
    found = []
    for t in range(2000):
        found.append(restless.squares(series.values[:, t : t + 1], series.starts[t : t + 1]))
        restless.precision = None
    np.testing.assert_allclose(settled, np.concatenate(found, axis=1), rtol=1e-8, atol=1e-9)


def test_any_two_covariances_are_taken_apart(levels: Levels) -> None:
    apart = Apart.of(levels)
    np.testing.assert_allclose(apart.mix @ apart.back, np.eye(SENSORS), atol=1e-9)
    noise, steps = (np.diag(apart.mix @ each @ apart.mix.T) for each in levels)
    again = apart.join(np.stack([noise, steps], axis=1))
    np.testing.assert_allclose(again.noise, levels.noise, atol=1e-9)
    np.testing.assert_allclose(again.added, levels.added, atol=1e-9)


def test_covariances_are_found_again(levels: Levels, series: Series) -> None:
    for found in (by_moments(series), together(series)):
        for own, true in zip(found, levels, strict=True):
            assert np.abs(own - true).max() < 0.3 * np.abs(true).max()


def test_the_likeliest_are_likelier_than_moments(series: Series) -> None:
    first = series.values[:, :1200]
    moments, fitted = (
        by_statsmodels(each, first).llf_obs[10:].sum()
        for each in (by_moments(series), together(series))
    )
    assert fitted > moments


def windows_of(rows: Floats) -> Windows:
    names = tuple(f"s{n}" for n in range(rows.shape[1]))
    none = np.zeros((len(rows), 1), np.bool_)
    return Windows(rows, none, np.arange(len(rows)), 1, names, ("Bearing",))


def test_sensors_that_part_are_strange_only_together() -> None:
    """Two sensors that always move together part by less than either moves."""
    rng = np.random.default_rng(0)
    rows = rng.normal(size=(800, 1)) * [1, 1] + 0.1 * rng.normal(size=(800, 2))
    rows[700] = 0.7, -0.7
    windows = windows_of(rows)
    early = windows.where(windows.last < 600)
    level, joint = (
        KalmanDetector(KalmanSettings(model=model)).fit(early, early).score(windows)
        for model in ("level", "multivariate")
    )
    assert level[700] < 2
    assert joint[700] > 20
    assert np.median(joint) == pytest.approx(np.median(level), abs=0.5)


def test_missing_readings_add_nothing_and_still_sensors_neither(split: Split) -> None:
    rows = split.train.rows[:, :6].copy()
    rows[:, 2] = 7.25
    rows[50:60, 0] = np.nan
    rows[100] = np.nan
    rows[:, 4] = np.nan  # never there
    windows = windows_of(rows)
    parts = KalmanDetector(KalmanSettings(model="multivariate")).fit(windows, windows)
    found = parts.contributions(windows)
    assert np.isfinite(found).all()
    assert (found[50:60, 0] == 0).all()
    assert (found[100] == 0).all()
    assert (found[:, 4] == 0).all()
    assert np.abs(found[:, 2]).max() < 1e-9
    assert parts.score(windows)[200:].mean() == pytest.approx(1, abs=0.2)
