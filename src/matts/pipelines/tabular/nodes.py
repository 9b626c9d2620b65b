"""Rows, features and folds; a cell for each task and model; figures, models and a page."""

from typing import Any

import pandas as pd

from matts.evaluate import tabular_tables
from matts.evaluate.charts import Chart
from matts.evaluate.gallery import source_of
from matts.evaluate.tabular import Verdict, judge_study
from matts.evaluate.tabular_report import write_page
from matts.evaluate.tabular_views import draw_tabular
from matts.groups import SensorSettings
from matts.source.settings import SourceSettings
from matts.tabular import deployed, label_words, rules, runs, study
from matts.tabular.deployed import Deployed
from matts.tabular.features_weighed import weigh_features
from matts.tabular.model import TabularModel
from matts.tabular.predictions import Predictions
from matts.tabular.settings import TabularSettings
from matts.tabular.study import Study

Tree = dict[str, Any]
Frames = dict[str, pd.DataFrame]
Models = dict[str, TabularModel]


def open_study(readings: pd.DataFrame, sensors: SensorSettings, settings: TabularSettings) -> Study:
    """What can be asked of the readings."""
    return study.open_study(readings, sensors, settings)


def ask(opened: Study, settings: TabularSettings, workers: int) -> list[Predictions]:
    """What every configuration says of rows that it was not fitted on."""
    return runs.fill(opened, settings, workers)


def judge(
    opened: Study, said: list[Predictions], settings: TabularSettings, workers: int
) -> list[Verdict]:
    """What that is worth, beside controls."""
    return judge_study(opened, said, by_time=settings.folds.by == "time", workers=workers)


def tabulate(
    opened: Study, said: list[Predictions], verdicts: list[Verdict]
) -> tuple[Frames, Frames, Frames, pd.DataFrame]:
    """Results, predictions and the best model's answers of each task; all figures in one table."""
    results = tabular_tables.results_by_task(verdicts, said)
    predictions = tabular_tables.predictions_by_task(opened, said)
    best = tabular_tables.best_by_task(opened, verdicts, said)
    return results, predictions, best, tabular_tables.figures_table(verdicts, said)


def sum_up(
    opened: Study,
    said: list[Predictions],
    verdicts: list[Verdict],
    source: Tree,
    dataset: Any,  # a number or a name
    settings: TabularSettings,
) -> Tree:
    """The study as JSON can hold it."""
    told = {"dataset": dataset, "data_source": source["data_source"], **settings.told}
    return tabular_tables.summarise(opened, verdicts, said, told)


def fit_best(
    opened: Study, verdicts: list[Verdict], settings: TabularSettings, workers: int
) -> tuple[Models, Models]:
    """The best model of each task, fitted on all examples, and on what trains the first fold."""
    best = {verdict.task: verdict.best for verdict in verdicts}
    return runs.fit_best(opened, best, settings, workers)


def describe(
    opened: Study,
    models: Models,
    source: SourceSettings,
    sensors: SensorSettings,
    settings: TabularSettings,
) -> dict[str, Deployed]:
    """The models with all that they have to know of the tables that they are asked about."""
    return deployed.describe(opened, models, source, sensors, settings)


def explain_labels(opened: Study) -> Tree:
    """What each label is made of."""
    return rules.explain_labels(opened.rows)


def write(summary: Tree, results: Frames, labels: Tree) -> str:
    """The page for people."""
    return write_page(summary, results, label_words.sentences(labels))


def weigh(opened: Study, models: Models, settings: TabularSettings) -> pd.DataFrame:
    """What the best model of each task looks at, on machines that it has not seen."""
    return weigh_features(opened, models, settings.seed)


def draw(
    opened: Study, figures: pd.DataFrame, best: Frames, importance: pd.DataFrame, summary: Tree
) -> tuple[Chart, ...]:
    """Every picture of the study."""
    return draw_tabular(figures, best, importance, opened.rows, source_of(summary))
