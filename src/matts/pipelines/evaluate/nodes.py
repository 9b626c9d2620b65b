"""What it is all worth: tables, metrics, pictures and a report, on windows kept apart."""

from typing import Any

import pandas as pd
from pydantic_core import to_jsonable_python

from matts.detect.autoencoder import AutoencoderDetector
from matts.detect.roster import Calibration, Detectors, Seconds
from matts.diagnose.latent_classifier import LatentDiagnoser
from matts.diagnose.roster import Diagnosers
from matts.domain import Windows
from matts.evaluate import gallery
from matts.evaluate.charts import Chart
from matts.evaluate.cost import cost_table, take
from matts.evaluate.events import Card
from matts.evaluate.report import write_report
from matts.evaluate.results import EvaluateSettings, judge
from matts.evaluate.tables import diagnosis_table, score_table

Tree = dict[str, Any]


def score(
    detectors: Detectors, baselines: Detectors, validation: Windows, test: Windows
) -> pd.DataFrame:
    """Every detector's score of every validation and test window."""
    return score_table(detectors | baselines, validation=validation, test=test)


def diagnose(
    diagnosers: Diagnosers, baselines: Diagnosers, validation: Windows, test: Windows
) -> pd.DataFrame:
    """The fault that every diagnoser names for every validation and test window."""
    return diagnosis_table(diagnosers | baselines, validation=validation, test=test)


def pick_seeds(
    detectors: Detectors,
    baselines: Detectors,
    seconds: Seconds,
    baseline_seconds: Seconds,
    calibration: Tree,
    baseline_calibration: Tree,
) -> tuple[Detectors, Seconds]:
    """The best seed of every detector by validation, and how long it took to fit."""
    best = Calibration.join(calibration, baseline_calibration).best_seeds()
    return take(detectors | baselines, best), take(seconds | baseline_seconds, best)


def measure_cost(best: Detectors, test: Windows, seconds: Seconds) -> dict[str, Tree]:
    """Size, training and scoring cost of every detector."""
    return cost_table(best, test, seconds)


def judge_all(
    scores: pd.DataFrame,
    diagnoses: pd.DataFrame,
    calibration: Tree,
    baseline_calibration: Tree,
    costs: dict[str, Tree],
    settings: EvaluateSettings,
) -> Tree:
    """Every metric of every detector and diagnoser."""
    joined = Calibration.join(calibration, baseline_calibration)
    return judge(scores, diagnoses, joined, costs, settings)


def sign(judgement: Tree, parameters: Tree, data_source: Tree, split: Tree) -> Tree:
    """The result of the run, with what it was found on and every setting behind it."""
    source = {"dataset": parameters["dataset"], "data_source": data_source["data_source"]}
    return {**source, "split": split, **judgement, "parameters": to_jsonable_python(parameters)}


def draw(
    results: Tree,
    scores: pd.DataFrame,
    calibration: Tree,
    detectors: dict[str, AutoencoderDetector],
    diagnosers: dict[str, LatentDiagnoser],
    test: Windows,
) -> tuple[Chart, Chart, Chart, Chart, Chart, Chart]:
    """Scores over time, all detectors, rankings, confusion, training and latent map."""
    return (
        gallery.draw_scores(results, scores, calibration),
        gallery.draw_detectors(results, scores),
        gallery.draw_rankings(results, scores),
        gallery.draw_confusion(results),
        gallery.draw_training(results, detectors, diagnosers),
        gallery.draw_latent(results, detectors, test),
    )


def report(results: Tree, cards: list[Card]) -> str:
    """The result in words and tables."""
    return write_report(results, cards)
