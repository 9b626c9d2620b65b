"""Everything that the MATTS network is set beside, on the same windows."""

from typing import Any

from matts.detect.objective import DetectorSettings
from matts.detect.roster import (
    BaselineSettings,
    Detectors,
    Seconds,
    calibrate_all,
    fit_baselines,
    fit_untrained,
)
from matts.detect.threshold import ThresholdSettings
from matts.diagnose.roster import Diagnosers, fit_simple
from matts.domain import Windows
from matts.evaluate.results import EvaluateSettings
from matts.groups import SensorSettings
from matts.training import TrainingSettings


def fit_controls(
    train: Windows,
    validation: Windows,
    settings: BaselineSettings,
    sensors: SensorSettings,
    evaluate: EvaluateSettings,
) -> tuple[Detectors, Seconds]:
    """Every registered baseline, and how long each took."""
    return fit_baselines(train, validation, settings, sensors, evaluate.seeds)


def keep_untrained(
    train: Windows,
    validation: Windows,
    settings: DetectorSettings,
    training: TrainingSettings,
    evaluate: EvaluateSettings,
) -> tuple[Detectors, Seconds]:
    """The MATTS networks as they are before training."""
    return fit_untrained(train, validation, settings, training, evaluate.seeds)


def gather(
    controls: Detectors, seconds: Seconds, untrained: Detectors, untrained_seconds: Seconds
) -> tuple[Detectors, Seconds]:
    """All of them together."""
    return controls | untrained, seconds | untrained_seconds


def calibrate_baselines(
    baselines: Detectors, train: Windows, validation: Windows, settings: ThresholdSettings
) -> dict[str, Any]:
    """The threshold of each baseline, found as ours is."""
    return calibrate_all(baselines, validation, settings, train).model_dump()


def fit_baseline_diagnosers(train: Windows, validation: Windows) -> Diagnosers:
    """The majority class and a logistic regression."""
    return fit_simple(train, validation)
