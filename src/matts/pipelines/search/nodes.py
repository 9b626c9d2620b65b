"""Search for better settings: trials, a table of them, the best one, pictures."""

from typing import Any

import pandas as pd

from matts.channels import Channels
from matts.detect.objective import DetectorSettings
from matts.evaluate.charts import Chart
from matts.evaluate.gallery import source_of
from matts.groups import SensorSettings
from matts.readings import to_readings
from matts.search import charts, results, study
from matts.search.recipe import Recipe
from matts.search.space import SearchSettings
from matts.search.trial import Trial
from matts.training import TrainingSettings
from matts.windows import WindowSettings

Tree = dict[str, Any]


def write_recipe(
    windows: WindowSettings, detector: DetectorSettings, training: TrainingSettings
) -> Recipe:
    """The preset, around which is searched."""
    return Recipe(windows=windows, detector=detector, training=training)


def make_channels(
    readings: pd.DataFrame, settings: WindowSettings, sensors: SensorSettings
) -> pd.DataFrame:
    """What detectors look at by the settings of now, whatever an earlier run stored."""
    return Channels.fit(readings, settings, sensors).from_start(readings)


def run_trials(
    channels: pd.DataFrame,
    recipe: Recipe,
    settings: SearchSettings,
    dataset: Any,
    workers: int,
) -> list[Trial]:
    """Every trial, kept and new."""
    return study.search(to_readings(channels), recipe, settings, str(dataset), workers)


def sum_up(
    trials: list[Trial],
    recipe: Recipe,
    settings: SearchSettings,
    dataset: Any,
    data_source: Tree,
) -> tuple[pd.DataFrame, Tree]:
    """The table of trials, and what they come to."""
    source = {"dataset": dataset, "data_source": data_source["data_source"]}
    return results.table_of(trials), results.summarise(trials, recipe, settings, source)


def draw(trials: list[Trial], settings: SearchSettings, found: Tree) -> tuple[Chart, Chart]:
    """How the search went, and where good trials lie."""
    source = source_of(found)
    return (
        charts.history(trials, source),
        charts.coordinates(trials, settings.space.axes, source),
    )
