"""Isolation forest: strange windows are cut off by few random splits."""

from typing import ClassVar, Self

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field
from sklearn.ensemble import IsolationForest

from matts.domain import Floats, State, Windows
from matts.packed_trees import count_numbers, pack, unpack
from matts.windows import Scaler


class IsolationForestSettings(BaseModel):
    """How many trees, and their seed."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    trees: int = Field(100, ge=1, le=10_000)
    seed: int = Field(0, ge=0)


class IsolationForestDetector:
    """Score the last reading of a window by scikit-learn's isolation forest.

    A forest does not say which sensor made it cut: contributions share the score by the
    squared distance of each sensor from its healthy mean.
    """

    Settings: ClassVar = IsolationForestSettings
    scaler: Scaler
    forest: IsolationForest
    packed: NDArray[np.uint8] | None = None  # the trees as skops wrote them, once for all

    def __init__(self, settings: IsolationForestSettings | None = None) -> None:
        self.settings = settings or IsolationForestSettings()

    def fit(self, windows: Windows, validation: Windows) -> Self:  # noqa: ARG002
        """Grow the trees on healthy readings."""
        healthy = windows.healthy.last_rows
        self.scaler = Scaler.fit(healthy)
        self.forest = IsolationForest(
            n_estimators=self.settings.trees, random_state=self.settings.seed
        )
        self.forest.fit(self.scaler(healthy))
        self.packed = None
        return self

    def score(self, windows: Windows) -> Floats:
        """Score each window in (0, 1]: [N]."""
        if not len(windows):
            return np.zeros(0)
        return -np.asarray(self.forest.score_samples(self.scaler(windows.last_rows)))

    def contributions(self, windows: Windows) -> Floats:
        """Share each score out by squared distance: [N, F]."""
        squares = np.square(self.scaler(windows.last_rows), dtype=np.float64) + 1e-12
        shares = squares / squares.sum(axis=1, keepdims=True)
        return np.asarray(self.score(windows)[:, None] * shares)

    @property
    def in_trees(self) -> int:
        """The numbers in its trees."""
        return count_numbers(self.forest)

    def state(self) -> State:
        """Scale and trees, the trees as skops writes them."""
        if self.packed is None:
            self.packed = pack(self.forest)
        arrays = {**self.scaler.arrays, "forest": self.packed}
        return State(arrays, {"settings": self.settings.model_dump()})

    @classmethod
    def from_state(cls, state: State) -> Self:
        """Rebuild from scale and trees."""
        detector = cls(IsolationForestSettings(**state.config["settings"]))
        detector.scaler = Scaler.from_arrays(state.arrays)
        detector.packed = state.arrays["forest"]
        detector.forest = unpack(detector.packed)
        return detector
