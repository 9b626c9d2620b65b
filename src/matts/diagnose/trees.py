"""A diagnoser that knows healthy windows too: a forest on window statistics."""

from typing import ClassVar, Self

import numpy as np

from matts.domain import BadInputError, Floats, State, Windows
from matts.forest import Forest, ForestSettings


class TreesDiagnoser:
    """Tell the faults apart, and from health, by level, spread and dynamics of each sensor."""

    Settings: ClassVar = ForestSettings
    knows_healthy = True
    forest: Forest

    def __init__(self, settings: ForestSettings | None = None) -> None:
        self.settings = settings or ForestSettings()

    def fit(self, windows: Windows, validation: Windows) -> Self:  # noqa: ARG002
        """Learn from all training windows, healthy ones too."""
        if not windows.faulty.any():
            msg = f"a diagnoser needs anomalous windows to learn from, got none in {len(windows)}"
            raise BadInputError(msg)
        self.forest = Forest(self.settings).fit(windows)
        return self

    def with_healthy(self, windows: Windows) -> Floats:
        """Give health and each fault a probability: [N, 1 + K], health first."""
        return self.forest.probabilities(windows)

    def probabilities(self, windows: Windows) -> Floats:
        """Give each fault a probability, told that there is one: [N, K]."""
        faults = self.with_healthy(windows)[:, 1:]
        total = faults.sum(axis=1, keepdims=True)
        even = np.full(faults.shape, 1 / max(faults.shape[1], 1))
        return np.asarray(np.divide(faults, total, out=even, where=total > 0))

    def state(self) -> State:
        """Those of the forest."""
        return self.forest.state()

    @classmethod
    def from_state(cls, state: State) -> Self:
        """Rebuild; nothing is fitted again."""
        diagnoser = cls(ForestSettings(**state.config["settings"]))
        diagnoser.forest = Forest.from_state(state)
        return diagnoser
