"""CatBoost (Prokhorenkova et al., NeurIPS 2018), kept as its own .cbm."""

from pathlib import Path
from typing import Any, Self

import numpy as np
from pydantic import Field

from matts.domain import Floats
from matts.tabular.fitting import ModelSettings
from matts.tabular.learners.libraries import library
from matts.tabular.lesson import Lesson, Past, held_out

FILE = "model.cbm"


class CatBoostSettings(ModelSettings):
    """How many rounds at most, how long without gain, and the size of its symmetric trees."""

    rounds: int = Field(200, ge=1, le=10_000)
    patience: int = Field(10, ge=1)
    rate: float = Field(0.15, gt=0, le=1)
    depth: int = Field(6, ge=1, le=16)
    bins: int = Field(63, ge=2, le=65535)
    row_share: float = Field(0.5, gt=0, le=1)
    column_share: float = Field(0.3, gt=0, le=1)
    ridge: float = Field(3.0, ge=0)

    def parameters(self, lesson: Lesson) -> dict[str, Any]:
        """The same in CatBoost's words; it writes no files of its own."""
        return {
            "loss_function": _loss(lesson),
            "iterations": self.rounds,
            "learning_rate": self.rate,
            "depth": self.depth,
            "border_count": self.bins,
            "bootstrap_type": "Bernoulli",
            "boosting_type": "Plain",
            "subsample": self.row_share,
            "rsm": self.column_share,
            "l2_leaf_reg": self.ridge,
            "random_seed": lesson.seed,
            "thread_count": 1,
            "allow_writing_files": False,
            "logging_level": "Silent",
        }


def _loss(lesson: Lesson) -> str:
    if lesson.is_number:
        return "RMSE"
    return "Logloss" if len(lesson.classes) == 2 else "MultiClass"  # noqa: PLR2004


class CatBoostLearner:
    """Boosted symmetric trees that stop by machines held out."""

    booster: Any

    def __init__(self, settings: CatBoostSettings) -> None:
        self.settings = settings

    def fit(self, lesson: Lesson) -> Self:
        """Fit to some machines, and stop when others are foretold no better."""
        catboost, chosen = library("catboost"), self.settings
        kept, held = held_out(lesson, every_class=False) or (lesson, None)
        self.booster = catboost.CatBoost(chosen.parameters(lesson))
        self.booster.fit(
            _pool(kept),
            eval_set=None if held is None else _pool(held),
            early_stopping_rounds=None if held is None else chosen.patience,
        )
        return self

    def predict(self, x: Floats, past: Past | None) -> Floats:  # noqa: ARG002
        """Evidence of the second of two classes [n], of each of more [n, k], or numbers [n]."""
        raw = self.booster.predict(x, prediction_type="RawFormulaVal", thread_count=1)
        return np.asarray(raw)

    def save(self, folder: Path) -> None:
        """In its own format."""
        self.booster.save_model(str(folder / FILE))

    def load(self, folder: Path) -> Self:
        """From its own format."""
        self.booster = library("catboost").CatBoost().load_model(str(folder / FILE))
        return self


def _pool(lesson: Lesson) -> Any:
    pool = library("catboost").Pool
    return pool(lesson.x, lesson.y, weight=lesson.weights, thread_count=1)
