"""Write the deployed detector and its diagnoser for other programs."""

from typing import Any

from matts.detect.roster import Detectors
from matts.diagnose.roster import Diagnosers
from matts.domain import Windows
from matts.export.card import Card, describe_models, describe_training
from matts.export.forms import Forms, to_forms
from matts.export.graph import graph_of
from matts.ingest import IngestSettings
from matts.serve.batch import Deployed

Tree = dict[str, Any]


def describe_readings(train: Windows, source: Tree, dataset: Any, settings: IngestSettings) -> Card:
    """Which readings the models need, and which they have seen."""
    return describe_training(train, source, dataset, settings.layout)


def write_cards(
    detectors: Detectors, diagnosers: Diagnosers, calibration: Tree, training: Card
) -> dict[str, Card]:
    """What each exported file says of itself."""
    deployed = Deployed.choose(detectors, diagnosers, calibration)
    return describe_models(deployed.detector, deployed.diagnoser, calibration, training)


def export_detector(
    detectors: Detectors, diagnosers: Diagnosers, calibration: Tree, cards: dict[str, Card]
) -> Forms:
    """The deployed detector with its scale and its threshold, in each form."""
    deployed = Deployed.choose(detectors, diagnosers, calibration)
    return to_forms(graph_of(deployed.detector, deployed.threshold.limit), cards["detector"])


def export_diagnoser(
    detectors: Detectors, diagnosers: Diagnosers, calibration: Tree, cards: dict[str, Card]
) -> Forms:
    """The diagnoser behind the deployed detector, in each form."""
    deployed = Deployed.choose(detectors, diagnosers, calibration)
    return to_forms(graph_of(deployed.diagnoser), cards["diagnoser"])
