"""XGBoost (Chen and Guestrin, KDD 2016), kept as its own .ubj."""

from pathlib import Path
from typing import Any, Self

import numpy as np
from pydantic import Field

from matts.domain import Floats
from matts.tabular.fitting import ModelSettings
from matts.tabular.learners.libraries import library
from matts.tabular.lesson import Lesson, Past, held_out

FILE = "model.ubj"


class TreeSettings(ModelSettings):
    """The size of trees, and what each of them sees."""

    rate: float = Field(0.1, gt=0, le=1)
    depth: int = Field(5, ge=1, le=20)
    least: float = Field(3.0, ge=0)  # weight in a leaf
    bins: int = Field(127, ge=2, le=1024)
    row_share: float = Field(0.5, gt=0, le=1)
    column_share: float = Field(0.3, gt=0, le=1)
    ridge: float = Field(1.0, ge=0)

    def trees(self, seed: int) -> dict[str, Any]:
        """The same in XGBoost's words; one thread gives equal numbers."""
        return {
            "tree_method": "hist",
            "max_bin": self.bins,
            "eta": self.rate,
            "max_depth": self.depth,
            "min_child_weight": self.least,
            "subsample": self.row_share,
            "colsample_bytree": self.column_share,
            "lambda": self.ridge,
            "seed": seed,
            "nthread": 1,
        }


class XGBoostSettings(TreeSettings):
    """How many rounds at most, and how long without gain."""

    rounds: int = Field(200, ge=1, le=10_000)
    patience: int = Field(10, ge=1)


def _objective(lesson: Lesson) -> dict[str, Any]:
    if lesson.is_number:
        return {"objective": "reg:squarederror", "eval_metric": "rmse"}
    if len(lesson.classes) == 2:  # noqa: PLR2004
        return {"objective": "binary:logistic", "eval_metric": "logloss"}
    count = len(lesson.classes)
    return {"objective": "multi:softprob", "num_class": count, "eval_metric": "mlogloss"}


class XGBoostLearner:
    """Boosted trees that stop by machines held out."""

    booster: Any

    def __init__(self, settings: XGBoostSettings) -> None:
        self.settings = settings

    def fit(self, lesson: Lesson) -> Self:
        """Fit to some machines, and stop when others are foretold no better."""
        xgboost, chosen = library("xgboost"), self.settings
        kept, held = held_out(lesson, every_class=False) or (lesson, None)
        data = xgboost.QuantileDMatrix(
            kept.x, kept.y, weight=kept.weights, max_bin=chosen.bins, nthread=1
        )
        watch = [] if held is None else [(_matrix(held, data, chosen.bins), "held")]
        booster = xgboost.train(
            _objective(lesson) | chosen.trees(lesson.seed),
            data,
            chosen.rounds,
            evals=watch,
            early_stopping_rounds=chosen.patience if watch else None,
            verbose_eval=False,
        )
        self.booster = booster[: booster.best_iteration + 1] if watch else booster
        return self

    def predict(self, x: Floats, past: Past | None) -> Floats:  # noqa: ARG002
        """Evidence of the second of two classes [n], of each of more [n, k], or numbers [n]."""
        return np.asarray(self.booster.inplace_predict(x, predict_type="margin"))

    def save(self, folder: Path) -> None:
        """In its own format."""
        self.booster.save_model(folder / FILE)

    def load(self, folder: Path) -> Self:
        """From its own format."""
        self.booster = library("xgboost").Booster({"nthread": 1}, model_file=folder / FILE)
        return self


def _matrix(held: Lesson, like: Any, bins: int) -> Any:
    matrix = library("xgboost").QuantileDMatrix
    return matrix(held.x, held.y, weight=held.weights, ref=like, max_bin=bins, nthread=1)
