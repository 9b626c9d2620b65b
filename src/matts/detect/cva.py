"""Canonical variate analysis: what of the last readings tells the next ones, and what does not."""

from typing import ClassVar, Self

import numpy as np
from pydantic import BaseModel, ConfigDict, Field

from matts.detect.canonical import Passage, canonical, indices, root, states_of
from matts.domain import Floats, Ints, State, Windows
from matts.windows import Scaler

BLOCK = 4096  # readings whose pasts are laid side by side at a time
TINY = 1e-12  # the least mean of an index: one that is always 0 says nothing


class CvaSettings(BaseModel):
    """How far a past reaches, what counts as a state, and how calmly it is judged.

    `lags` readings are a past, and as many a future; null takes those of a window. More than those
    reach back along the segment. `states` of null is chosen by Akaike's criterion. `ridge` is
    added to variances of about 1. `smoothing` is the mean over so many readings of the segment.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    lags: int | None = Field(None, ge=1, le=100)
    states: int | None = Field(None, ge=1, le=10_000)
    ridge: float = Field(1e-5, gt=0, le=1)
    smoothing: int = Field(1, ge=1, le=1000)


class CvaDetector:
    """Score a window by how strange its last readings are to healthy dynamics.

    T² of the state, T² beside it and Q, each over its mean in healthy validation windows; their
    mean is the score, near 1 where all is as it was. It is |S p|² with p the past and S symmetric,
    so each square belongs to one reading of one sensor: contributions are never negative
    (complete decomposition; Alcala and Qin, Automatica 45, 2009).
    """

    Settings: ClassVar = CvaSettings
    scaler: Scaler
    root: Floats  # [L F, L F], the matrix S, the latest reading first

    def __init__(self, settings: CvaSettings | None = None) -> None:
        self.settings = settings or CvaSettings()

    def fit(self, windows: Windows, validation: Windows) -> Self:
        """Find the canonical variates of healthy training readings."""
        passage, lags = Passage.of(windows), self.settings.lags or windows.length
        self.scaler = Scaler.fit(windows.rows[passage.sound(np.arange(1))])
        back, ahead = -np.arange(lags), np.arange(1, lags + 1)
        moments = passage.sound(np.r_[back, ahead])
        past, future = (self._near(windows, moments, steps) for steps in (back, ahead))
        found = canonical(past, future, self.settings.ridge)
        states = self.settings.states or states_of(found.correlations, len(past))
        forms = indices(found, min(states, len(found.axes)))
        held = self._near(validation, Passage.of(validation).sound(back), back)
        means = np.array([np.square(held @ form.T).sum(axis=1).mean() for form in forms])
        self.root = root(forms, 1 / np.maximum(means, TINY) / len(forms))
        return self

    def _near(self, windows: Windows, moments: Ints, steps: Ints) -> Floats:
        """[M] -> [M, L F]: the scaled rows so many steps away, the mean where there is none."""
        rows, inside = Passage.of(windows).around(moments, steps)
        scaled = self.scaler(windows.rows[rows]).astype(np.float64)
        return (scaled * inside[..., None]).reshape(len(rows), -1)

    def score(self, windows: Windows) -> Floats:
        """Score each window: [N]."""
        return np.asarray(self.contributions(windows).sum(axis=1))

    def contributions(self, windows: Windows) -> Floats:
        """Split each score over the sensors: [N, F]."""
        steps = -np.arange(self.settings.smoothing)
        rows, inside = Passage.of(windows).around(windows.last, steps)
        needed, where = np.unique(rows, return_inverse=True)
        parts, where = self._parts(windows, needed), where.reshape(rows.shape)
        total = np.zeros((len(rows), len(windows.sensors)))
        for step in range(len(steps)):
            total += parts[where[:, step]] * inside[:, step, None]
        return np.asarray(total / inside.sum(axis=1, keepdims=True))

    def reach(self, length: int) -> int:  # noqa: ARG002
        """How many readings of the segment a score looks back at."""
        return len(self.root) // len(self.scaler.mean) + self.settings.smoothing - 1

    def _parts(self, windows: Windows, moments: Ints) -> Floats:
        """[M] -> [M, F], without smoothing."""
        sensors = len(windows.sensors)
        back = -np.arange(len(self.root) // sensors)
        parts = np.empty((len(moments), sensors))
        for start in range(0, len(moments), BLOCK):
            past = self._near(windows, moments[start : start + BLOCK], back)
            squares = np.square(past @ self.root).reshape(len(past), len(back), sensors)
            parts[start : start + BLOCK] = squares.sum(axis=1)
        return parts

    def state(self) -> State:
        """Scale and root."""
        arrays = {**self.scaler.arrays, "root": self.root}
        return State(arrays, {"settings": self.settings.model_dump()})

    @classmethod
    def from_state(cls, state: State) -> Self:
        """Rebuild from scale and root."""
        detector = cls(CvaSettings(**state.config["settings"]))
        detector.scaler = Scaler.from_arrays(state.arrays)
        detector.root = state.arrays["root"]
        return detector
