"""Rows, features and folds; a cell for each task and model; figures, models and a page."""

from typing import Any

import pandas as pd

from matts.evaluate import tabular_tables
from matts.evaluate.tabular import Verdict, judge_study
from matts.evaluate.tabular_report import write_page
from matts.groups import SensorSettings
from matts.tabular import rules, runs, study
from matts.tabular.model import TabularModel
from matts.tabular.predictions import Predictions
from matts.tabular.settings import TabularSettings
from matts.tabular.study import Study

Tree = dict[str, Any]
Frames = dict[str, pd.DataFrame]
Models = dict[str, TabularModel]


def open_study(
    readings: pd.DataFrame, sensors: SensorSettings, settings: TabularSettings
) -> Study:
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
) -> tuple[Frames, Frames, pd.DataFrame]:
    """Results and predictions of each task, and all figures in one table."""
    results = tabular_tables.results_by_task(verdicts, said)
    predictions = tabular_tables.predictions_by_task(opened, said)
    return results, predictions, tabular_tables.figures_table(verdicts, said)


def sum_up(
    opened: Study,
    said: list[Predictions],
    verdicts: list[Verdict],
    source: Tree,
    dataset: int | str,
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


def explain_labels(opened: Study) -> Tree:
    """What each label is made of."""
    return rules.explain_labels(opened.rows)


def write(summary: Tree, results: Frames, labels: Tree) -> str:
    """The page for people."""
    return write_page(summary, results, rules.sentences(labels))
