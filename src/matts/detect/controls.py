"""Detectors that know nothing: what does not beat them is worth nothing."""

from typing import ClassVar, Self

import numpy as np
from pydantic import BaseModel, ConfigDict, Field

from matts.domain import Floats, State, Windows

# Registered names; no combination mixes them.
CONTROLS = ("random", "constant", "moving_variance", "one_sensor")


class ConstantSettings(BaseModel):
    """A constant score has nothing to set."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class ConstantDetector:
    """Find every window equally strange."""

    Settings: ClassVar = ConstantSettings

    def __init__(self, settings: ConstantSettings | None = None) -> None:
        self.settings = settings or ConstantSettings()

    def fit(self, windows: Windows, validation: Windows) -> Self:  # noqa: ARG002
        """Learn nothing."""
        return self

    def score(self, windows: Windows) -> Floats:
        """Score each window 0: [N]."""
        return np.zeros(len(windows))

    def contributions(self, windows: Windows) -> Floats:
        """Nothing contributes to nothing: [N, F]."""
        return np.zeros((len(windows), len(windows.sensors)))

    def state(self) -> State:
        """Nothing to keep."""
        return State({}, {})

    @classmethod
    def from_state(cls, state: State) -> Self:  # noqa: ARG003
        """Another one is the same one."""
        return cls()


class RandomSettings(BaseModel):
    """Which random numbers."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    seed: int = Field(0, ge=0)


class RandomDetector:
    """Score windows by a random number that belongs to their place in the record."""

    Settings: ClassVar = RandomSettings

    def __init__(self, settings: RandomSettings | None = None) -> None:
        self.settings = settings or RandomSettings()

    def fit(self, windows: Windows, validation: Windows) -> Self:  # noqa: ARG002
        """Learn nothing."""
        return self

    def score(self, windows: Windows) -> Floats:
        """Score each window in [0, 1): [N]."""
        drawn = np.random.default_rng(self.settings.seed).random(
            windows.positions.max(initial=0) + 1
        )
        return np.asarray(drawn[windows.positions])

    def contributions(self, windows: Windows) -> Floats:
        """Split each score evenly: [N, F]."""
        count = len(windows.sensors)
        return np.repeat(self.score(windows)[:, None] / count, count, axis=1)

    def state(self) -> State:
        """The seed."""
        return State({}, {"settings": self.settings.model_dump()})

    @classmethod
    def from_state(cls, state: State) -> Self:
        """The same numbers again."""
        return cls(RandomSettings(**state.config["settings"]))
