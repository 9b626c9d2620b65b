"""Ask every cell: what is done is read, what is missing is done and written at once."""

import logging
import shutil
import tempfile
import time
from collections.abc import Mapping
from functools import partial
from pathlib import Path

import numpy as np

from matts.parallel import run_all
from matts.tabular.asking import lesson_of
from matts.tabular.cells import Cell, cells_of, run_cell
from matts.tabular.model import TabularModel, fit_model
from matts.tabular.predictions import Predictions, read_predictions, write_predictions
from matts.tabular.settings import TabularSettings
from matts.tabular.study import Study

log = logging.getLogger(__name__)

# How long models take beside one another: the longest begin first, so that none is left alone at
# the end, and what is to go is told by what is left of this sum.
WEIGHTS = {
    "hybrid": 20.0,
    "stacking": 12.0,
    "voting": 8.0,
    "gradient_boosting": 4.0,
    "catboost": 4.0,
    "random_forest": 4.0,
    "extra_trees": 3.0,
    "adaboost": 3.0,
    "xgboost": 2.0,
    "lightgbm": 2.0,
    "hist_gradient_boosting": 2.0,
    "shuffled": 4.0,
}
LIGHT = 0.5
ALL, FIRST = "all", "first"  # examples that a kept model has learnt: every one, the first fold's

Models = dict[str, TabularModel]  # by the key of the task


def fill(study: Study, settings: TabularSettings, workers: int) -> list[Predictions]:
    """What came of every cell: of those that are there already, and of those that were missing.

    A cell is a file of its own, named by the digest of all that decides it; so a run that was
    killed goes on behind what it finished, and only what changed is done again.
    """
    folder, plan = Path(settings.storage), cells_of(study, settings)
    kept = {cell.key: read_predictions(_file(folder, cell)) for cell in plan}
    there = {key: each for key, each in kept.items() if each}
    missing = sorted((cell for cell in plan if cell.key not in there), key=weight, reverse=True)
    log.info("tabular: %d of %d configurations are there", len(there), len(plan))
    keep = partial(_keep, folder, missing, time.perf_counter(), there)
    run_all(partial(run_cell, study), missing, workers, "configurations", keep)
    found = [there[cell.key] for cell in plan]
    log.info("%s", in_words(found, study))
    return found


def weight(cell: Cell) -> float:
    """About how long a cell takes beside others."""
    return WEIGHTS.get(cell.model, LIGHT)


def _file(folder: Path, cell: Cell) -> Path:
    return folder / f"{cell.key}.npz"


def _keep(
    folder: Path,
    missing: list[Cell],
    began: float,
    there: dict[str, Predictions],
    place: int,
    found: Predictions,
) -> None:
    """Write a cell as soon as it is home, and say where the study stands.

    One that only lacks a library is not written: it is asked again once that is installed.
    """
    cell = missing[place]
    if not found.lacks_library:
        write_predictions(_file(folder, cell), found)
    there[cell.key] = found
    done = [each for each in missing if each.key in there]
    left = sum(map(weight, missing)) / sum(map(weight, done)) - 1
    log.log(
        logging.DEBUG if cell.control else logging.INFO,
        "%s, %s: %s; %d of %d, about %.0f s to go",
        *(cell.task, cell.model, _outcome(found), len(done), len(missing)),
        left * (time.perf_counter() - began),
    )


def _outcome(found: Predictions) -> str:
    return f"left out ({found.problem})" if found.problem else f"{found.cost.cpu_seconds:.1f} CPU s"


def in_words(found: list[Predictions], study: Study) -> str:
    """How much was asked, and what it cost, whenever it was done."""
    answered = [each for each in found if not each.problem]
    models = sum(not each.control for each in answered)
    cpu = sum(each.cost.cpu_seconds for each in answered)
    examples = sum(len(subject.examples.rows) for subject in study.subjects.values())
    return (
        f"{models} configurations and {len(answered) - models} controls, {examples:,} examples "
        f"of {len(study.subjects)} tasks: {cpu:.0f} CPU s, whenever they were spent"
    )


def fit_best(
    study: Study, best: Mapping[str, str], settings: TabularSettings, workers: int
) -> tuple[Models, Models]:
    """The best model of each task, fitted on all examples, and on what trains the first fold.

    The second can be asked about the machines that it has not seen. What is kept is read.
    """
    cells = {(cell.task, cell.model): cell for cell in cells_of(study, settings)}
    chosen = [cells[each] for each in best.items()]
    plan = [(cell, part) for part in (ALL, FIRST) for cell in chosen]
    made = run_all(partial(_fit_or_read, study, Path(settings.storage)), plan, workers, "models")
    models = {(c.task, part): TabularModel.load(f) for (c, part), f in zip(plan, made, strict=True)}
    every, first = ({key: models[key, part] for key in best} for part in (ALL, FIRST))
    return every, first


def _fit_or_read(study: Study, folder: Path, asked: tuple[Cell, str]) -> Path:
    """The folder of a model, which is there whole or not at all."""
    cell, part = asked
    final = folder / f"{cell.key}-{part}"
    if final.exists():
        return final
    subject = study.subjects[cell.task]
    every = np.arange(len(subject.examples.rows))
    places = subject.folds[0].train if part == FIRST else every
    lesson = lesson_of(study.rows, study.features, subject.examples, places, cell.seed)
    model = fit_model(cell.model, cell.values, lesson)
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder, prefix=".") as scratch:
        model.save(Path(scratch) / "model")
        shutil.move(Path(scratch) / "model", final)
    return final
