"""ARIMA and Kalman: a point scored by our filter instead of statsmodels'."""

from typing import Any

import numpy as np

from benchmarks.records import mill
from benchmarks.timing import Bench, Ratio, Way, compare
from matts.detect.arima import ArimaDetector
from matts.detect.innovations import series_of
from matts.detect.kalman import KalmanDetector
from matts.domain import Floats

MANY = 20_000  # readings; of 51 sensors they are a million points


def filter_rows(bench: Bench) -> list[Ratio]:
    """A record scored with what was fitted before, per reading of a sensor.

    Statsmodels takes one series at a time, so it is given one sensor, already scaled: its model is
    made for the record and filtered once, with our parameters. Ours scores all of them, from the
    readings as they are to the mean over the sensors.
    """
    windows = mill(bench.of(MANY))
    arima = ArimaDetector().fit(windows, windows)
    kalman = KalmanDetector().fit(windows, windows)
    one, points = series_of(windows.rows, arima.scaler)[0], windows.rows.size
    return [
        compare(
            "scoring a point: ARIMA instead of statsmodels",
            Way(lambda: by_sarimax(arima, one), len(one)),
            Way(lambda: arima.score(windows), points),
            bench,
        ),
        compare(
            "scoring a point: Kalman instead of statsmodels",
            Way(lambda: by_components(kalman, one), len(one)),
            Way(lambda: kalman.score(windows), points),
            bench,
        ),
    ]


def by_sarimax(detector: ArimaDetector, series: Floats) -> Floats:
    """The scores of the first sensor by SARIMAX."""
    from statsmodels.tsa.statespace.sarimax import SARIMAX

    own = detector.arima
    p, d, q = own.orders[0].tolist()
    parameters = [*own.ar[0, :p], *own.ma[0, :q], own.variance[0]]
    return squares(SARIMAX(series, order=(p, d, q)).filter(parameters).filter_results)


def by_components(detector: KalmanDetector, series: Floats) -> Floats:
    """The scores of the first sensor by a local level."""
    from statsmodels.tsa.statespace.structural import UnobservedComponents

    model = UnobservedComponents(series, "local level")
    return squares(model.filter(detector.variances[0]).filter_results)


def squares(found: Any) -> Floats:
    """[R]: v²/f."""
    return np.asarray(np.square(found.forecasts_error[0]) / found.forecasts_error_cov[0, 0])
