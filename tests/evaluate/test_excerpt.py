import numpy as np
import pytest
from statsmodels.tsa.seasonal import seasonal_decompose

from matts.detect.arima import ArimaDetector
from matts.domain import BadInputError
from matts.evaluate.excerpt import (
    ExploreSettings,
    decompose,
    excerpt,
    forecast,
    spectrum,
    strongest_period,
)
from matts.windows import Split

FEW = ExploreSettings(sensors=("force_3", "torque_3"), readings=60)


def test_an_excerpt_is_of_the_sensors_asked_for(split: Split) -> None:
    taken = excerpt(split.test, FEW)
    assert taken.sensors == ("force_3", "torque_3")
    force = split.test.rows[:60, split.test.sensors.index("force_3")]
    np.testing.assert_array_equal(taken.values[:, 0], force)
    np.testing.assert_array_equal(taken.places, split.test.row_places[:60])
    assert excerpt(split.test, ExploreSettings()).sensors == split.test.sensors[:3]
    every = excerpt(split.test, ExploreSettings(readings=100_000))
    assert len(every.values) == len(split.test.rows)


def test_an_unknown_sensor_is_named(split: Split) -> None:
    with pytest.raises(BadInputError, match=r"got 'force_9' .did you mean force_"):
        excerpt(split.test, ExploreSettings(sensors=("force_9",)))


@pytest.mark.parametrize("period", [2, 7, 12])
def test_components_are_those_of_statsmodels(period: int) -> None:
    series = np.random.default_rng(0).normal(size=100).cumsum()
    found, expected = decompose(series, period), seasonal_decompose(series, period=period)
    np.testing.assert_allclose(found.trend, expected.trend, atol=1e-12)
    np.testing.assert_allclose(found.season, expected.seasonal, atol=1e-12)
    np.testing.assert_allclose(found.rest, expected.resid, atol=1e-12)


def test_a_season_must_be_seen_twice() -> None:
    with pytest.raises(BadInputError, match="a season of 30 readings needs at least 60, got 59"):
        decompose(np.arange(59.0), 30)


def test_the_strongest_period_is_found() -> None:
    places = np.arange(240.0)
    values = np.column_stack([np.sin(2 * np.pi * places / 12), places])
    found = spectrum(values[:, :1] + 0.01 * values[:, 1:])
    assert strongest_period(found, 240) == 12
    np.testing.assert_allclose(found.shares.sum(axis=0), 1)


def test_forecasts_are_those_that_the_detectors_score_by(split: Split) -> None:
    taken = excerpt(split.test, FEW)
    found = forecast(split.train, split.test, taken)
    assert list(found) == ["ARIMA", "Kalman"]
    detector = ArimaDetector().fit(split.train, split.validation)
    columns = [split.test.sensors.index(name) for name in taken.sensors]
    windows = split.test.where(split.test.last < 60)
    expected = detector.contributions(windows)[:, columns] * len(split.test.sensors)
    np.testing.assert_allclose(found["ARIMA"].scores[windows.last], expected)
    for who in found:  # better than to guess the mean
        errors = taken.values[1:] - found[who].values[1:]
        assert (errors.std(axis=0) < taken.values.std(axis=0)).all()
