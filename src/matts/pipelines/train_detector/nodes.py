"""Stage one of MATTS: train the network once a seed, then draw the line on validation windows."""

from typing import Any

from matts.detect.calibration import calibrate_all
from matts.detect.objective import DetectorSettings
from matts.detect.roster import Detectors, Seconds, fit_matts
from matts.detect.threshold import ThresholdSettings
from matts.domain import Windows
from matts.evaluate.results import EvaluateSettings
from matts.training import TrainingSettings


def fit_detectors(
    train: Windows,
    validation: Windows,
    settings: DetectorSettings,
    training: TrainingSettings,
    evaluate: EvaluateSettings,
    workers: int,
) -> tuple[Detectors, Seconds]:
    """The detectors by name and seed, and how long each took."""
    return fit_matts(train, validation, settings, training, evaluate.seeds, workers)


def calibrate_detectors(
    detectors: Detectors, train: Windows, validation: Windows, settings: ThresholdSettings
) -> dict[str, Any]:
    """The threshold of each detector and how well it ranks validation windows."""
    return calibrate_all(detectors, validation, settings, train).model_dump()
