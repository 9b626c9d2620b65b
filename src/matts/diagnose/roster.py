"""Who is fitted for stage two: the latent diagnoser once a seed, and what it is set beside."""

from collections.abc import Mapping
from typing import Protocol

from matts.diagnose.latent_classifier import LatentDiagnoser
from matts.diagnose.logistic import LogisticDiagnoser
from matts.diagnose.majority import MajorityDiagnoser
from matts.domain import Diagnoser, Windows
from matts.models.fault_classifier import FaultClassifier
from matts.models.lstm_autoencoder import LstmAutoencoder
from matts.training import TrainingSettings
from matts.windows import Scaler

Diagnosers = dict[str, Diagnoser]  # by name and seed: "latent/0"


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
    detectors: Mapping[str, StageOne], windows: Windows, validation: Windows
) -> Diagnosers:
    """One latent diagnoser behind each seed of the MATTS detector."""
    fitted: Diagnosers = {}
    for name, stage in detectors.items():
        kind, seed = name.split("/")
        if kind == "matts":
            encoder = stage.network.encoder
            diagnoser = LatentDiagnoser(
                encoder, stage.scaler, stage.training, stage.fault_weight, stage.joint_classifier
            )
            fitted[f"latent/{seed}"] = diagnoser.fit(windows, validation)
    return fitted


def fit_simple(windows: Windows, validation: Windows) -> Diagnosers:
    """The diagnosers that a network has to beat."""
    return {
        "logistic/0": LogisticDiagnoser().fit(windows, validation),
        "majority/0": MajorityDiagnoser().fit(windows, validation),
    }
