"""A forest that tells health and every fault apart by what windows look like as a whole."""

from typing import ClassVar, Self

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field
from sklearn.ensemble import ExtraTreesClassifier

from matts.domain import Floats, Ints, State, Windows
from matts.dynamics import Dynamics
from matts.features import engineer
from matts.packed_trees import pack, unpack
from matts.smoothing import calmed
from matts.windows import Scaler

RAW = ("mean", "deviation")  # of the readings
OFF = ("mean", "deviation", "autocovariance")  # of what the readings before did not foretell
BLOCK = 4096  # windows that are looked at together


class ForestSettings(BaseModel):
    """How many trees grow how far, and what they see.

    `leaf` windows at least end a branch. A split is chosen among the `share` of the columns.
    `lags` readings foretell the next one. `memory` is the mean over the windows that end at so
    many readings.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    trees: int = Field(50, ge=1, le=10_000)
    leaf: int = Field(2, ge=1)
    share: float = Field(0.05, gt=0, le=1)
    lags: int = Field(4, ge=0, le=100)
    memory: int = Field(1, ge=1, le=1000)


class Forest:
    """Extremely randomised trees on window statistics (Geurts, Ernst and Wehenkel, 2006).

    The statistics are level and spread of each sensor, and level, spread and autocovariance of
    what a linear forecast leaves: a fault that changes how a sensor moves shows there, even where
    its level stays.
    """

    Settings: ClassVar = ForestSettings
    dynamics: Dynamics
    usual: Scaler  # of the statistics of healthy windows
    faults: int  # K, those of training: windows to be judged need not name any
    trees: ExtraTreesClassifier
    packed: NDArray[np.uint8] | None = None  # the trees as skops wrote them, once for all

    def __init__(self, settings: ForestSettings | None = None) -> None:
        self.settings = settings or ForestSettings()

    def fit(self, windows: Windows) -> Self:
        """Learn from all windows; one with two faults counts once for each."""
        settings, self.packed, self.faults = self.settings, None, len(windows.fault_names)
        self.dynamics = Dynamics.fit(windows, settings.lags)
        columns, faulty = self._columns(windows), windows.faulty
        self.usual = Scaler.fit(columns[~faulty] if not faulty.all() else columns)
        which, classes = np.nonzero(np.column_stack([~faulty, windows.faults]))
        grown = ExtraTreesClassifier(
            n_estimators=settings.trees,
            min_samples_leaf=settings.leaf,
            max_features=settings.share,
            random_state=0,
        )
        self.trees = grown.fit(columns[which], classes)
        return self

    def probabilities(self, windows: Windows) -> Floats:
        """Give health and each fault a probability: [N, 1 + K], health first."""
        return calmed(self._judge, windows, self.settings.memory)

    def _judge(self, windows: Windows) -> Floats:
        """The same, window by window."""
        found = np.zeros((len(windows), 1 + self.faults))
        if len(windows):
            found[:, _classes(self.trees)] = self.trees.predict_proba(self._columns(windows))
        return found

    def distances(self, windows: Windows) -> Floats:
        """How far each sensor's statistics are off healthy ones, squared and summed: [N, F]."""
        squares = np.square(self.usual(self._columns(windows)), dtype=np.float64)
        shape = len(windows), len(RAW) + len(OFF), len(windows.sensors)
        return np.asarray(squares.reshape(shape).sum(axis=1))

    def _columns(self, windows: Windows) -> Floats:
        """The statistics of windows: [N, 5 F]."""
        if not len(windows):
            return np.empty((0, (len(RAW) + len(OFF)) * len(windows.sensors)))
        blocks = [self._block(block) for block in windows.batches(BLOCK)]
        return np.concatenate(blocks)

    def _block(self, windows: Windows) -> Floats:
        scaled = self.dynamics.scaled(windows)
        off = self.dynamics.unforeseen(scaled)
        return np.concatenate([engineer(scaled, RAW), engineer(off, OFF)], axis=1)

    def state(self) -> State:
        """Scales, dynamics and trees, the trees as skops writes them."""
        if self.packed is None:
            self.packed = pack(self.trees)
        usual = {f"usual_{name}": array for name, array in self.usual.arrays.items()}
        arrays = {**self.dynamics.arrays, **usual, "forest": self.packed}
        return State(arrays, {"settings": self.settings.model_dump(), "faults": self.faults})

    @classmethod
    def from_state(cls, state: State) -> Self:
        """Rebuild; nothing is fitted again."""
        forest, arrays = cls(ForestSettings(**state.config["settings"])), state.arrays
        forest.dynamics = Dynamics.from_arrays(arrays)
        forest.usual = Scaler(arrays["usual_mean"], arrays["usual_spread"])
        forest.packed, forest.faults = arrays["forest"], state.config["faults"]
        forest.trees = unpack(arrays["forest"])
        return forest


def _classes(trees: ExtraTreesClassifier) -> Ints:
    """The classes that there were in training."""
    return np.asarray(trees.classes_, np.int64)
