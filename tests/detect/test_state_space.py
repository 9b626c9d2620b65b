"""The filter, compiled and not, against statsmodels and against itself."""

import sys
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from statsmodels.tsa.statespace.sarimax import SARIMAX
from statsmodels.tsa.statespace.structural import UnobservedComponents

from matts.detect import state_space
from matts.detect.arima import Arima, model_of
from matts.detect.filter_kernel import run
from matts.detect.kalman import wandering
from matts.detect.state_space import Innovations, Model, begin, innovate, run_numpy
from matts.domain import Floats

ENGINES = pytest.mark.parametrize("engine", [run, run_numpy], ids=["compiled", "numpy"])
ORDERS = [(0, 0, 0), (1, 0, 0), (0, 0, 1), (2, 0, 2), (0, 1, 1), (2, 1, 1), (1, 2, 2)]
COEFFICIENTS = (0.5, -0.2), (0.4, 0.3)


@pytest.fixture
def series() -> Floats:
    """Three wandering series with gaps."""
    rng = np.random.default_rng(0)
    values = rng.normal(size=(3, 250)).cumsum(axis=1) + rng.normal(size=(3, 250))
    values[rng.random(values.shape) < 0.05] = np.nan
    values[1, 100:120] = np.nan
    return values


def first_of(count: int, *others: int) -> np.ndarray[Any, np.dtype[np.bool_]]:
    starts = np.zeros(count, np.bool_)
    starts[[0, *others]] = True
    return starts


def filtered(
    engine: Callable[..., None], model: Model, series: Floats, *others: int
) -> Innovations:
    shape = len(model.design), series.shape[1]
    found = Innovations(np.empty(shape), np.empty(shape))
    engine(model, begin(model), series, first_of(series.shape[1], *others), *found)
    return found


def arima(order: tuple[int, int, int]) -> Arima:
    p, _, q = order
    ar, ma = np.array([COEFFICIENTS[0][:p]]), np.array([COEFFICIENTS[1][:q]])
    return Arima(np.array([order]), ar, ma, np.array([0.7]))


def check(found: Innovations, theirs: Any) -> None:
    there = ~np.isnan(found.errors[0])
    np.testing.assert_array_equal(there, ~np.isnan(theirs.forecasts_error[0]))
    np.testing.assert_allclose(
        found.errors[0][there], theirs.forecasts_error[0][there], rtol=1e-6, atol=1e-6
    )
    np.testing.assert_allclose(found.variances[0], theirs.forecasts_error_cov[0, 0], rtol=1e-6)


@ENGINES
@pytest.mark.parametrize("order", ORDERS)
def test_arima_forecasts_as_statsmodels_does(
    engine: Callable[..., None], order: tuple[int, int, int], series: Floats
) -> None:
    own = arima(order)
    theirs = SARIMAX(series[0], order=order).filter([*own.ar[0], *own.ma[0], *own.variance])
    check(filtered(engine, model_of(own), series[:1]), theirs.filter_results)


@ENGINES
@pytest.mark.parametrize(
    ("name", "variances"),
    [
        ("local level", (0.9, 0.3)),
        ("local level", (1.0, 0.0)),
        ("local level", (0.0, 1.0)),
        ("local linear trend", (0.9, 0.3, 0.01)),
    ],
)
def test_kalman_forecasts_as_statsmodels_does(
    engine: Callable[..., None], name: str, variances: tuple[float, ...], series: Floats
) -> None:
    theirs = UnobservedComponents(series[1], name).filter(variances)
    found = filtered(engine, wandering(np.array([variances])), series[1:2])
    check(found, theirs.filter_results)


def models() -> list[Model]:
    trend = wandering(np.array([[1, 0.1, 0.01], [1, 0, 0], [0.1, 2, 0]]))
    orders = np.array([[2, 1, 1], [0, 0, 0], [1, 0, 1]])
    ar, ma = np.array([[0.5, 0.2], [0, 0], [0.9, 0]]), np.array([[0.4], [0], [-0.3]])
    return [trend, model_of(Arima(orders, ar, ma, np.array([1, 2, 0.5])))]


@pytest.mark.parametrize("model", models(), ids=["kalman", "arima"])
def test_compiled_and_numpy_agree(model: Model, series: Floats) -> None:
    compiled, plain = (filtered(each, model, series, 60, 61, 180) for each in (run, run_numpy))
    np.testing.assert_allclose(compiled.variances, plain.variances, rtol=1e-8)
    np.testing.assert_allclose(compiled.errors, plain.errors, rtol=1e-8, atol=1e-8)


@ENGINES
@pytest.mark.parametrize("model", models(), ids=["kalman", "arima"])
def test_a_segment_begins_anew(engine: Callable[..., None], model: Model, series: Floats) -> None:
    whole = filtered(engine, model, series, 90)
    alone = filtered(engine, model, series[:, 90:].copy())
    np.testing.assert_allclose(whole.errors[:, 90:], alone.errors, rtol=1e-9)
    assert not np.allclose(filtered(engine, model, series).errors, whole.errors, equal_nan=True)


@ENGINES
@pytest.mark.parametrize("model", models(), ids=["kalman", "arima"])
def test_one_reading_at_a_time_is_the_same(
    engine: Callable[..., None],
    model: Model,
    series: Floats,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(state_space, "_engine", lambda: engine)
    starts, memory = first_of(series.shape[1], 90), begin(model)
    pieces = [
        innovate(model, series[:, t : t + 1], starts[t : t + 1], memory)
        for t in range(series.shape[1])
    ]
    whole = innovate(model, series, starts)
    errors = np.concatenate([piece.errors for piece in pieces], axis=1)
    np.testing.assert_allclose(errors, whole.errors, rtol=1e-8, atol=1e-8)


@ENGINES
def test_a_gap_widens_the_forecast_and_moves_nothing(engine: Callable[..., None]) -> None:
    gap = np.array([[1.0, 1.0, np.nan, np.nan, 1.0]])
    found = filtered(engine, wandering(np.array([[1.0, 0.5]])), gap)
    assert np.isnan(found.errors[0, 2:4]).all()
    np.testing.assert_allclose(np.diff(found.variances[0, 2:]), 0.5)
    np.testing.assert_allclose(found.errors[0, [1, 4]], 0, atol=1e-5)


def test_without_numba_the_same_by_numpy(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setitem(sys.modules, "matts.detect.filter_kernel", None)
    state_space._engine.cache_clear()
    try:
        assert state_space._engine() is run_numpy
    finally:
        state_space._engine.cache_clear()
    assert "pip install 'matts[fast]'" in caplog.text


def test_each_reading_goes_to_every_copy_of_its_model(series: Floats) -> None:
    one = wandering(np.array([[1.0, 0.5]] * 3))
    two = Model(*(np.concatenate([part, part]) for part in one))
    single, double = (innovate(m, series, first_of(250)).errors for m in (one, two))
    np.testing.assert_array_equal(double, np.tile(single, (2, 1)))
