"""Ask every cell: what is done is read, what is missing is done and written at once."""

import logging
import shutil
import tempfile
import time
from collections.abc import Mapping
from functools import partial
from pathlib import Path

from matts.parallel import run_all
from matts.tabular.cells import Cell, cells_of, lesson_of, run_cell
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
    "shuffled": 2.0,
}
LIGHT = 0.5
FIRST = "first"  # the model of the first fold's training part


def fill(study: Study, settings: TabularSettings, workers: int) -> list[Predictions]:
    """What came of every cell: of those that are there already, and of those that were missing.

    A cell is a file of its own, named by the digest of all that decides it; so a run that was
    killed goes on behind what it finished, and only what changed is done again.
    """
    folder, plan = Path(settings.storage), cells_of(study, settings)
    there = {cell.key: found for cell in plan if (found := read_predictions(_file(folder, cell)))}
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
    """Write a cell as soon as it is home, and say where the study stands."""
    cell = missing[place]
    write_predictions(_file(folder, cell), found)
    there[cell.key] = found
    done = [each for each in missing if each.key in there]
    left = sum(map(weight, missing)) / sum(map(weight, done)) - 1
    log.info(
        "%s, %s: %s; %d of %d, about %.0f s to go",
        *(cell.task, cell.model, _outcome(found), len(done), len(missing)),
        left * (time.perf_counter() - began),
    )


def _outcome(found: Predictions) -> str:
    return f"left out ({found.problem})" if found.problem else f"{found.cost.cpu_seconds:.1f} CPU s"


def in_words(found: list[Predictions], study: Study) -> str:
    """How much was asked, and what it cost, whenever it was done."""
    answered = [each for each in found if not each.problem]
    models = [each for each in answered if not each.control]
    cpu, wall = (
        sum(getattr(each.cost, name) for each in answered) for name in ("cpu_seconds", "seconds")
    )
    return (
        f"{len(models)} configurations and {len(answered) - len(models)} controls of "
        f"{len(study.subjects)} tasks on {len(study.rows):,} rows: {cpu:.0f} CPU s, {wall:.0f} s "
        "of one core each after the other"
    )


def fit_best(
    study: Study, best: Mapping[str, str], settings: TabularSettings, workers: int
) -> dict[str, dict[str, TabularModel]]:
    """The best model of each task, by the key of the task: fitted on all examples, and on those
    that train the first fold, so that others can be asked about it.

    What is kept already is read.
    """
    cells = {(c.task, c.model): c for c in cells_of(study, settings)}
    plan = [(cells[task, name], part) for task, name in best.items() for part in (FIRST, "all")]
    folder = Path(settings.storage)
    made = run_all(partial(_fit_or_read, study, folder), plan, workers, "best models")
    found: dict[str, dict[str, TabularModel]] = {}
    for (cell, part), place in zip(plan, made, strict=True):
        found.setdefault(cell.task, {})[part] = TabularModel.load(place)
    return found


def _fit_or_read(study: Study, folder: Path, asked: tuple[Cell, str]) -> Path:
    """The folder of a model, which is there whole or not at all."""
    cell, part = asked
    final = folder / f"{cell.key}-{part}"
    if final.exists():
        return final
    subject = study.subjects[cell.task]
    places = subject.folds[0].train if part == FIRST else range(len(subject.examples.rows))
    lesson = lesson_of(study, subject, places, cell.seed)
    model = fit_model(cell.model, cell.values, lesson)
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder, prefix=".") as scratch:
        model.save(Path(scratch) / "model")
        shutil.move(Path(scratch) / "model", final)
    return final
