"""Stage two: name the fault behind a window that stage one found strange."""

from matts.diagnose.latent_classifier import LatentDiagnoser
from matts.diagnose.logistic import LogisticDiagnoser
from matts.diagnose.majority import MajorityDiagnoser
from matts.diagnose.shared import SharedDiagnoser
from matts.diagnose.trees import TreesDiagnoser
from matts.domain import Diagnoser

DIAGNOSERS: dict[str, type[Diagnoser]] = {
    "latent": LatentDiagnoser,
    "logistic": LogisticDiagnoser,
    "shared": SharedDiagnoser,
    "trees": TreesDiagnoser,
    "majority": MajorityDiagnoser,
}
