"""One entry of the zoo, fitted: with its columns' preparation and honest probabilities."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from scipy.special import softmax

from matts.domain import BadInputError, Floats, Ints
from matts.tabular.lesson import Learner, Lesson, Past, drawn, held_out
from matts.tabular.preparation import Input, Preparation, refuse_infinite
from matts.tabular.weighing import Calibrator, class_weights, columns_of

LEAST = 20  # examples to learn from; of fewer, as of equal ones, what is usual is the answer


class ModelSettings(BaseModel):
    """What every model is asked: how many examples it takes at most, and what a class weighs.

    `balance` 0 counts examples alike, 1 classes; a probability is told as without it.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    most_rows: int | None = Field(None, ge=1)  # None: all
    balance: float = Field(0.0, ge=0, le=1)


@dataclass(frozen=True)
class Entry:
    """A row of the zoo: what a model is asked, what makes it, and how it is treated."""

    settings: type[ModelSettings]
    learner: Callable[[Any], Learner]  # of settings
    label: str
    input: Input = "as_is"
    weighted: bool = True  # takes class weights
    calibrated: bool = False  # its evidence is no probability: a held-out part makes it one
    stops_early: bool = False  # by machines held out of training
    needs_rows: bool = False  # looks at the rows in time, beside the columns
    yes_no: bool = False  # of classes it tells two apart, no more


def settings_of(kind: str, entry: Entry, settings: dict[str, Any]) -> ModelSettings:
    """The settings of a model, checked.

    Raises:
        BadInputError: one of them cannot be, or has no effect.
    """
    try:
        found = entry.settings(**settings)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join([kind, *map(str, first["loc"])])
        msg = f"{where}: {first['msg']}, got {first['input']!r}"
        raise BadInputError(msg) from None
    if found.balance and not entry.weighted:
        msg = f"{kind}.balance: this model weighs no classes, so it needs 0, got {found.balance:g}"
        raise BadInputError(msg)
    return found


@dataclass(frozen=True)
class Fitted:
    """A fitted model: raw columns in, probabilities of every class or numbers out."""

    names: tuple[str, ...]  # [C]
    classes: tuple[str, ...]  # [K], () for a number
    present: Ints  # [k] the classes that training had
    usual: Floats  # [k] the shares of these classes in training, or [1] the mean number
    preparation: Preparation
    learner: Learner | None  # None: there was nothing to learn, so what is usual is the answer
    weights: Floats | None = None  # [k] that probabilities are freed of
    calibrator: Calibrator | None = None

    def probabilities(self, x: Floats, past: Past | None = None) -> Floats:
        """Probabilities of each class [n, K]; 0 for those that training lacked."""
        found = np.zeros((len(x), len(self.classes)))
        known = self.usual if self.learner is None else softmax(self._logs(x, past), axis=1)
        found[:, self.present] = known
        return found

    def numbers(self, x: Floats, past: Past | None = None) -> Floats:
        """The number for each row: [n]."""
        if self.learner is None or not len(x):
            return np.full(len(x), self.usual[0])
        return np.asarray(self._ask(x, past), np.float64)

    def _logs(self, x: Floats, past: Past | None) -> Floats:
        if not len(x):
            return np.zeros((0, len(self.present)))
        evidence = columns_of(self._ask(x, past))
        if self.calibrator is not None:
            return self.calibrator(evidence)
        return evidence if self.weights is None else evidence - np.log(self.weights)

    def _ask(self, x: Floats, past: Past | None) -> Floats:
        refuse_infinite(x, self.names)
        assert self.learner is not None  # noqa: S101 (both callers looked)
        return self.learner.predict(self.preparation(x), past)


def fit_entry(entry: Entry, settings: ModelSettings, lesson: Lesson) -> Fitted:
    """Fit a model of the zoo to at most `settings.most_rows` examples."""
    refuse_infinite(lesson.x, lesson.names)
    lesson = drawn(lesson, settings.most_rows)
    present, y = _numbered(lesson)
    preparation = Preparation.fit(lesson.x, entry.input)
    usual = np.array([y.mean()]) if lesson.is_number else np.bincount(y) / len(y)
    fitted = Fitted(lesson.names, lesson.classes, present, usual, preparation, None)
    if len(y) < LEAST or _is_one(y) or all(map(_is_one, lesson.x.T)):
        return fitted
    told = tuple(lesson.classes[each] for each in present)
    return _learnt(entry, settings, fitted, replace(lesson, y=y, classes=told))


def _is_one(values: Floats) -> bool:
    """Whether all values are one, missing or not."""
    return bool(((values == values[0]) | (np.isnan(values) & np.isnan(values[0]))).all())


def _numbered(lesson: Lesson) -> tuple[Ints, NDArray[Any]]:
    """The classes that there are, and the answers numbered among them."""
    if lesson.is_number:
        return np.zeros(0, np.int64), np.asarray(lesson.y, np.float64)
    present, y = np.unique(lesson.y, return_inverse=True)
    return present.astype(np.int64), y.astype(np.int64)


def _learnt(entry: Entry, settings: ModelSettings, fitted: Fitted, lesson: Lesson) -> Fitted:
    lesson = replace(lesson, x=fitted.preparation(lesson.x))
    weights = None
    if entry.weighted and not lesson.is_number:
        weights = class_weights(lesson.y, len(lesson.classes), settings.balance)
        lesson = replace(lesson, weights=weights[lesson.y])
    learner = entry.learner(settings)
    if lesson.is_number or not entry.calibrated:
        return replace(fitted, learner=learner.fit(lesson), weights=weights)
    kept, held = held_out(lesson, every_class=True) or (lesson, lesson)
    learner = learner.fit(kept)
    calibrator = Calibrator.fit(columns_of(learner.predict(held.x, held.past)), held.y)
    return replace(fitted, learner=learner, calibrator=calibrator)
