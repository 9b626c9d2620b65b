"""The pictures of a run, drawn from its results and tables."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from matts.detect.autoencoder import AutoencoderDetector
from matts.detect.calibration import Calibration
from matts.detect.controls import CONTROLS
from matts.diagnose.latent_classifier import LatentDiagnoser
from matts.domain import Windows
from matts.evaluate import cause_views
from matts.evaluate.chart_plotly import draw_plotly
from matts.evaluate.chart_png import draw_png
from matts.evaluate.charts import Chart
from matts.evaluate.plots import confusion, latent_map, pr_curves, scores_over_time, training_curves
from matts.evaluate.results import DETECTOR
from matts.evaluate.tables import alerts_of, fault_names, truth_of
from matts.evaluate.time_axis import Course, detectors_over_time

Tree = Mapping[str, Any]
SOURCES = {"real": "real readings", "simulated": "simulated readings"}


def render(chart: Chart) -> tuple[Any, Any]:
    """A chart as a picture and as one to move in; empty tuples where there is nothing to draw."""
    if not chart.panels:
        return (), ()
    return draw_png(chart), draw_plotly(chart)


def source_of(results: Tree) -> str:
    """What every picture says of its data.

    >>> source_of({"data_source": "simulated", "dataset": 6})
    'simulated readings, data set 6'
    """
    return f"{SOURCES[results['data_source']]}, data set {results['dataset']}"


def draw_scores(results: Tree, scores: pd.DataFrame, calibration: Tree) -> Chart:
    """The deployed detector's scores of the test part, with its threshold and the true faults."""
    test, deployed = scores[scores["part"] == "test"], results["deployed"]["detector"]
    threshold = Calibration.join(calibration).thresholds[deployed]
    return scores_over_time(
        test["reading"].to_numpy(),
        test[deployed].to_numpy(),
        alerts_of(test, deployed, threshold),
        truth_of(test),
        fault_names(test),
        threshold.limit,
        source_of(results),
    )


def draw_detectors(results: Tree, scores: pd.DataFrame, calibration: Calibration) -> Chart:
    """Every detector's scores of the test part on the one scale, the best on top.

    Without those that know nothing: there is nothing to see.
    """
    test, models = scores[scores["part"] == "test"], results["models"]
    able = [name for name in models if name not in CONTROLS and not name.startswith("untrained")]
    ranked = sorted(able, key=lambda name: -(models[name]["pr_auc"] or 0.0))
    keys = {name: f"{name}/{models[name]['seed']}" for name in ranked}
    courses = {name: _course(test, key, calibration) for name, key in keys.items()}
    faults = tuple(fault_names(test))
    places = test["reading"].to_numpy()
    return detectors_over_time(courses, places, truth_of(test), faults, source_of(results))


def _course(test: pd.DataFrame, name: str, calibration: Calibration) -> Course:
    """What one detector said, on the scale that all share."""
    assets, threshold = test["asset"].to_numpy(np.str_), calibration.thresholds[name]
    limit = calibration.surprise(name, np.array([threshold.limit]))
    scores = calibration.surprise(name, test[name].to_numpy(), assets)
    return Course(scores, float(limit[0]), alerts_of(test, name, threshold))


def draw_rankings(results: Tree, scores: pd.DataFrame) -> Chart:
    """Precision over recall of each detector on the test part."""
    test = scores[scores["part"] == "test"]
    faulty = np.asarray(truth_of(test).any(axis=1))
    curves = {
        name: (test[f"{name}/{entry['seed']}"].to_numpy(), faulty)
        for name, entry in results["models"].items()
    }
    return pr_curves(curves, source_of(results))


def draw_confusion(results: Tree) -> Chart:
    """Truth against what was named, end to end; without a diagnoser an empty cell."""
    if results["end_to_end"] is None:
        return confusion(["not named"], [[0]], source_of(results))
    confused = results["end_to_end"]["confusion"]
    return confusion(confused["labels"], confused["matrix"], source_of(results))


def draw_training(
    results: Tree,
    detectors: Mapping[str, AutoencoderDetector],
    diagnosers: Mapping[str, LatentDiagnoser],
) -> Chart:
    """Losses and validation figures of both stages, epoch by epoch."""
    histories = {
        f"{stage}, seed {name.split('/')[1]}": model.history
        for stage, models in (("detector", detectors), ("diagnoser", diagnosers))
        for name, model in models.items()
        if not name.startswith(f"{DETECTOR}_")
    }
    return training_curves(histories, source_of(results))


def draw_latent(
    results: Tree, detectors: Mapping[str, AutoencoderDetector], test: Windows
) -> Chart:
    """The deployed encoder's view of the test windows."""
    latent = detectors[results["deployed"]["detector"]].latent(test)
    return latent_map(latent, test.classes, test.fault_names, source_of(results))


def draw_causes(results: Tree) -> Chart:
    """Which method blames the right sensors."""
    return cause_views.draw_causes(results["root_cause"], source_of(results))
