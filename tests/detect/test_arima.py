import numpy as np
import pytest
from scipy.signal import lfilter
from statsmodels.tsa.statespace.sarimax import SARIMAX

from matts.detect.arima import Arima, ArimaDetector, ArimaSettings, choose
from matts.detect.hannan_rissanen import lagged, sums_of
from matts.detect.innovations import Series
from matts.domain import Floats
from matts.windows import Split

TRUE = {  # order, AR, MA
    "noise": ((0, 0, 0), [], []),
    "ar": ((1, 0, 0), [0.7], []),
    "ar2": ((2, 0, 0), [0.5, 0.3], []),
    "ma": ((0, 0, 1), [], [0.6]),
    "arma": ((1, 0, 1), [0.8], [0.5]),
    "walk": ((0, 1, 0), [], []),
    "ima": ((0, 1, 1), [], [-0.6]),
}


@pytest.fixture(scope="module")
def series() -> Series:
    """3,000 readings of each of those processes."""
    rng = np.random.default_rng(1)
    rows = []
    for order, ar, ma in TRUE.values():
        values = lfilter([1, *ma], [1, *(-c for c in ar)], rng.normal(size=3000))
        values = values.cumsum() if order[1] else values
        rows.append((values - values.mean()) / values.std())
    return Series(np.array(rows), np.arange(3000) == 0)


@pytest.fixture(scope="module")
def chosen(series: Series) -> Arima:
    return choose(series, ArimaSettings())


def test_what_wanders_is_differenced_and_only_that(chosen: Arima) -> None:
    assert chosen.orders[:, 1].tolist() == [order[1] for order, _, _ in TRUE.values()]


def test_the_order_is_at_least_what_it_is(chosen: Arima) -> None:
    """Akaike's criterion may take more: it errs on that side."""
    for found, (order, _, _) in zip(chosen.orders, TRUE.values(), strict=True):
        assert found[0] + found[2] >= order[0] + order[2]


def test_the_chosen_is_nearly_as_likely_as_the_best_of_statsmodels(
    series: Series, chosen: Arima
) -> None:
    for sensor, (own, order) in enumerate(zip(series.values, chosen.orders, strict=True)):
        p, d, q = order.tolist()
        model = SARIMAX(own, order=(p, d, q))
        ours = [*chosen.ar[sensor, :p], *chosen.ma[sensor, :q], chosen.variance[sensor]]
        assert model.loglike(ours) > model.fit(disp=False).llf - 8  # of 3,000 readings


@pytest.mark.parametrize("name", ["ar", "ar2", "ma", "arma", "ima"])
def test_regressions_find_the_coefficients(series: Series, name: str) -> None:
    (p, d, q), ar, ma = TRUE[name]
    which = [*TRUE].index(name)
    found = sums_of(series.values[which : which + 1], series.starts, d, 2, 2).arma(p, q)
    np.testing.assert_allclose([*found.ar[0], *found.ma[0]], [*ar, *ma], atol=0.08)


def test_regressions_do_not_cross_segments(series: Series) -> None:
    far: Floats = series.values[:1] + np.where(np.arange(3000) < 1500, 0, 100)
    starts = series.starts | (np.arange(3000) == 1500)
    apart, as_one = (sums_of(far, each, 1, 1, 0).arma(1, 0).ar for each in (starts, series.starts))
    assert apart[0, 0] == pytest.approx(-0.5, abs=0.05)  # a difference of noise
    assert abs(as_one[0, 0] - apart[0, 0]) > 0.1


def test_lags_longer_than_the_series_are_missing() -> None:
    assert np.isnan(lagged(np.ones((2, 3)), 5)[..., 3:]).all()


def test_the_largest_orders_are_settings(series: Series) -> None:
    small = choose(series, ArimaSettings(ar=1, differences=0, ma=0))
    assert (small.orders <= [1, 0, 0]).all()
    assert (choose(series, ArimaSettings(ar=0, differences=0, ma=0)).orders == 0).all()


def test_the_order_is_kept_with_the_detector(split: Split) -> None:
    detector = ArimaDetector().fit(split.train, split.validation)
    twin = ArimaDetector.from_state(detector.state())
    np.testing.assert_array_equal(twin.arima.orders, detector.arima.orders)
    assert detector.state().arrays["orders"].shape == (len(split.train.sensors), 3)
