"""A table with its answers becomes a lesson; a model is asked about every row of another."""

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from matts.domain import BadInputError, Bools, Floats, Ints
from matts.tabular.answers import with_answers
from matts.tabular.description import Description
from matts.tabular.features import Features, engineer
from matts.tabular.lesson import Lesson, Past
from matts.tabular.model import TabularModel
from matts.tabular.rows import Rows
from matts.tabular.tables import Given, read_table
from matts.tabular.tasks import Examples, TaskSettings, examples_of, tasks_of


def read_examples(table: pd.DataFrame, y: Any, about: Description) -> tuple[Given, Examples]:
    """The rows of a table, and those of which the answer is known.

    `y` [N] is what is true at each row of the table now; None: the table says so itself.

    Raises:
        BadInputError: nobody knows any answer, or there is but one.
    """
    given = read_table(table, about, to_learn=y is None)
    if y is not None:
        own = given.own(np.asarray(y))
        given = given._replace(rows=with_answers(given.rows, own, about.task))
    tasks_of(given.rows, TaskSettings(tasks=(about.name,), horizons=(about.horizon,)))
    return given, examples_of(given.rows, about.task)


def lesson_of(
    rows: Rows, features: Features, examples: Examples, places: Ints, seed: int
) -> Lesson:
    """The examples at these places, as a model learns from them."""
    at = examples.rows[places]
    return Lesson(
        x=features.values[at],  # noqa: PD011
        y=examples.y[places],
        groups=rows.machines[at],
        names=features.names,
        classes=examples.classes,
        seed=seed,
        past=Past(rows, at),
    )


def ask(model: TabularModel, features: Features, rows: Rows, at: Ints) -> Floats:
    """What a model says of rows [n]: [n, K] or [n], NaN where none of the sensors has a reading."""
    x, past = _columns(model, features)[at], Past(rows, at)
    told = model.probabilities(x, past) if model.classes else model.numbers(x, past)
    told[~judged(rows)[at]] = np.nan
    return told


def ask_all(model: TabularModel, about: Description, rows: Rows) -> Floats:
    """The same of every row: [R, K] or [R]."""
    return ask(model, engineer(rows, about.features), rows, np.arange(len(rows)))


def judged(rows: Rows) -> Bools:
    """[R]: which rows have any reading of a sensor that is not given."""
    measured = [name not in rows.given for name in rows.sensors]
    return np.asarray(~np.isnan(rows.values[:, measured]).all(axis=1))  # noqa: PD011


def _columns(model: TabularModel, features: Features) -> Floats:
    """The columns that a model knows, in its order."""
    if missing := [name for name in model.names if name not in features.names]:
        msg = f"the model needs columns {', '.join(missing)}, which cannot be made of this table"
        raise BadInputError(msg)
    order = [features.names.index(name) for name in model.names]
    return features.values[:, order]  # noqa: PD011


def numbered(examples: Examples, classes: tuple[str, ...]) -> NDArray[Any]:
    """The answers as a model of these classes numbers them, -1 for one it was never told of."""
    if not classes:
        return examples.y
    number = {name: k for k, name in enumerate(classes)}
    known = np.array([number.get(name, -1) for name in examples.classes])
    return np.asarray(known[examples.y])
