"""A diagnoser whose structure is shared by like components of the machine."""

from typing import Self

import numpy as np

from matts.domain import BadInputError, Floats, State, Windows
from matts.groups import SensorSettings
from matts.noisy_or import Parts

RIDGE = 1e-4  # what squared weights cost


class SharedDiagnoser:
    """Weigh the faults by the evidence that any component, or the whole machine, has for each."""

    parts: Parts

    def __init__(self, sensors: SensorSettings | None = None) -> None:
        self.sensors = sensors or SensorSettings()

    def fit(self, windows: Windows, validation: Windows) -> Self:  # noqa: ARG002
        """Learn from the anomalous windows."""
        anomalous = windows.where(windows.faulty)
        if not len(anomalous):
            msg = f"a diagnoser needs anomalous windows to learn from, got none in {len(windows)}"
            raise BadInputError(msg)
        self.parts = Parts.fit(anomalous, self.sensors, RIDGE)
        return self

    def probabilities(self, windows: Windows) -> Floats:
        """Give each fault a probability: [N, K]."""
        evidence = self.parts.evidence(windows) + np.finfo(np.float64).tiny
        present = -np.expm1(-evidence)
        return np.asarray(present / present.sum(axis=1, keepdims=True))

    def state(self) -> State:
        """Weights, scale, and which sensors are alike."""
        return State(self.parts.arrays, {"sensors": self.sensors.model_dump()})

    @classmethod
    def from_state(cls, state: State) -> Self:
        """Rebuild; nothing is fitted again."""
        diagnoser = cls(SensorSettings.model_validate(state.config["sensors"]))
        diagnoser.parts = Parts.from_arrays(state.arrays)
        return diagnoser
