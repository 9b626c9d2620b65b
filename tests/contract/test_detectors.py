"""What every detector promises. A new one is tested here the moment it is registered."""

from dataclasses import replace

import numpy as np
import pytest

from matts.detect import DETECTORS
from matts.detect.arima import ArimaDetector
from matts.detect.autoencoder import AutoencoderDetector
from matts.detect.controls import ConstantDetector, RandomDetector
from matts.detect.isolation_forest import IsolationForestDetector, IsolationForestSettings
from matts.detect.kalman import KalmanDetector
from matts.detect.objective import DetectorSettings
from matts.detect.pca import PcaDetector
from matts.detect.virtual_sensors import VirtualSensorsDetector
from matts.detect.zscore import MovingVarianceDetector, ZScoreDetector
from matts.domain import Detector, Windows
from matts.training import TrainingSettings
from matts.windows import Split

SMALL: dict[str, Detector] = {  # each detector, small enough to fit in a second
    "autoencoder": AutoencoderDetector(
        DetectorSettings(score="reconstruction"),
        TrainingSettings(epochs=2, batch_size=128, learning_rate=0.01),
    ),
    "random": RandomDetector(),
    "constant": ConstantDetector(),
    "moving_variance": MovingVarianceDetector(),
    "zscore": ZScoreDetector(),
    "pca": PcaDetector(),
    "isolation_forest": IsolationForestDetector(IsolationForestSettings(trees=20)),
    "arima": ArimaDetector(),
    "kalman": KalmanDetector(),
    "virtual_sensors": VirtualSensorsDetector(),
}
BLIND = (ConstantDetector, RandomDetector)  # the controls


@pytest.fixture(scope="module", params=SMALL)
def detector(request: pytest.FixtureRequest, split: Split) -> Detector:
    return SMALL[request.param].fit(split.train, split.validation)


@pytest.fixture(scope="module")
def windows(split: Split) -> Windows:
    return split.test


def test_every_registered_detector_is_tested() -> None:
    assert SMALL.keys() == DETECTORS.keys()
    assert [type(detector) for detector in SMALL.values()] == [DETECTORS[name] for name in SMALL]


def test_one_finite_score_per_window(detector: Detector, windows: Windows) -> None:
    scores = detector.score(windows)
    assert scores.shape == (len(windows),)
    assert np.isfinite(scores).all()


def test_contributions_add_up_to_the_score(detector: Detector, windows: Windows) -> None:
    parts = detector.contributions(windows)
    assert parts.shape == (len(windows), len(windows.sensors))
    np.testing.assert_allclose(parts.sum(axis=1), detector.score(windows), rtol=1e-5)


def test_no_windows_no_scores(detector: Detector, windows: Windows) -> None:
    none = windows.where(np.zeros(len(windows), bool))
    assert detector.score(none).shape == (0,)
    assert detector.contributions(none).shape == (0, len(windows.sensors))


def test_obviously_strange_windows_score_higher(detector: Detector, split: Split) -> None:
    signs = np.random.default_rng(0).choice([-1, 1], split.test.rows.shape)
    off = split.test.rows + 20 * signs * split.train.rows.std(axis=0)
    strange, ordinary = detector.score(replace(split.test, rows=off)), detector.score(split.test)
    if isinstance(detector, BLIND):
        np.testing.assert_array_equal(strange, ordinary)
    else:
        assert strange.mean() > ordinary.mean()


def test_scoring_changes_neither_windows_nor_detector(detector: Detector, split: Split) -> None:
    windows = replace(split.test, rows=split.test.rows.copy())
    first, parts = detector.score(windows), detector.contributions(windows)
    np.testing.assert_array_equal(detector.score(windows), first)
    np.testing.assert_array_equal(detector.contributions(windows), parts)
    np.testing.assert_array_equal(windows.rows, split.test.rows)


def test_a_detector_from_its_state_scores_the_same(detector: Detector, windows: Windows) -> None:
    twin = type(detector).from_state(detector.state())
    np.testing.assert_array_equal(twin.score(windows), detector.score(windows))
    np.testing.assert_array_equal(twin.contributions(windows), detector.contributions(windows))


def test_fitting_again_gives_the_same_detector(detector: Detector, split: Split) -> None:
    before = detector.score(split.test)
    twin = type(detector).from_state(detector.state()).fit(split.train, split.validation)
    np.testing.assert_array_equal(twin.score(split.test), before)


def test_a_window_scores_the_same_alone(detector: Detector, windows: Windows) -> None:
    alone = [detector.score(window) for window in windows.batches(1)]
    np.testing.assert_allclose(np.concatenate(alone), detector.score(windows), rtol=1e-6)


def test_the_order_of_the_windows_does_not_matter(detector: Detector, windows: Windows) -> None:
    order = np.random.default_rng(0).permutation(len(windows))
    shuffled = replace(windows, last=windows.last[order])
    np.testing.assert_allclose(detector.score(shuffled), detector.score(windows)[order], rtol=1e-6)


def test_only_the_window_itself_decides(detector: Detector, split: Split) -> None:
    rows = split.test.rows.copy()
    rows[100:] = 0
    cut = replace(split.test, rows=rows)
    early = np.arange(len(cut)) < 90
    np.testing.assert_allclose(
        detector.score(cut)[early], detector.score(split.test)[early], rtol=1e-6
    )


def test_a_sensor_that_never_moves_does_no_harm(detector: Detector, split: Split) -> None:
    def still(windows: Windows) -> Windows:
        rows = windows.rows.copy()
        rows[:, 3] = 0.1
        return replace(windows, rows=rows)

    twin = (
        type(detector).from_state(detector.state()).fit(still(split.train), still(split.validation))
    )
    assert np.isfinite(twin.score(still(split.test))).all()
    assert np.isfinite(twin.contributions(split.test)).all()
