"""What it takes to foresee remaining life, and to say how well it is foreseen."""

from typing import Any

import pandas as pd

from matts.domain import Windows
from matts.evaluate.charts import Chart
from matts.evaluate.gallery import source_of
from matts.evaluate.life import judge_life
from matts.evaluate.life_views import draw_life
from matts.groups import SensorSettings
from matts.life.settings import LifeSettings
from matts.life.study import Estimators, fit_lives, foresee_all
from matts.life.whole import cut_lives
from matts.readings import to_readings
from matts.windows import WindowSettings

Tree = dict[str, Any]


def cut(readings: pd.DataFrame, settings: WindowSettings) -> tuple[Windows, Windows, Windows, str]:
    """Sensors as they are, whatever detectors look at: wear is measured off a unit's own start.

    Beside the parts, why no life can be foreseen with them.
    """
    return cut_lives(to_readings(readings), settings)


def fit(
    train: Windows,
    validation: Windows,
    settings: LifeSettings,
    sensors: SensorSettings,
    workers: int,
) -> tuple[Estimators, pd.DataFrame]:
    """One estimator a seed, and what was foreseen of assets held out."""
    return fit_lives(train, validation, settings, sensors, workers)


def foresee(estimators: Estimators, test: Windows) -> pd.DataFrame:
    """What is foreseen at every reading of the test part."""
    return foresee_all(estimators, test)


def judge(
    estimators: Estimators,
    held_out: pd.DataFrame,
    foreseen: pd.DataFrame,
    settings: LifeSettings,
    problem: str,
) -> Tree:
    """What all that is worth: `life` of the results, or why there is none, or nothing."""
    judged = judge_life(estimators, held_out, foreseen, settings)
    return {**judged, "life_left_out": problem}


def draw(foreseen: pd.DataFrame, results: Tree, settings: LifeSettings) -> tuple[Chart, Chart]:
    """Foreseen against true, and some units' lives."""
    return draw_life(foreseen, settings, source_of(results))
