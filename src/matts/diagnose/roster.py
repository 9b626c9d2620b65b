"""Who is fitted for stage two: the latent diagnoser once a seed, and what it is set beside."""

import logging
from collections.abc import Mapping
from functools import partial
from typing import Protocol

from matts.diagnose.latent_classifier import LatentDiagnoser
from matts.diagnose.logistic import LogisticDiagnoser
from matts.diagnose.majority import MajorityDiagnoser
from matts.diagnose.settings import DiagnosisSettings
from matts.diagnose.shared import SharedDiagnoser
from matts.diagnose.trees import TreesDiagnoser
from matts.domain import Diagnoser, State, Windows
from matts.groups import SensorSettings
from matts.models.fault_classifier import FaultClassifier
from matts.models.lstm_autoencoder import LstmAutoencoder
from matts.parallel import run_all
from matts.training import TrainingSettings
from matts.windows import Scaler

Diagnosers = dict[str, Diagnoser]  # by name and seed: "latent/0"

NOTHING = "none of %d training windows has a fault: no diagnoser can be trained"
log = logging.getLogger(__name__)


class StageOne(Protocol):
    """What a trained stage one hands over."""

    scaler: Scaler
    network: LstmAutoencoder
    training: TrainingSettings

    @property
    def fault_weight(self) -> float:
        """What the fault term of the loss counts."""
        ...

    @property
    def joint_classifier(self) -> FaultClassifier | None:
        """The diagnosis network, where it was trained along."""
        ...


def fit_latent(
    detectors: Mapping[str, StageOne], windows: Windows, validation: Windows, workers: int = 1
) -> Diagnosers:
    """One latent diagnoser behind each seed of the MATTS detector; none without faults to learn."""
    if not windows.faulty.any():
        log.warning(NOTHING, len(windows))
        return {}
    stages = {
        name.split("/")[1]: _unfitted(stage, len(windows.fault_names))
        for name, stage in detectors.items()
        if name.split("/")[0] == "matts"
    }
    fit = partial(_fit_classifier, windows, validation)
    states = run_all(fit, [*stages.values()], workers, "seeds")
    return {
        f"latent/{seed}": LatentDiagnoser.from_state(state)
        for seed, state in zip(stages, states, strict=True)
    }


def _unfitted(stage: StageOne, faults: int) -> State:
    """A diagnoser that is still to be fitted, unless its network was trained along."""
    trained, encoder = stage.joint_classifier, stage.network.encoder
    diagnoser = LatentDiagnoser(encoder, stage.scaler, stage.training, stage.fault_weight, trained)
    diagnoser.classifier = trained or FaultClassifier(encoder.latent, faults)
    return diagnoser.state()


def _fit_classifier(windows: Windows, validation: Windows, unfitted: State) -> State:
    """One training of stage two."""
    return LatentDiagnoser.from_state(unfitted).fit(windows, validation).state()


def fit_simple(
    windows: Windows, validation: Windows, sensors: SensorSettings, settings: DiagnosisSettings
) -> Diagnosers:
    """The diagnosers that a network has to beat; none without faults to learn."""
    if not windows.faulty.any():
        return {}
    return {
        "trees/0": TreesDiagnoser(settings.trees).fit(windows, validation),
        "shared/0": SharedDiagnoser(sensors).fit(windows, validation),
        "logistic/0": LogisticDiagnoser().fit(windows, validation),
        "majority/0": MajorityDiagnoser().fit(windows, validation),
    }
