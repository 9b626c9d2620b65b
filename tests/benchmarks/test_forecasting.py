import numpy as np
import pytest

from benchmarks.forecasting import by_components, by_sarimax
from benchmarks.records import mill
from matts.detect.arima import ArimaDetector
from matts.detect.innovations import series_of
from matts.detect.kalman import KalmanDetector
from matts.domain import Floats, Windows


@pytest.fixture(scope="module")
def windows() -> Windows:
    return mill(400)


def share_of_first(detector: ArimaDetector | KalmanDetector, windows: Windows) -> Floats:
    return np.asarray(detector.contributions(windows)[:, 0] * len(windows.sensors))


def test_both_ways_score_the_same(windows: Windows) -> None:
    arima = ArimaDetector().fit(windows, windows)
    kalman = KalmanDetector().fit(windows, windows)
    one = series_of(windows.rows, arima.scaler)[0]
    for ours, theirs in (
        (share_of_first(arima, windows), by_sarimax(arima, one)),
        (share_of_first(kalman, windows), by_components(kalman, one)),
    ):
        np.testing.assert_allclose(ours, theirs[windows.last], rtol=1e-6, atol=1e-6)
