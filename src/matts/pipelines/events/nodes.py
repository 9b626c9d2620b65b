"""Events of the test part: a card for each, and pictures of the strongest."""

from typing import Any

import pandas as pd

from matts.causes.explainer import CauseSettings, Explainer, pick
from matts.detect.calibration import Calibration
from matts.detect.roster import Detectors
from matts.diagnose.novelty import Novelty
from matts.diagnose.roster import Diagnosers
from matts.domain import Windows
from matts.evaluate import event_plots, similar
from matts.evaluate.charts import Chart
from matts.evaluate.events import Card, Told, listen, table_of, write_cards
from matts.evaluate.gallery import source_of
from matts.evaluate.results import DETECTOR, DIAGNOSER
from matts.evaluate.similar import PastEvents
from matts.groups import SensorSettings

Tree = dict[str, Any]


def pick_cause(explainers: dict[str, Explainer], settings: CauseSettings) -> Explainer:
    """The method that says which sensors are to blame."""
    return pick(explainers, settings)


def listen_to_deployed(
    detectors: Detectors,
    diagnosers: Diagnosers,
    novelty: dict[str, Novelty],
    explainer: Explainer,
    calibration: Tree,
    test: Windows,
) -> Told:
    """What the deployed detector and the diagnoser behind it say of the test part."""
    decided = Calibration.join(calibration)
    name = decided.best_seed(DETECTOR)
    scores = detectors[name].score(test)
    alerts = decided.thresholds[name].alerts(scores, test.assets)
    diagnoser = diagnosers.get(name.replace(DETECTOR, DIAGNOSER))
    return listen(explainer, diagnoser, novelty["novelty"], test, scores, alerts)


def recall(novelty: dict[str, Novelty], train: Windows, validation: Windows) -> PastEvents:
    """The labelled events before the test part."""
    return similar.recall(novelty["novelty"].directions, train, validation)


def write(told: Told, past: PastEvents, sensors: SensorSettings) -> tuple[list[Card], pd.DataFrame]:
    """The cards, and the same as a table."""
    cards = write_cards(told, past, sensors)
    return cards, table_of(cards)


def draw(told: Told, cards: list[Card], dataset: Any, source: Tree) -> tuple[Chart, Chart]:
    """When there were events, and which sensors made the strongest."""
    where = source_of({"dataset": dataset, "data_source": source["data_source"]})
    return (
        event_plots.event_timeline(told, cards, where),
        event_plots.contribution_map(told, cards, where),
    )
