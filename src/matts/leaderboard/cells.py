"""One cell: one detector on one dataset with one seed; what it is, and what came of it."""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

import numpy as np
from pydantic import BaseModel
from pydantic_core import to_json

from matts.code import code_alone, code_of
from matts.detect import DETECTORS
from matts.detect.autoencoder import AutoencoderDetector
from matts.detect.calibration import calibrate_all
from matts.detect.roster import (
    MATTS,
    UNTRAINED,
    fit_matts,
    fit_one,
    fit_untrained,
    settings_of,
    told_of,
)
from matts.domain import BadInputError, Detector
from matts.evaluate.cost import count_numbers, ms_per_window
from matts.evaluate.detection import Metrics, detection_metrics, unlabelled_metrics
from matts.evaluate.tables import alerts_of, score_table, truth_of
from matts.leaderboard.arenas import Arena

Tree = dict[str, Any]

JUDGES = ("matts.detect.calibration", "matts.evaluate.detection", "matts.evaluate.tables")
FITTERS = ("matts.detect.roster", __name__)  # without what they import: all detectors
TOLD = {"log_every", "save_every", "save_folder"}  # of a training: what it says, not what it does


@dataclass(frozen=True)
class Cell:
    """What is to be fitted on which dataset, and the digest of all that decides what it gives."""

    dataset: str
    detector: str
    seed: int
    key: str
    values: Tree  # the detector's own settings


def cells_of(dataset: str, arena: Arena, detector: str, seeds: int) -> list[Cell]:
    """The cells of a detector on a dataset: one a seed, or one where nothing is drawn."""
    values, first = _settings(arena, detector)
    if first is None:
        return [Cell(dataset, detector, 0, _key(arena, detector, 0, values), values)]
    return [
        Cell(dataset, detector, seed, _key(arena, detector, seed, own), own)
        for seed in range(first, first + seeds)
        for own in [values if detector in (MATTS, UNTRAINED) else {**values, "seed": seed}]
    ]


def _settings(arena: Arena, detector: str) -> tuple[Tree, int | None]:
    """A detector's settings on a dataset, and its first seed if it has any."""
    recipe = arena.recipe
    if detector in (MATTS, UNTRAINED):
        training = recipe.training.model_dump(mode="json", exclude={"seed", *TOLD})
        both = {"detector": recipe.detector.model_dump(mode="json"), "training": training}
        return both, recipe.training.seed
    given = told_of(detector, recipe.baselines.detectors.get(detector, {}), recipe.sensors)
    whole: BaseModel = settings_of(detector)(**given)
    values = whole.model_dump(mode="json")
    return values, values.get("seed")


def _key(arena: Arena, detector: str, seed: int, values: Tree) -> str:
    """The digest of windows, settings, seed and code."""
    kind = AutoencoderDetector if detector in (MATTS, UNTRAINED) else DETECTORS[detector]
    decides = {
        "windows": arena.digest,
        "detector": detector,
        "settings": values,
        "seed": seed,
        "threshold": arena.recipe.threshold.model_dump(mode="json"),
        "vus_buffer": arena.recipe.evaluate.vus_buffer,
        "code": [code_of(kind.__module__, *JUDGES), *map(code_alone, FITTERS)],
    }
    return sha256(to_json(decides)).hexdigest()


def run_cell(arenas: Mapping[str, Arena], cell: Cell) -> Tree:
    """Fit, draw the line, judge; a detector that cannot learn from these windows says why."""
    arena = arenas[cell.dataset]
    told = {"dataset": cell.dataset, "detector": cell.detector, "seed": cell.seed}
    try:
        detector, seconds = _fit(arena, cell)
        return {
            **told,
            "problem": None,
            "metrics": _judge(arena, detector),
            "cost": {
                "training_seconds": seconds,
                "ms_per_window": ms_per_window(detector, arena.split.test),
                "parameters": count_numbers(detector)[0],
            },
        }
    except BadInputError as error:
        return {**told, "problem": str(error), "metrics": {}, "cost": {}}


def _fit(arena: Arena, cell: Cell) -> tuple[Detector, float]:
    """The fitted detector, and its seconds; those of the untrained one are those of its birth."""
    split, recipe = arena.split, arena.recipe
    if cell.detector not in (MATTS, UNTRAINED):
        return fit_one(split.train, split.validation, cell.detector, cell.values)
    training = recipe.training.model_copy(update={"seed": cell.seed})
    fit = fit_matts if cell.detector == MATTS else fit_untrained
    started = time.perf_counter()
    fitted, _ = fit(split.train, split.validation, recipe.detector, training, 1)
    return fitted[f"{cell.detector}/{cell.seed}"], time.perf_counter() - started


def _judge(arena: Arena, detector: Detector) -> Metrics:
    """Every metric of the test part, with the threshold that validation windows gave.

    Where nobody labelled anything, no alarm is false: as in a run, there is but how many there are.
    """
    split, recipe, name = arena.split, arena.recipe, "it/0"
    found = calibrate_all({name: detector}, split.validation, recipe.threshold, split.train)
    table = score_table({name: detector}, test=split.test)
    scores, segments = table[name].to_numpy(), table["segment"].to_numpy()
    alerts = alerts_of(table, name, found.thresholds[name])
    truth, buffer = truth_of(table), recipe.evaluate.vus_buffer
    if not truth.shape[1]:
        return unlabelled_metrics(scores, alerts, segments, max_buffer=buffer)
    faulty = np.asarray(truth.any(axis=1))
    return detection_metrics(scores, alerts, faulty, segments, max_buffer=buffer)
