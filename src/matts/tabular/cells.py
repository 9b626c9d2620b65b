"""One cell: one model asked one task, fold by fold; what it is, and what came of it."""

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import Any

import numpy as np
from pydantic_core import to_json

from matts.code import code_alone, code_of
from matts.domain import BadInputError, Floats
from matts.extras import MissingLibraryError
from matts.tabular.asking import ask, lesson_of
from matts.tabular.controls import (
    CANARY,
    CANARY_MODEL,
    CANARY_SETTINGS,
    CONTROLS,
    Question,
    controls_of,
    guess_prior,
)
from matts.tabular.fitting import settings_of
from matts.tabular.folds import Fold
from matts.tabular.model import entry_of, fit_model
from matts.tabular.predictions import NOT_JUDGED, Cost, Predictions
from matts.tabular.settings import TabularSettings
from matts.tabular.study import Study, Subject
from matts.tabular.tasks import Task

log = logging.getLogger(__name__)

FITTERS = (
    "matts.tabular.model",
    "matts.tabular.fitting",
    "matts.tabular.asking",
    __name__,
)  # without what they import


@dataclass(frozen=True)
class Cell:
    """Which model is asked which task, and the digest of all that decides what it says."""

    task: str
    model: str
    seed: int
    key: str
    control: bool
    values: dict[str, Any]  # the model's own settings


def cells_of(study: Study, settings: TabularSettings) -> list[Cell]:
    """Every configuration of a study: the models that can answer each task, and the controls."""
    return [
        _cell(study, subject, name, settings)
        for subject in study.subjects.values()
        for name in [*_models_for(subject, settings), *controls_of(study.rows)]
    ]


def _models_for(subject: Subject, settings: TabularSettings) -> list[str]:
    return settings.models_of(subject.task, len(subject.examples.classes))


def _cell(study: Study, subject: Subject, name: str, settings: TabularSettings) -> Cell:
    control = name in controls_of(study.rows)
    model = CANARY_MODEL if name == CANARY else name
    values: dict[str, Any] = {}
    modules = ["matts.tabular.controls"]
    if model not in CONTROLS:
        entry = entry_of(model, is_number=subject.task.is_number)
        own = _canary_of(subject.task) if control else settings.settings.get(model, {})
        values = settings_of(model, entry, own).model_dump(mode="json")
        modules = [entry.learner.__module__, entry.settings.__module__]
    decides = {
        "study": study.digest,
        "subject": subject.digest,
        "model": name,
        "settings": values,
        "seed": settings.seed,
        "code": [code_of(*modules), *map(code_alone, FITTERS)],
    }
    key = sha256(to_json(decides)).hexdigest()
    return Cell(subject.task.key, name, settings.seed, key, control, values)


def _canary_of(task: Task) -> dict[str, Any]:
    """What the canary is told: numbers have no classes that could weigh alike."""
    return {} if task.is_number else CANARY_SETTINGS


def run_cell(study: Study, cell: Cell) -> Predictions:
    """Ask every fold; a model that cannot answer says why."""
    subject = study.subjects[cell.task]
    wall, cpu = time.perf_counter(), time.process_time()
    told: dict[str, Any] = {
        "task": cell.task,
        "model": cell.model,
        "control": cell.control,
        "settings": cell.values,
    }
    try:
        values, folds = _ask_folds(study, subject, cell)
    except BadInputError as error:
        none = np.zeros(0)
        told |= {"problem": str(error), "lacks_library": isinstance(error, MissingLibraryError)}
        return Predictions(values=none, folds=none.astype(np.int64), **told)
    spent = (time.perf_counter() - wall, time.process_time() - cpu)
    cost = Cost(*spent, tuple(len(fold.train) for fold in subject.folds))
    return Predictions(values=values, folds=folds, cost=cost, **told)


def _ask_folds(study: Study, subject: Subject, cell: Cell) -> tuple[Floats, Any]:
    """What was said of each example by the model of the fold that tests it."""
    examples = subject.examples
    shape = (len(examples.rows), *([len(examples.classes)] if examples.classes else []))
    values, folds = np.full(shape, np.nan), np.full(len(examples.rows), NOT_JUDGED, np.int64)
    control = cell.model in CONTROLS
    one: Callable[[Study, Subject, Fold, Cell], Floats] = _ask_control if control else ask_model
    for number, fold in enumerate(subject.folds):
        values[fold.test], folds[fold.test] = one(study, subject, fold, cell), number
        _answer_all(values, Question(study.rows, examples, fold))
    return values, folds


def _answer_all(values: Floats, question: Question) -> None:
    """A row without any reading, of which a model says nothing, is given the prior."""
    test = question.fold.test
    unsaid = np.isnan(values[test].reshape(len(test), -1)).any(axis=1)
    if unsaid.any():
        values[test[unsaid]] = guess_prior(question)[unsaid]


def _ask_control(study: Study, subject: Subject, fold: Fold, cell: Cell) -> Floats:
    return CONTROLS[cell.model](Question(study.rows, subject.examples, fold, cell.seed))


def ask_model(study: Study, subject: Subject, fold: Fold, cell: Cell) -> Floats:
    """Fit a model on what trains, and ask it of the rest; the canary learns answers of others."""
    rows, features, examples = study.rows, study.features, subject.examples
    lesson, kind = lesson_of(rows, features, examples, fold.train, cell.seed), cell.model
    if cell.model == CANARY:
        mixed = np.random.default_rng(cell.seed).permutation(lesson.y)
        lesson, kind = replace(lesson, y=mixed), CANARY_MODEL
    model = fit_model(kind, cell.values, lesson)
    return ask(model, features, rows, examples.rows[fold.test])
