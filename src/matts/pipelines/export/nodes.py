"""Write the deployed detector and its diagnoser for other programs."""

from typing import Any

from matts.detect.roster import Detectors
from matts.diagnose.roster import Diagnosers
from matts.domain import Windows
from matts.export.card import Card, describe_models, describe_training
from matts.export.forms import Forms, forms_of, to_forms
from matts.export.graph import graph_of
from matts.groups import SensorSettings
from matts.serve.batch import Deployed
from matts.source.settings import SourceSettings

Tree = dict[str, Any]


def describe_readings(
    train: Windows, source: Tree, dataset: Any, settings: SourceSettings, sensors: SensorSettings
) -> Card:
    """Which readings the models need, and which they have seen."""
    return describe_training(train, source, dataset, settings.layout, sensors)


def choose(detectors: Detectors, diagnosers: Diagnosers, calibration: Tree) -> Deployed:
    """The detector that goes into the plant, and the diagnoser behind it."""
    return Deployed.choose(detectors, diagnosers, calibration)


def write_cards(deployed: Deployed, calibration: Tree, training: Card) -> dict[str, Card]:
    """What each exported file says of itself."""
    return describe_models(deployed.detector, deployed.diagnoser, calibration, training)


def export_detector(deployed: Deployed, cards: dict[str, Card]) -> Forms:
    """The detector with its scale and its threshold, in each form."""
    return to_forms(graph_of(deployed.detector, deployed.threshold.limit), cards["detector"])


def export_diagnoser(deployed: Deployed, cards: dict[str, Card]) -> Forms:
    """The diagnoser, if there is one, in each form."""
    return forms_of(deployed.diagnoser, cards)
