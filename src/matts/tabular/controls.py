"""What every model has to beat: guesses that know next to nothing, and a canary that knows nothing.

Each is asked as a model is: fitted on the training rows of a fold, judged on the others.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from sklearn.base import BaseEstimator
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

from matts.domain import Floats, Ints
from matts.tabular.folds import Fold
from matts.tabular.rows import Rows
from matts.tabular.tasks import Examples, Task, examples_of

LEAVES, LEAST = 20, 50  # of the tree that knows the machine's history alone
CANARY = "shuffled"
CANARY_MODEL = "random_forest"  # it can learn any answer by heart
CANARY_SETTINGS = {
    "balance": 1.0
}  # else trees on random answers say the rare one where readings are odd


@dataclass(frozen=True)
class Question:
    """A fold of a task, and what a control may look at."""

    rows: Rows
    examples: Examples
    fold: Fold
    seed: int = 0

    @property
    def known(self) -> Ints | Floats:
        """What the training examples were: [n]."""
        return self.examples.y[self.fold.train]

    def look(self, columns: Ints) -> tuple[Floats, Floats]:
        """Columns of raw readings, as they are now: [n, c] to learn from, [m, c] to judge."""
        values = self.rows.values[self.examples.rows][:, columns]
        return values[self.fold.train], values[self.fold.test]


Control = Callable[[Question], Floats]  # [m], or [m, classes]


def guess_prior(question: Question) -> Floats:
    """How frequent each class was, or the mean: the same for every row."""
    size, y = len(question.fold.test), question.known
    if question.examples.task.is_number:
        return np.full(size, y.mean())
    counts = np.bincount(np.asarray(y, np.int64), minlength=len(question.examples.classes))
    return np.tile(counts / counts.sum(), (size, 1))


def say_it_again(question: Question) -> Floats:
    """What holds now, for a task ahead; else what held at the machine's reading before.

    Where nobody knows that, the prior.
    """
    last, guess = _last_labels(question)[question.fold.test], guess_prior(question)
    known = ~np.isnan(last)
    if question.examples.task.is_number:
        return np.where(known, last, guess)
    guess[known] = np.eye(guess.shape[1])[last[known].astype(np.int64)]
    return guess


def _last_labels(question: Question) -> Floats:
    """What was last known of the same task, without its horizon: [N], NaN where nothing was."""
    rows, examples = question.rows, question.examples
    now = examples_of(rows, Task(examples.task.name, 0))
    labels = np.full(len(rows.values), np.nan)
    labels[now.rows] = now.y
    if examples.task.horizon:
        return labels[examples.rows]
    before = np.concatenate([[np.nan], labels[:-1]])
    same = np.zeros(len(labels), np.bool_)
    same[1:] = (rows.machines[1:] == rows.machines[:-1]) & (np.diff(rows.segments) == 0)
    return np.where(same, before, np.nan)[examples.rows]


def ask_one_sensor(question: Question) -> Floats:
    """One threshold on one sensor, as it is now; which of them training rows say."""
    return _ask_tree(question, _judged(question.rows), leaves=2)


def ask_history(question: Question) -> Floats:
    """What the machine's history says alone: its age, and the like; no sensor is looked at."""
    return _ask_tree(question, _given(question.rows), leaves=LEAVES)


def ask_raw(question: Question) -> Floats:
    """A linear model of the raw readings of now."""
    number = question.examples.task.is_number
    model = Ridge() if number else LogisticRegression(max_iter=1000)
    every = np.arange(len(question.rows.sensors))
    filled = SimpleImputer(strategy="median", keep_empty_features=True)
    return _ask(question, make_pipeline(filled, StandardScaler(), model), every)


def _ask_tree(question: Question, columns: Ints, leaves: int) -> Floats:
    kind = DecisionTreeRegressor if question.examples.task.is_number else DecisionTreeClassifier
    least = min(LEAST, max(len(question.fold.train) // 10, 1))
    tree = kind(max_leaf_nodes=leaves, min_samples_leaf=least, random_state=question.seed)
    return _ask(question, tree, columns)


def _ask(question: Question, model: BaseEstimator, columns: Ints) -> Floats:
    """Fit on what trains; a class that it lacked has probability 0."""
    train, test = question.look(columns)
    if question.examples.task.is_number:
        return np.asarray(model.fit(train, question.known).predict(test))
    if len(np.unique(question.known)) == 1:
        return guess_prior(question)
    model.fit(train, question.known)
    found = np.zeros((len(test), len(question.examples.classes)))
    found[:, model.classes_] = model.predict_proba(test)
    return found


def _judged(rows: Rows) -> Ints:
    """The columns of sensors that are neither settings nor history."""
    return np.array([k for k, name in enumerate(rows.sensors) if name not in rows.given], np.int64)


def _given(rows: Rows) -> Ints:
    return np.array([k for k, name in enumerate(rows.sensors) if name in rows.given], np.int64)


CONTROLS: dict[str, Control] = {
    "prior": guess_prior,
    "last_label": say_it_again,
    "one_sensor": ask_one_sensor,
    "history": ask_history,
    "raw_linear": ask_raw,
}


def controls_of(rows: Rows) -> tuple[str, ...]:
    """The controls that a set allows, and the canary."""
    without = set() if len(_given(rows)) else {"history"}
    return (*(name for name in CONTROLS if name not in without), CANARY)


def is_told(name: str, task: Task) -> bool:
    """Whether a control is told what no model is, so that none has to beat it.

    Of the label of the reading before nobody knows when a machine is to be judged; remaining life
    nobody knows before it has ended. What holds now is known when the future is asked for.
    """
    return name == "last_label" and (task.is_number or task.horizon == 0)
