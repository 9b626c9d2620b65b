from dataclasses import replace

import numpy as np
import pytest
from sklearn.decomposition import PCA
from sklearn.metrics import average_precision_score

from matts.detect.pca import PcaDetector, PcaSettings
from matts.domain import Floats
from matts.windows import Scaler, Split


def combined_index(healthy: Floats, rows: Floats, variance: float) -> Floats:
    """T2 plus SPE, each over its healthy mean, from scikit-learn's components."""
    scaler = Scaler.fit(healthy)
    plane = PCA(variance, svd_solver="full").fit(scaler(healthy).astype(float))

    def both(values: Floats) -> tuple[Floats, Floats]:
        scaled = scaler(values).astype(float)
        within = plane.transform(scaled)
        squares = np.square(within) / np.square(within_healthy).mean(axis=0)
        return squares.sum(axis=1), np.square(scaled - plane.inverse_transform(within)).sum(axis=1)

    within_healthy = plane.transform(scaler(healthy).astype(float))
    (t2, spe), (t2_healthy, spe_healthy) = both(rows), both(healthy)
    return np.asarray(t2 / t2_healthy.mean() + spe / spe_healthy.mean())


@pytest.mark.parametrize("variance", [0.5, 0.95])
def test_the_score_is_the_combined_index(split: Split, variance: float) -> None:
    detector = PcaDetector(PcaSettings(variance=(variance,))).fit(split.train, split.validation)
    expected = combined_index(split.train.healthy.last_rows, split.test.last_rows, variance)
    np.testing.assert_allclose(detector.score(split.test), expected, rtol=1e-3)


def test_validation_windows_choose_the_share_of_variance(split: Split) -> None:
    shares = (0.5, 0.95, 0.99)
    chosen = PcaDetector(PcaSettings(variance=shares)).fit(split.train, split.validation)
    each = [
        PcaDetector(PcaSettings(variance=(s,))).fit(split.train, split.validation) for s in shares
    ]
    faulty = split.validation.faulty
    ranks = [average_precision_score(faulty, one.score(split.validation)) for one in each]
    best = each[int(np.argmax(ranks))]
    assert len(set(ranks)) > 1
    np.testing.assert_array_equal(chosen.score(split.test), best.score(split.test))


def test_a_healthy_reading_scores_two_on_average(split: Split) -> None:
    detector = PcaDetector().fit(split.train, split.validation)
    assert detector.score(split.train.healthy).mean() == pytest.approx(2, rel=1e-4)


def test_a_broken_relation_is_seen_though_each_sensor_is_ordinary(split: Split) -> None:
    detector = PcaDetector().fit(split.train, split.validation)
    mixed = split.train.rows.copy()
    np.random.default_rng(0).shuffle(mixed[:, -5:])  # the motor powers of other coils
    swapped = replace(split.train, rows=mixed)
    assert np.median(detector.score(swapped)) > 1.5 * np.median(detector.score(split.train))
