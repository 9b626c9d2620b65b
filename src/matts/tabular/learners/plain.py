"""The plain ones: logistic regression, naive Bayes, and strangeness by an isolation forest."""

from pathlib import Path
from typing import Any, Self

import numpy as np
from pydantic import Field
from sklearn.ensemble import IsolationForest
from sklearn.linear_model import LogisticRegression
from sklearn.naive_bayes import GaussianNB

from matts.domain import Floats
from matts.tabular.fitting import ModelSettings
from matts.tabular.learners.scikit import FILE, load_estimator, save_estimator
from matts.tabular.lesson import Lesson, Past


class LogisticSettings(ModelSettings):
    """Logistic regression on scaled columns; a small `freedom` keeps weights small."""

    freedom: float = Field(0.1, gt=0)
    rounds: int = Field(200, ge=1)
    tolerance: float = Field(1e-3, gt=0)

    def build(self, lesson: Lesson) -> Any:
        """The estimator, not fitted."""
        return LogisticRegression(
            C=self.freedom, max_iter=self.rounds, tol=self.tolerance, random_state=lesson.seed
        )


class NaiveBayesSettings(ModelSettings):
    """Gaussian naive Bayes; each variance is widened by a share of the largest."""

    smoothing: float = Field(1e-6, ge=0)

    def build(self, lesson: Lesson) -> Any:  # noqa: ARG002 (nothing is drawn)
        """The estimator, not fitted."""
        return GaussianNB(var_smoothing=self.smoothing)


class IsolationSettings(ModelSettings):
    """Isolation forest (Liu, Ting and Zhou, 2008): how many trees of how many examples."""

    trees: int = Field(100, ge=1, le=10_000)
    examples: int = Field(256, ge=2)


class IsolationLearner:
    """How strange a row is among healthy ones; which class that means is calibrated.

    It tells no fault from another but by how strange they are.
    """

    forest: IsolationForest

    def __init__(self, settings: IsolationSettings) -> None:
        self.settings = settings

    def fit(self, lesson: Lesson) -> Self:
        """Grow on the examples of the first class: the healthy ones."""
        healthy = lesson.x[lesson.y == 0]
        self.forest = IsolationForest(
            n_estimators=self.settings.trees,
            max_samples=min(self.settings.examples, len(healthy)),
            random_state=lesson.seed,
        )
        self.forest.fit(healthy)
        return self

    def predict(self, x: Floats, past: Past | None) -> Floats:  # noqa: ARG002
        """Strangeness, which speaks against the first class: [n], whatever classes there are."""
        return -np.asarray(self.forest.score_samples(x))

    def save(self, folder: Path) -> None:
        """As skops writes it."""
        save_estimator(self.forest, folder / FILE)

    def load(self, folder: Path) -> Self:
        """Checked, nothing unpickled."""
        self.forest = load_estimator(folder / FILE)
        return self
