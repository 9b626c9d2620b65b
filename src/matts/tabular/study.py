"""What a table can be asked: its rows, their features, and for each task examples and folds."""

import logging
import time
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pydantic_core import to_json

from matts.domain import BadInputError, Ints
from matts.groups import SensorSettings
from matts.tabular.features import Features, engineer
from matts.tabular.folds import Fold, folds_of
from matts.tabular.guard import refuse_leaks
from matts.tabular.rows import Rows, to_rows
from matts.tabular.settings import TabularSettings
from matts.tabular.tasks import Examples, Task, examples_of, problem_of, tasks_of

log = logging.getLogger(__name__)

LARGEST = float(np.sqrt(np.finfo(np.float32).max))  # models reckon with 32 bits


@dataclass(frozen=True)
class Subject:
    """One task: which rows are examples of it, and how they are divided."""

    examples: Examples
    folds: tuple[Fold, ...]
    digest: str

    @property
    def task(self) -> Task:
        """The task itself."""
        return self.examples.task


@dataclass(frozen=True)
class Study:
    """All that models are fitted on and judged by."""

    rows: Rows
    features: Features
    subjects: dict[str, Subject]  # by the key of the task
    left_out: dict[str, str]  # the same of what cannot be asked, and why
    digest: str  # of features, raw readings and whose they are


def open_study(table: pd.DataFrame, sensors: SensorSettings, settings: TabularSettings) -> Study:
    """Make rows, features and tasks; refuse what would tell the answer.

    Raises:
        BadInputError: if nothing can be asked of these readings, or a feature is a label.
    """
    rows = to_rows(table, sensors)
    _refuse_rows(rows)
    started = time.process_time()
    features = engineer(rows, settings.features)
    seconds = time.process_time() - started
    log.info("%d features of %d rows in %.1f CPU s", len(features.names), len(table), seconds)
    tasks = tasks_of(rows, settings.asked)
    refuse_leaks(features, rows, tasks, settings.guard)
    return _divide(rows, features, tasks, settings)


def _refuse_rows(rows: Rows) -> None:
    """Rows that no model could learn from."""
    if not rows.measured:
        msg = "tabular models need a sensor that is not given (sensors.groups), and there is none"
        raise BadInputError(msg)
    if endless := [name for name, truth in rows.targets.items() if np.isinf(truth).any()]:
        msg = f"a target needs finite numbers or nothing, got an infinite {endless[0]}"
        raise BadInputError(msg)
    beyond = np.abs(rows.values) > LARGEST
    if beyond.any():
        row, column = map(int, np.argwhere(beyond)[0])
        msg = (
            f"tabular models need readings up to {LARGEST:.2g}, whose squares they can hold, "
            f"got {rows.values[row, column]:g} of {rows.sensors[column]}"  # noqa: PD011
        )
        raise BadInputError(msg)


def _divide(
    rows: Rows, features: Features, tasks: tuple[Task, ...], settings: TabularSettings
) -> Study:
    """The examples and folds of each task; one that has none is left out, and said."""
    drawn = draw_rows(len(rows.values), settings.sample, settings.seed)
    subjects, left_out = {}, _not_asked(rows, tasks, settings)
    for task in tasks:
        try:
            subjects[task.key] = _ask(rows, task, drawn, settings)
        except BadInputError as error:
            left_out[task.key] = str(error)
            log.warning("%s is left out: %s", task.key, error)
    if not subjects:
        key, why = [*left_out.items()][-1]  # the others are logged
        msg = f"no tabular task is left, as of {key}: {why}"
        raise BadInputError(msg)
    return Study(rows, features, subjects, left_out, _digest_of(rows, features))


def _not_asked(rows: Rows, tasks: tuple[Task, ...], settings: TabularSettings) -> dict[str, str]:
    """Which tasks these rows cannot answer, and why."""
    asked = settings.asked
    every = [Task(name, horizon) for name in asked.tasks for horizon in asked.horizons]
    return {task.key: problem_of(rows, task) for task in every if task not in tasks}


def _ask(rows: Rows, task: Task, drawn: Ints, settings: TabularSettings) -> Subject:
    examples = examples_of(rows, task)
    if not settings.models_of(task, len(examples.classes)):
        msg = f"none of tabular.models can answer it: {', '.join(settings.models)}"
        raise BadInputError(msg)
    kept = np.isin(examples.rows, drawn, assume_unique=True)
    examples = examples._replace(rows=examples.rows[kept], y=examples.y[kept])
    folds = tuple(folds_of(rows, examples, settings.folds))
    arrays = [examples.rows, examples.y, *(part for fold in folds for part in fold)]
    digest = digest_of(arrays, [task.key, examples.classes])
    return Subject(examples, folds, digest)


def draw_rows(count: int, sample: int | None, seed: int) -> Ints:
    """Which rows are asked about: all, or one at random of each of so many equal stretches.

    Rows stand by machine and in time, so each machine and each of its hours has its share.

    >>> draw_rows(4, None, 0).tolist(), len(draw_rows(1000, 100, 0))
    ([0, 1, 2, 3], 100)
    """
    if sample is None or sample >= count:
        return np.arange(count)
    borders = np.linspace(0, count, sample + 1).astype(np.int64)
    within = np.random.default_rng(seed).random(sample) * np.diff(borders)
    return borders[:-1] + within.astype(np.int64)


def _digest_of(rows: Rows, features: Features) -> str:
    """The digest of what models see."""
    codes, names = pd.factorize(rows.machines)
    arrays = [features.values, rows.values, np.asarray(codes), np.asarray(rows.segments)]  # noqa: PD011
    if rows.times is not None:
        arrays.append(rows.times.astype(np.int64))
    return digest_of(arrays, [features.names, rows.sensors, rows.given, list(map(str, names))])


def digest_of(arrays: list[NDArray[Any]], told: Any) -> str:
    """The sha256 of arrays and of what JSON can hold."""
    found = sha256(to_json(told))
    for array in arrays:
        found.update(f"{array.dtype} {array.shape}".encode())
        found.update(np.ascontiguousarray(array).tobytes())
    return found.hexdigest()


def tell_folds(study: Study) -> Iterator[dict[str, Any]]:
    """One row a fold: whose rows train and test, from when to when, and how many of each class."""
    for key, subject in study.subjects.items():
        for number, fold in enumerate(subject.folds):
            for part, places in (("train", fold.train), ("test", fold.test)):
                yield {"task": key, "fold": number, "part": part, **_tell(study, subject, places)}


def _tell(study: Study, subject: Subject, places: Ints) -> dict[str, Any]:
    rows, examples = study.rows, subject.examples
    own = examples.rows[places]
    found: dict[str, Any] = {
        "rows": len(own),
        "machines": len(np.unique(rows.machines[own])),
        "classes": {
            name: int((examples.y[places] == k).sum()) for k, name in enumerate(examples.classes)
        },
    }
    if rows.times is not None:
        times = rows.times[own]
        found |= {"first": str(times.min())[:19], "last": str(times.max())[:19]}
    return found
