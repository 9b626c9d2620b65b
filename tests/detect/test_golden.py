"""One figure a detector: whoever changes what it computes has to say so here."""

import pytest
from sklearn.metrics import average_precision_score

from matts.detect import DETECTORS
from matts.detect.autoencoder import AutoencoderDetector
from matts.detect.objective import DetectorSettings
from matts.detect.stacked_lstm import StackedLstmDetector, StackedLstmSettings
from matts.detect.vae import VaeDetector
from matts.detect.vae_objective import VaeSettings
from matts.domain import Detector
from matts.training import TrainingSettings
from matts.windows import Split

PR_AUC = {  # on the test windows of the small mill
    "random": 0.1419270028,
    "constant": 24 / 292,
    "moving_variance": 0.1029552962,
    "zscore": 0.1459927788,
    "pca": 0.9638190915,
    "isolation_forest": 0.1054878162,
    "arima": 0.1718893703,
    "kalman": 0.1497171047,
    "virtual_sensors": 0.9940476190,
    "supervised": 0.4269605735,
    "forest": 0.3577125981,
    "cva": 0.6099769284,
    "one_sensor": 0.0787188200,
    "mean_shift": 0.6423530072,
    "combined": 0.9638190915,  # its better part alone
    "autoencoder": 0.174147,
    "vae": 0.208936,
    "stacked_lstm": 0.146843,
}


def pr_auc(detector: Detector, split: Split) -> float:
    return float(average_precision_score(split.test.faulty, detector.score(split.test)))


def test_every_registered_detector_has_its_figure() -> None:
    assert PR_AUC.keys() == DETECTORS.keys()


@pytest.mark.parametrize("name", sorted(PR_AUC.keys() - {"autoencoder", "vae", "stacked_lstm"}))
def test_the_figure_of_each_detector(name: str, split: Split) -> None:
    detector = DETECTORS[name]().fit(split.train, split.validation)
    assert pr_auc(detector, split) == pytest.approx(PR_AUC[name], abs=1e-6)


def test_the_figures_of_the_network(split: Split) -> None:
    """Looser: other processors add up in another order."""
    training = TrainingSettings(epochs=3, batch_size=64, learning_rate=0.01)
    detector = AutoencoderDetector(DetectorSettings(monitor="pr_auc"), training)
    detector.fit(split.train, split.validation)
    assert pr_auc(detector, split) == pytest.approx(PR_AUC["autoencoder"], abs=1e-3)
    assert pr_auc(detector.rescored("reconstruction"), split) == pytest.approx(0.118444, abs=1e-3)


def test_the_figure_of_the_vae(split: Split) -> None:
    """Looser, for the same reason."""
    detector = VaeDetector(VaeSettings(epochs=10)).fit(split.train, split.validation)
    assert pr_auc(detector, split) == pytest.approx(PR_AUC["vae"], abs=1e-3)


def test_the_figure_of_the_stacked_network(split: Split) -> None:
    """Looser, for the same reason."""
    settings = StackedLstmSettings(epochs=5, widths=(16, 8))
    detector = StackedLstmDetector(settings).fit(split.train, split.validation)
    assert pr_auc(detector, split) == pytest.approx(PR_AUC["stacked_lstm"], abs=1e-3)
