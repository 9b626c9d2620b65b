from dataclasses import replace

import numpy as np
import pytest

from matts.causes.healthy import Healthy, errors_of
from matts.detect.autoencoder import AutoencoderDetector
from matts.detect.zscore import ZScoreDetector
from matts.domain import BadInputError
from matts.windows import Split


def test_it_is_measured_on_healthy_windows_alone(split: Split) -> None:
    detector = ZScoreDetector().fit(split.train, split.validation)
    rows = split.train.rows.copy()
    known = Healthy.of(detector, split.train)
    healthy = split.train.healthy
    np.testing.assert_allclose(known.mean, healthy.last_rows.mean(axis=0))
    np.testing.assert_allclose(known.spread, detector.contributions(healthy).std(axis=0))
    assert known.background.shape == (8, 51)
    never_healthy = np.setdiff1d(
        np.arange(len(rows)), (healthy.last[:, None] - np.arange(healthy.length)).ravel()
    )
    rows[never_healthy] *= 7
    assert len(never_healthy)
    other = Healthy.of(detector, replace(split.train, rows=rows))
    np.testing.assert_array_equal(other.spread, known.spread)


def test_the_error_of_a_network_is_that_of_its_memory(
    autoencoder: AutoencoderDetector, split: Split
) -> None:
    errors = errors_of(autoencoder, split.test)
    assert autoencoder.probabilistic
    twin = autoencoder.rescored("reconstruction")
    np.testing.assert_allclose(errors.sum(axis=1), twin.score(split.test), rtol=1e-5)


def test_a_sensor_without_error_has_a_spread(split: Split) -> None:
    rows = split.train.rows.copy()
    rows[:, 3] = 2.0
    still = replace(split.train, rows=rows)
    known = Healthy.of(ZScoreDetector().fit(still, still), still)
    assert 0 < known.spread[3] < known.spread.max()


def test_faults_alone_tell_nothing(split: Split) -> None:
    faulty = split.train.where(split.train.faulty)
    detector = ZScoreDetector().fit(split.train, split.validation)
    with pytest.raises(BadInputError, match=f"healthy windows are needed, got {len(faulty)} f"):
        Healthy.of(detector, faulty)
