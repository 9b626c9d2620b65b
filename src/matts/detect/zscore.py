"""The two simplest detectors that look: how far off a window lies, and how restless it is."""

from typing import ClassVar, Self

import numpy as np
from pydantic import BaseModel, ConfigDict

from matts.domain import Floats, State, Windows
from matts.windows import Scaler


class SpreadSettings(BaseModel):
    """Nothing to set: means and spreads come from healthy readings."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class ZScoreDetector:
    """Score a window by how many spreads its readings lie from the healthy mean."""

    Settings: ClassVar = SpreadSettings
    scaler: Scaler

    def __init__(self, settings: SpreadSettings | None = None) -> None:
        self.settings = settings or SpreadSettings()

    def fit(self, windows: Windows, validation: Windows) -> Self:  # noqa: ARG002
        """Measure the healthy mean and spread of each sensor."""
        self.scaler = Scaler.fit(windows.healthy.last_rows)
        return self

    def score(self, windows: Windows) -> Floats:
        """Score each window: [N]."""
        return np.asarray(self.contributions(windows).sum(axis=1))

    def contributions(self, windows: Windows) -> Floats:
        """What each sensor adds to the score: [N, F]."""
        none = np.zeros((0, len(windows.sensors)))
        parts = [self._statistic(self.scaler(part.values)) for part in windows.batches(4096)]
        return np.asarray(np.concatenate([none, *parts]) / len(windows.sensors))

    def _statistic(self, scaled: Floats) -> Floats:
        """[N, T, F] -> [N, F]: the mean distance from the healthy mean."""
        return np.asarray(np.abs(scaled).mean(axis=1, dtype=np.float64))

    def state(self) -> State:
        """The scale."""
        return State(dict(self.scaler.arrays), {})

    @classmethod
    def from_state(cls, state: State) -> Self:
        """Rebuild from the scale."""
        detector = cls()
        detector.scaler = Scaler.from_arrays(state.arrays)
        return detector


class MovingVarianceDetector(ZScoreDetector):
    """Score a window by the variance of its readings within the window."""

    def _statistic(self, scaled: Floats) -> Floats:
        """[N, T, F] -> [N, F]: the variance over the window."""
        return np.asarray(scaled.var(axis=1, dtype=np.float64))
