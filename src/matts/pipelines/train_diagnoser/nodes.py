"""Stage two of MATTS: name the fault from the latent vector that each seed's stage one gives."""

from matts.diagnose.novelty import Novelty
from matts.diagnose.roster import Diagnosers, StageOne, fit_latent
from matts.diagnose.settings import DiagnosisSettings
from matts.domain import Windows


def fit_diagnosers(
    detectors: dict[str, StageOne], train: Windows, validation: Windows, workers: int
) -> Diagnosers:
    """One diagnoser a seed, trained on anomalous windows only."""
    return fit_latent(detectors, train, validation, workers)


def fit_novelty(
    train: Windows, validation: Windows, settings: DiagnosisSettings
) -> dict[str, Novelty]:
    """What says that an alert is like no known fault, whichever diagnoser is asked."""
    return {"novelty": Novelty(settings.unknown).fit(train, validation)}
