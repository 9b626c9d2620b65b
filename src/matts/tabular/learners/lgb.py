"""LightGBM (Ke et al., NIPS 2017), kept as its own text."""

from pathlib import Path
from typing import Any, Self

import numpy as np
from pydantic import Field

from matts.domain import Floats
from matts.tabular.fitting import ModelSettings
from matts.tabular.learners.libraries import library
from matts.tabular.lesson import Lesson, Past, held_out

FILE = "model.txt"


class LightGBMSettings(ModelSettings):
    """How many rounds at most, how long without gain, and the size of trees."""

    rounds: int = Field(200, ge=1, le=10_000)
    patience: int = Field(10, ge=1)
    rate: float = Field(0.1, gt=0, le=1)
    leaves: int = Field(31, ge=2, le=10_000)
    leaf: int = Field(20, ge=1)
    bins: int = Field(127, ge=2, le=1024)
    row_share: float = Field(0.5, gt=0, le=1)
    column_share: float = Field(0.3, gt=0, le=1)
    ridge: float = Field(1.0, ge=0)

    def parameters(self, lesson: Lesson) -> dict[str, Any]:
        """The same in LightGBM's words; one thread and a fixed order give equal numbers."""
        return {
            **_objective(lesson),
            "learning_rate": self.rate,
            "num_leaves": self.leaves,
            "min_data_in_leaf": self.leaf,
            "max_bin": self.bins,
            "bagging_fraction": self.row_share,
            "bagging_freq": 1,
            "feature_fraction": self.column_share,
            "lambda_l2": self.ridge,
            "seed": lesson.seed,
            "num_threads": 1,
            "deterministic": True,
            "force_col_wise": True,
            "verbosity": -1,
        }


def _objective(lesson: Lesson) -> dict[str, Any]:
    if lesson.is_number:
        return {"objective": "regression"}
    if len(lesson.classes) == 2:  # noqa: PLR2004
        return {"objective": "binary"}
    return {"objective": "multiclass", "num_class": len(lesson.classes)}


class LightGBMLearner:
    """Boosted trees that stop by machines held out."""

    booster: Any

    def __init__(self, settings: LightGBMSettings) -> None:
        self.settings = settings

    def fit(self, lesson: Lesson) -> Self:
        """Fit to some machines, and stop when others are foretold no better."""
        lightgbm, chosen = library("lightgbm"), self.settings
        kept, held = held_out(lesson, every_class=False) or (lesson, None)
        data = lightgbm.Dataset(kept.x, kept.y, weight=kept.weights)
        check, calls = [], []
        if held is not None:
            check = [data.create_valid(held.x, held.y, weight=held.weights)]
            calls = [lightgbm.early_stopping(chosen.patience, verbose=False)]
        booster = lightgbm.train(
            chosen.parameters(lesson), data, chosen.rounds, valid_sets=check, callbacks=calls
        )
        best = booster.best_iteration if check else None
        self.booster = lightgbm.Booster(model_str=booster.model_to_string(num_iteration=best))
        return self

    def predict(self, x: Floats, past: Past | None) -> Floats:  # noqa: ARG002
        """Evidence of the second of two classes [n], of each of more [n, k], or numbers [n]."""
        return np.asarray(self.booster.predict(x, raw_score=True, num_threads=1))

    def save(self, folder: Path) -> None:
        """In its own format."""
        self.booster.save_model(folder / FILE)

    def load(self, folder: Path) -> Self:
        """From its own format."""
        self.booster = library("lightgbm").Booster(model_file=folder / FILE)
        return self
