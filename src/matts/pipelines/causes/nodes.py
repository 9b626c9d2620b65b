"""What it takes to say which sensors an alert blames."""

from typing import Any

from matts.causes.explainer import CauseSettings, Explainer, fit_explainers
from matts.detect.calibration import Calibration
from matts.detect.roster import Detectors
from matts.domain import Windows


def prepare(
    detectors: Detectors,
    baselines: Detectors,
    calibration: dict[str, Any],
    baseline_calibration: dict[str, Any],
    train: Windows,
    settings: CauseSettings,
) -> dict[str, Explainer]:
    """The method that explains alerts, and those that it is judged beside."""
    joined = Calibration.join(calibration, baseline_calibration)
    return fit_explainers(detectors | baselines, joined, train, settings)
