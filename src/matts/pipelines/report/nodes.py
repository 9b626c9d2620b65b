"""What a run is told by: pictures of its results, and a page of words and tables."""

from typing import Any

import pandas as pd

from matts.detect.autoencoder import AutoencoderDetector
from matts.detect.calibration import Calibration
from matts.diagnose.latent_classifier import LatentDiagnoser
from matts.domain import Windows
from matts.evaluate import gallery
from matts.evaluate.charts import Chart
from matts.evaluate.events import Card
from matts.evaluate.report import write_report

Tree = dict[str, Any]


def draw(
    results: Tree,
    scores: pd.DataFrame,
    calibration: Tree,
    detectors: dict[str, AutoencoderDetector],
    diagnosers: dict[str, LatentDiagnoser],
    test: Windows,
) -> tuple[Chart, ...]:
    """Scores over time, rankings, confusion, training, latent map, root cause."""
    return (
        gallery.draw_scores(results, scores, calibration),
        gallery.draw_rankings(results, scores),
        gallery.draw_confusion(results),
        gallery.draw_training(results, detectors, diagnosers),
        gallery.draw_latent(results, detectors, test),
        gallery.draw_causes(results),
    )


def draw_detectors(
    results: Tree, scores: pd.DataFrame, calibration: Tree, baseline_calibration: Tree
) -> Chart:
    """All detectors on one scale and one axis of time."""
    joined = Calibration.join(calibration, baseline_calibration)
    return gallery.draw_detectors(results, scores, joined)


def report(results: Tree, cards: list[Card], quality: Tree) -> str:
    """The result in words and tables."""
    return write_report(results, cards, quality)
