"""A supervised detector: a forest on window statistics that has learnt every known fault."""

from typing import ClassVar, Self

import numpy as np

from matts.domain import BadInputError, Floats, State, Windows
from matts.forest import Forest, ForestSettings
from matts.packed_trees import count_numbers


class ForestDetector:
    """Score a window by the probability that it has any fault.

    It learns from labels, so it knows the faults that it is to find. A forest does not say which
    sensor spoke: contributions share the score by how far the statistics of each sensor are off
    those of healthy windows, squared.
    """

    Settings: ClassVar = ForestSettings
    probabilistic = True
    forest: Forest

    def __init__(self, settings: ForestSettings | None = None) -> None:
        self.settings = settings or ForestSettings()

    def fit(self, windows: Windows, validation: Windows) -> Self:  # noqa: ARG002
        """Learn from all training windows.

        Raises:
            BadInputError: there is no faulty window to learn from.
        """
        if not windows.faulty.any():
            msg = f"it needs faulty training windows to learn from, got none in {len(windows)}"
            raise BadInputError(msg)
        self.forest = Forest(self.settings).fit(windows)
        return self

    def score(self, windows: Windows) -> Floats:
        """Score each window: [N]."""
        return np.asarray(self.forest.probabilities(windows)[:, 1:].sum(axis=1))

    def contributions(self, windows: Windows) -> Floats:
        """Split each score over the sensors: [N, F]."""
        far = self.forest.distances(windows) + np.finfo(np.float64).tiny
        return np.asarray(far / far.sum(axis=1, keepdims=True) * self.score(windows)[:, None])

    def reach(self, length: int) -> int:
        """How many readings of the segment a score of windows of that length looks back at."""
        return length + self.forest.settings.memory - 1

    @property
    def in_trees(self) -> int:
        """The numbers in its trees."""
        return count_numbers(self.forest.trees)

    def state(self) -> State:
        """Those of the forest."""
        return self.forest.state()

    @classmethod
    def from_state(cls, state: State) -> Self:
        """Rebuild; nothing is fitted again."""
        detector = cls(ForestSettings(**state.config["settings"]))
        detector.forest = Forest.from_state(state)
        return detector
