"""Isolation forest: strange windows are cut off by few random splits."""

from typing import ClassVar, Self

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field
from sklearn.ensemble import IsolationForest

from matts.domain import BadInputError, Floats, State, Windows
from matts.windows import Scaler

TRUSTED = ["sklearn.tree._tree.Tree"]  # its indices are checked by `within_bounds`
LEAF = -1  # the left child of a node without children


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

    def state(self) -> State:
        """Scale and trees, the trees as skops writes them."""
        import skops.io  # noqa: PLC0415 (it takes a second, and a run may do without)

        if self.packed is None:
            self.packed = np.frombuffer(skops.io.dumps(self.forest), np.uint8)
        arrays = {**self.scaler.arrays, "forest": self.packed}
        return State(arrays, {"settings": self.settings.model_dump()})

    @classmethod
    def from_state(cls, state: State) -> Self:
        """Rebuild from scale and trees; skops builds trees and nothing that it could not name."""
        import skops.io  # noqa: PLC0415

        detector = cls(IsolationForestSettings(**state.config["settings"]))
        detector.scaler = Scaler.from_arrays(state.arrays)
        forest = skops.io.loads(state.arrays["forest"].tobytes(), trusted=TRUSTED)
        detector.forest, detector.packed = within_bounds(forest), state.arrays["forest"]
        return detector


def within_bounds(forest: IsolationForest) -> IsolationForest:
    """The forest, if every split looks at a sensor that exists and leads down its own tree."""
    for estimator in forest.estimators_:
        nodes = estimator.tree_
        splits = np.flatnonzero(nodes.children_left != LEAF)
        sensors = nodes.feature[splits]
        children = np.stack([nodes.children_left, nodes.children_right])[:, splits]
        down = (children > splits) & (children < nodes.node_count)
        if not (down.all() and ((sensors >= 0) & (sensors < forest.n_features_in_)).all()):
            msg = "the isolation forest's file is damaged: a node points out of its tree"
            raise BadInputError(msg)
    return forest
