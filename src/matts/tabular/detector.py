"""The suite's models with scikit-learn's manners: a table in, answers in the order of its rows out.

It is the pipeline's code: rows, features, tasks and models are the same, and so are saved models.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Self

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.base import BaseEstimator
from sklearn.exceptions import NotFittedError
from sklearn.utils import ClassifierTags, RegressorTags
from sklearn.utils.metaestimators import available_if

from matts.domain import BadInputError, Floats
from matts.tabular.answers import figure_of, told_of
from matts.tabular.asking import ask, ask_all, lesson_of, numbered, read_examples
from matts.tabular.description import Description
from matts.tabular.evaluation import Evaluation, Split, evaluate, machine_splits
from matts.tabular.features import engineer
from matts.tabular.guard import refuse_leaks
from matts.tabular.model import TabularModel
from matts.tabular.question import Question, folds_asked
from matts.tabular.tables import Given, read_table


def _tells_classes(detector: Any) -> bool:
    if detector.task == "remaining_life":
        msg = "remaining life is a number: it has no probabilities and no classes"
        raise AttributeError(msg)
    return True


class SmartFactoryDetector(BaseEstimator):  # type: ignore[misc]
    """One question about every row of a table of sensor readings, answered by one model.

    Args:
        task: anomaly, maintenance, downtime, failure_type or remaining_life.
        horizon: minutes ahead; 0 asks about now. Ahead, a yes means that it begins within them.
        model: a name of `matts.tabular.zoo`.
        settings: any of the keys model, source, sensors, features and guard: see
            `matts.tabular.question.DetectorSettings`.
        seed: draws whatever is drawn.
    """

    model_: TabularModel
    description_: Description

    def __init__(
        self,
        task: str = "anomaly",
        horizon: int = 0,
        model: str = "lightgbm",
        settings: Mapping[str, Any] | None = None,
        seed: int = 0,
    ) -> None:
        self.task = task
        self.horizon = horizon
        self.model = model
        self.settings = settings
        self.seed = seed

    def fit(self, X: pd.DataFrame, y: Any = None) -> Self:  # noqa: N803
        """Learn from a table with its labels, or from `y`, what is true at each of its rows now.

        Raises:
            BadInputError: the table or a setting cannot be used, or a feature tells the answer.
        """
        question = self.question
        about = question.describe()
        given, examples = read_examples(X, y, about)
        features = engineer(given.rows, about.features)
        refuse_leaks(features, given.rows, (about.task,), about.guard)
        every = np.arange(len(examples.rows))
        lesson = lesson_of(given.rows, features, examples, every, question.seed)
        self.model_ = question.fit(lesson)
        self.description_ = about.model_copy(update={"sensors": given.rows.sensors})
        return self._know()

    def __sklearn_tags__(self) -> Any:
        """What scikit-learn has to know: a table is needed, and missing readings are allowed."""
        tags = super().__sklearn_tags__()
        number = self.task == "remaining_life"
        tags.estimator_type = "regressor" if number else "classifier"
        tags.classifier_tags = None if number else ClassifierTags()
        tags.regressor_tags = RegressorTags() if number else None
        tags.input_tags.allow_nan = True
        tags.target_tags.required = False
        return tags

    @property
    def question(self) -> Question:
        """The arguments, checked.

        Raises:
            BadInputError: one of them cannot be.
        """
        return Question.of(self.get_params(deep=False))

    def _know(self) -> Self:
        self.feature_names_in_ = np.asarray(self.description_.sensors, dtype=object)
        self.n_features_in_ = len(self.description_.sensors)
        if self.model_.classes:
            self.classes_ = told_of(self.description_.task, self.model_.classes)
        return self

    def predict(self, X: pd.DataFrame) -> NDArray[Any]:  # noqa: N803
        """The likeliest class of each row, or its number (NaN where it has no reading): [N].

        Raises:
            BadInputError: a row cannot be judged; `quick_predict` says which.
        """
        told = self._tell(X)
        if told.ndim == 1:
            return told
        if lost := int(np.isnan(told).any(axis=1).sum()):
            msg = f"{lost} of {len(told)} rows cannot be judged: quick_predict leaves them empty"
            raise BadInputError(msg)
        return np.asarray(self.classes_[told.argmax(axis=1)])

    @available_if(_tells_classes)  # type: ignore[untyped-decorator]
    def predict_proba(self, X: pd.DataFrame) -> Floats:  # noqa: N803
        """The probability of each class: [N, K], NaN where a row cannot be judged."""
        return self._tell(X)

    def _tell(self, X: pd.DataFrame) -> Floats:  # noqa: N803
        given = self.read(X)
        return given.back(ask_all(self.fitted, self.description_, given.rows))

    def read(self, X: pd.DataFrame) -> Given:  # noqa: N803
        """The rows of a table, as the model knows them; labels are not looked at."""
        _ = self.fitted
        return read_table(X, self.description_, to_learn=False)

    def transform(self, X: pd.DataFrame) -> pd.DataFrame:  # noqa: N803
        """The features that the model is given, in the order of the table: [N, C]."""
        given = self.read(X)
        made = engineer(given.rows, self.description_.features)
        return pd.DataFrame(given.back(made.values), X.index, list(made.names))

    def score(self, X: pd.DataFrame, y: Any = None) -> float:  # noqa: N803
        """PR-AUC, macro F1 of failure types, or R², on rows judged and of a known answer.

        A failure that the model was never told of is a class that it always gets wrong.

        Raises:
            BadInputError: there are no such rows, or all of them have one answer.
        """
        model, about = self.fitted, self.description_
        given, examples = read_examples(X, y, about)
        features = engineer(given.rows, about.features)
        told = ask(model, features, given.rows, examples.rows)
        return figure_of(about.task, numbered(examples, model.classes), told)

    def evaluate(self, X: pd.DataFrame, y: Any = None, folds: Any = 3) -> Evaluation:  # noqa: N803
        """Answers of models that have not seen the machine, or the time, and what they are worth.

        `folds` is a number, or what `matts.tabular.folds.FoldSettings` has. This detector itself
        is not fitted.
        """
        return evaluate(self.question, X, y, folds_asked(folds))

    def split(self, X: pd.DataFrame, y: Any = None, folds: int = 3) -> list[Split]:  # noqa: N803
        """Whole machines that train and that test, as scikit-learn's `cv` takes them."""
        given, examples = read_examples(X, y, self.question.describe())
        return machine_splits(given, examples, folds_asked({"count": folds}))

    def save(self, folder: str | Path) -> None:
        """Write the model and what it knows of its tables; nothing is pickled."""
        self.fitted.save(Path(folder))
        self.description_.save(Path(folder))

    @classmethod
    def load(cls, folder: str | Path) -> Self:
        """A fitted detector from what `save` wrote, or the pipeline of that name."""
        about, model = Description.load(Path(folder)), TabularModel.load(Path(folder))
        settings = {
            "model": model.settings.model_dump(),
            "source": about.source and about.source.model_dump(by_alias=True),
            "sensors": about.groups.model_dump(),
            "features": about.features.model_dump(),
            "guard": about.guard.model_dump(),
        }
        detector = cls(about.name, about.horizon, model.kind, settings, model.seed)
        detector.model_, detector.description_ = model, about
        return detector._know()

    @property
    def fitted(self) -> TabularModel:
        """The model, once it is fitted."""
        if not hasattr(self, "model_"):
            msg = "this SmartFactoryDetector is not fitted: call fit or load first"
            raise NotFittedError(msg)
        return self.model_
