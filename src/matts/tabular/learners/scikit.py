"""Models of scikit-learn: kept by skops, which builds nothing that it could not name."""

from pathlib import Path
from typing import Any, Protocol, Self

import numpy as np

from matts.domain import BadInputError, Floats
from matts.packed_trees import within_bounds
from matts.tabular.lesson import Lesson, Past

FILE = "model.skops"
TRUSTED = [
    "sklearn.tree._tree.Tree",  # its indices are checked
    "sklearn._loss._loss.CyHalfBinomialLoss",
    "sklearn._loss._loss.CyHalfMultinomialLoss",
    "sklearn._loss._loss.CyHalfSquaredError",
    "sklearn._loss.link.Interval",
    "sklearn._loss.link.IdentityLink",
    "sklearn._loss.link.LogitLink",
    "sklearn._loss.link.MultinomialLogit",
    "sklearn._loss.loss.HalfBinomialLoss",
    "sklearn._loss.loss.HalfMultinomialLoss",
    "sklearn._loss.loss.HalfSquaredError",
    "sklearn.ensemble._hist_gradient_boosting.binning._BinMapper",
    "sklearn.ensemble._hist_gradient_boosting.predictor.TreePredictor",
]


class Recipe(Protocol):
    """Settings that know how to build their estimator."""

    def build(self, lesson: Lesson) -> Any:
        """The estimator, not fitted, for this task and with the seed of the lesson."""
        ...


class ScikitLearner:
    """An estimator of scikit-learn."""

    estimator: Any

    def __init__(self, settings: Recipe) -> None:
        self.settings = settings

    def fit(self, lesson: Lesson) -> Self:
        """Fit what the settings build."""
        self.estimator = self.settings.build(lesson)
        self.estimator.fit(lesson.x, lesson.y, sample_weight=lesson.weights)
        return self

    def predict(self, x: Floats, past: Past | None) -> Floats:  # noqa: ARG002
        """Evidence of the second of two classes [n], of each of more [n, k], or numbers [n]."""
        return evidence(self.estimator, x)

    def save(self, folder: Path) -> None:
        """As skops writes it."""
        save_estimator(self.estimator, folder / FILE)

    def load(self, folder: Path) -> Self:
        """Checked, nothing unpickled."""
        self.estimator = load_estimator(folder / FILE)
        return self


def evidence(estimator: Any, x: Floats) -> Floats:
    """By what the estimator has: see `lesson.Learner`."""
    if not hasattr(estimator, "classes_"):
        return np.asarray(estimator.predict(x))
    if hasattr(estimator, "decision_function"):
        return np.asarray(estimator.decision_function(x))
    if hasattr(estimator, "predict_joint_log_proba"):
        return np.asarray(estimator.predict_joint_log_proba(x))
    with np.errstate(divide="ignore"):
        return np.asarray(np.log(estimator.predict_proba(x)))


def save_estimator(estimator: Any, path: Path) -> None:
    """Write an estimator as skops does."""
    import skops.io  # noqa: PLC0415 (it takes a second, and a run may do without)

    skops.io.dump(estimator, path)


def load_estimator(path: Path) -> Any:
    """Read an estimator; a file that holds any type but the zoo's is refused."""
    import skops.io  # noqa: PLC0415

    foreign = sorted(set(skops.io.get_untrusted_types(file=path)) - set(TRUSTED))
    if foreign:
        msg = f"a model holds trees and numbers, got {', '.join(foreign)} in {path.name}"
        raise BadInputError(msg)
    estimator = skops.io.load(path, trusted=TRUSTED)
    return within_bounds(estimator) if hasattr(estimator, "estimators_") else estimator
