"""Boosting as scikit-learn has it: exact, by histograms, and AdaBoost."""

from typing import Any, Self

from pydantic import Field
from sklearn.ensemble import (
    AdaBoostClassifier,
    GradientBoostingClassifier,
    GradientBoostingRegressor,
    HistGradientBoostingClassifier,
    HistGradientBoostingRegressor,
)
from sklearn.tree import DecisionTreeClassifier

from matts.tabular.fitting import ModelSettings
from matts.tabular.learners.scikit import ScikitLearner
from matts.tabular.lesson import Lesson, held_out


class GradientBoostingSettings(ModelSettings):
    """Gradient boosting with exact splits (Friedman, 2001, 2002).

    Every split sorts every example: its time grows faster than they do, so it gets few.
    """

    most_rows: int | None = Field(10_000, ge=1)
    rounds: int = Field(100, ge=1, le=10_000)
    rate: float = Field(0.1, gt=0, le=1)
    depth: int = Field(4, ge=1, le=30)
    leaf: int = Field(10, ge=1)
    row_share: float = Field(0.5, gt=0, le=1)
    column_share: float = Field(0.15, gt=0, le=1)

    def build(self, lesson: Lesson) -> Any:
        """The estimator, not fitted."""
        kind = GradientBoostingRegressor if lesson.is_number else GradientBoostingClassifier
        return kind(
            n_estimators=self.rounds,
            learning_rate=self.rate,
            max_depth=self.depth,
            min_samples_leaf=self.leaf,
            subsample=self.row_share,
            max_features=self.column_share,
            random_state=lesson.seed,
        )


class HistGradientBoostingSettings(ModelSettings):
    """Gradient boosting on histograms, scikit-learn's form of LightGBM's."""

    rounds: int = Field(100, ge=1, le=10_000)
    patience: int = Field(10, ge=1)
    rate: float = Field(0.1, gt=0, le=1)
    leaves: int = Field(31, ge=2)
    leaf: int = Field(20, ge=1)
    bins: int = Field(127, ge=2, le=255)
    column_share: float = Field(0.3, gt=0, le=1)

    def build(self, lesson: Lesson) -> Any:
        """The estimator, not fitted."""
        kind = HistGradientBoostingRegressor if lesson.is_number else HistGradientBoostingClassifier
        return kind(
            max_iter=self.rounds,
            learning_rate=self.rate,
            max_leaf_nodes=self.leaves,
            min_samples_leaf=self.leaf,
            max_bins=self.bins,
            max_features=self.column_share,
            n_iter_no_change=self.patience,
            random_state=lesson.seed,
        )


class HistLearner(ScikitLearner):
    """The same that stops by other machines; without any it does all its rounds."""

    def fit(self, lesson: Lesson) -> Self:
        """Fit to some machines, and stop when others are foretold no better."""
        self.estimator = self.settings.build(lesson)
        parts = held_out(lesson, every_class=False)
        self.estimator.set_params(early_stopping=parts is not None)
        kept, held = parts or (lesson, None)
        check = {} if held is None else {"X_val": held.x, "y_val": held.y}
        if held is not None and held.weights is not None:
            check["sample_weight_val"] = held.weights
        self.estimator.fit(kept.x, kept.y, sample_weight=kept.weights, **check)
        return self


class AdaBoostSettings(ModelSettings):
    """AdaBoost on small trees (Freund and Schapire, 1997; Zhu et al., 2009)."""

    most_rows: int | None = Field(10_000, ge=1)
    rounds: int = Field(50, ge=1, le=10_000)
    rate: float = Field(0.5, gt=0)
    depth: int = Field(3, ge=1, le=30)
    column_share: float = Field(0.15, gt=0, le=1)

    def build(self, lesson: Lesson) -> Any:
        """The estimator, not fitted."""
        tree = DecisionTreeClassifier(max_depth=self.depth, max_features=self.column_share)
        return AdaBoostClassifier(
            tree, n_estimators=self.rounds, learning_rate=self.rate, random_state=lesson.seed
        )
