"""Everything that the MATTS network is set beside, on the same windows."""

from typing import Any

from matts.detect.calibration import Calibration, calibrate_all
from matts.detect.objective import DetectorSettings
from matts.detect.roster import (
    BaselineSettings,
    Detectors,
    LeftOut,
    Seconds,
    combine,
    fit_baselines,
    fit_untrained,
    pick_parts,
)
from matts.detect.threshold import ThresholdSettings
from matts.diagnose.roster import Diagnosers, fit_simple
from matts.diagnose.settings import DiagnosisSettings
from matts.domain import Windows
from matts.evaluate.results import EvaluateSettings
from matts.groups import SensorSettings
from matts.training import TrainingSettings

Tree = dict[str, Any]


def fit_controls(
    train: Windows,
    validation: Windows,
    settings: BaselineSettings,
    sensors: SensorSettings,
    evaluate: EvaluateSettings,
    workers: int,
) -> tuple[Detectors, Seconds, LeftOut]:
    """Every registered baseline, how long each took, and which could not be fitted."""
    return fit_baselines(train, validation, settings, sensors, evaluate.seeds, workers)


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
    some: Detectors, some_seconds: Seconds, others: Detectors, others_seconds: Seconds
) -> tuple[Detectors, Seconds]:
    """All of them together."""
    return some | others, some_seconds | others_seconds


def calibrate_singles(
    singles: Detectors, train: Windows, validation: Windows, settings: ThresholdSettings
) -> Tree:
    """The threshold of each baseline, found as ours is."""
    return calibrate_all(singles, validation, settings, train).model_dump()


def choose_parts(
    detectors: Detectors,
    singles: Detectors,
    calibration: Tree,
    single_calibration: Tree,
    settings: BaselineSettings,
) -> Detectors:
    """The detectors that are to be combined, the best seed of each."""
    known = Calibration.join(calibration, single_calibration)
    return pick_parts(detectors | singles, known, settings)


def combine_parts(
    parts: Detectors,
    train: Windows,
    validation: Windows,
    settings: BaselineSettings,
    threshold: ThresholdSettings,
) -> tuple[Detectors, Seconds, Tree]:
    """Their combination, how long it took to learn, and its threshold."""
    combined, seconds, found = combine(parts, train, validation, settings, threshold)
    return combined, seconds, found.model_dump()


def join_calibrations(single_calibration: Tree, combined_calibration: Tree) -> Tree:
    """The thresholds of all of them."""
    return Calibration.join(single_calibration, combined_calibration).model_dump()


def fit_baseline_diagnosers(
    train: Windows, validation: Windows, sensors: SensorSettings, settings: DiagnosisSettings
) -> Diagnosers:
    """The majority class, a logistic regression, one that like components share, and a forest."""
    return fit_simple(train, validation, sensors, settings)
