"""Forests: trees that grow apart from each other on random parts of the examples."""

from typing import Any

from pydantic import Field
from sklearn.ensemble import (
    ExtraTreesClassifier,
    ExtraTreesRegressor,
    RandomForestClassifier,
    RandomForestRegressor,
)

from matts.tabular.fitting import ModelSettings
from matts.tabular.lesson import Lesson


class ForestSettings(ModelSettings):
    """How many trees on how many examples each, how few end a branch, what a split looks at."""

    trees: int = Field(100, ge=1, le=10_000)
    leaf: int = Field(3, ge=1)
    tree_rows: int = Field(20_000, ge=1)  # drawn for each tree, no more than there are
    column_share: float = Field(0.15, gt=0, le=1)  # of the columns, drawn for each split

    def parameters(self, lesson: Lesson) -> dict[str, Any]:
        """The same in scikit-learn's words."""
        return {
            "n_estimators": self.trees,
            "min_samples_leaf": self.leaf,
            "bootstrap": True,
            "max_samples": min(self.tree_rows, len(lesson)),
            "max_features": self.column_share,
            "random_state": lesson.seed,
        }


class RandomForestSettings(ForestSettings):
    """Random forest (Breiman, 2001): the best split of each column is looked for, which is dear."""

    trees: int = Field(60, ge=1, le=10_000)
    tree_rows: int = Field(8_000, ge=1)

    def build(self, lesson: Lesson) -> Any:
        """The forest, not grown."""
        kind = RandomForestRegressor if lesson.is_number else RandomForestClassifier
        return kind(**self.parameters(lesson))


class ExtraTreesSettings(ForestSettings):
    """Extremely randomised trees (Geurts, Ernst and Wehenkel, 2006)."""

    def build(self, lesson: Lesson) -> Any:
        """The forest, not grown."""
        kind = ExtraTreesRegressor if lesson.is_number else ExtraTreesClassifier
        return kind(**self.parameters(lesson))
