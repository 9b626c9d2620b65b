"""What training leaves for the live service beside its models."""

from typing import Any

import pandas as pd

from matts.causes.explainer import CauseSettings
from matts.detect.calibration import Calibration
from matts.detect.roster import MATTS, Detectors
from matts.diagnose.novelty import Novelty
from matts.domain import Windows
from matts.evaluate import similar
from matts.groups import SensorSettings
from matts.monitor.reference import TrainingReference
from matts.readings import to_readings
from matts.serve.profile import LiveProfile, assets_of, refer
from matts.source.settings import SourceSettings
from matts.windows import WindowSettings, split_readings

Tree = dict[str, Any]


def measure(
    readings: pd.DataFrame,
    settings: WindowSettings,
    train: Windows,
    validation: Windows,
    detectors: Detectors,
    calibration: Tree,
) -> TrainingReference:
    """What healthy training readings are like, and what the deployed detector makes of them."""
    raw = split_readings(to_readings(readings), settings)
    deployed = detectors[Calibration.join(calibration).best_seed(MATTS)]
    return refer((raw.train, raw.validation), train, validation, deployed)


def keep(
    reference: TrainingReference,
    novelty: dict[str, Novelty],
    train: Windows,
    validation: Windows,
    settings: tuple[Any, SensorSettings, CauseSettings, SourceSettings],
) -> dict[str, LiveProfile]:
    """All that the live service is told, in one file."""
    name, sensors, causes, source = settings
    past = similar.recall(novelty["novelty"].directions, train, validation)
    known = assets_of(train)
    profile = LiveProfile(str(name), reference, past, sensors, causes.method, source.missing, known)
    return {"profile": profile}


def choose_settings(
    dataset: Any, sensors: SensorSettings, causes: CauseSettings, source: SourceSettings
) -> tuple[Any, SensorSettings, CauseSettings, SourceSettings]:
    """The settings that matter live."""
    return dataset, sensors, causes, source
