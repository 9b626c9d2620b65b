import numpy as np
import pytest

from matts.detect.zscore import MovingVarianceDetector, ZScoreDetector
from matts.domain import BadInputError
from matts.windows import Split


def test_the_score_is_the_mean_distance_in_healthy_spreads(split: Split) -> None:
    healthy = split.train.healthy.last_rows
    distance = np.abs(split.test.values - healthy.mean(axis=0)) / healthy.std(axis=0)
    scores = ZScoreDetector().fit(split.train, split.validation).score(split.test)
    np.testing.assert_allclose(scores, distance.mean(axis=(1, 2)), rtol=1e-5)


def test_the_variance_is_that_within_the_window(split: Split) -> None:
    scaled = split.test.values / split.train.healthy.last_rows.std(axis=0)
    scores = MovingVarianceDetector().fit(split.train, split.validation).score(split.test)
    np.testing.assert_allclose(scores, scaled.var(axis=1).mean(axis=1), rtol=1e-4)


def test_faulty_readings_do_not_widen_the_scale(split: Split) -> None:
    detector = ZScoreDetector().fit(split.train, split.validation)
    healthy = ZScoreDetector().fit(split.train.healthy, split.validation)
    np.testing.assert_array_equal(detector.scaler.spread, healthy.scaler.spread)


def test_nothing_healthy_to_learn_from_is_refused(split: Split) -> None:
    with pytest.raises(BadInputError, match="needs readings to be measured on"):
        ZScoreDetector().fit(split.train.where(split.train.faulty), split.validation)
