"""A supervised detector whose structure is shared by like components of the machine."""

from typing import ClassVar, Self

import numpy as np
from pydantic import BaseModel, ConfigDict, Field

from matts.domain import BadInputError, Floats, State, Windows
from matts.groups import SensorSettings
from matts.noisy_or import Parts


class SupervisedSettings(BaseModel):
    """What is known of the machine, and how dear weights are to the fit."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    sensors: SensorSettings = SensorSettings()
    ridge: float = Field(1e-4, gt=0)


class SupervisedDetector:
    """Score a window's last reading by the probability that it has any fault.

    It learns from labels, healthy readings and faulty ones: what a network must beat. The score is
    shared among the sensors by their part of the evidence, gradient times reading, where it speaks
    for a fault.
    """

    Settings: ClassVar = SupervisedSettings
    probabilistic = True
    parts: Parts

    def __init__(self, settings: SupervisedSettings | None = None) -> None:
        self.settings = settings or SupervisedSettings()

    def fit(self, windows: Windows, validation: Windows) -> Self:  # noqa: ARG002
        """Learn from all training windows, some of them faulty."""
        if not windows.faulty.any():
            msg = f"it needs faulty training windows to learn from, got none in {len(windows)}"
            raise BadInputError(msg)
        self.parts = Parts.fit(windows, self.settings.sensors, self.settings.ridge)
        return self

    def score(self, windows: Windows) -> Floats:
        """Score each window: [N]."""
        return np.asarray(-np.expm1(-self.parts.evidence(windows).sum(axis=1)))

    def contributions(self, windows: Windows) -> Floats:
        """Split each score over the sensors: [N, F]."""
        speaks = np.maximum(self.parts.share(windows), 0) + np.finfo(np.float64).tiny
        return np.asarray(speaks / speaks.sum(axis=1, keepdims=True) * self.score(windows)[:, None])

    def state(self) -> State:
        """Weights, scale, and which sensors are alike."""
        return State(self.parts.arrays, {"settings": self.settings.model_dump()})

    @classmethod
    def from_state(cls, state: State) -> Self:
        """Rebuild; nothing is fitted again."""
        detector = cls(SupervisedSettings.model_validate(state.config["settings"]))
        detector.parts = Parts.from_arrays(state.arrays)
        return detector
