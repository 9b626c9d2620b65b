"""Principal components: how far a reading lies within the plane of healthy ones, and from it."""

from typing import ClassVar, Self

import numpy as np
from pydantic import BaseModel, ConfigDict, Field

from matts.domain import Floats, State, Windows
from matts.windows import Scaler


class PcaSettings(BaseModel):
    """The share of the healthy variance that the plane keeps."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    variance: float = Field(0.95, gt=0, lt=1)


class PcaDetector:
    """Score a window's last reading by Hotelling's T2 plus SPE, each over its healthy mean.

    With x the scaled reading, P its leading components and L their variances, the score is the
    combined index x'Mx with M = P L^-1 P' / mean(T2) + (I - P P') / mean(SPE)
    (Yue and Qin, Industrial & Engineering Chemistry Research 40, 2001); x * (M x) splits it
    exactly over the sensors, where a part may be negative.
    """

    Settings: ClassVar = PcaSettings
    scaler: Scaler
    index: Floats  # [F, F], the matrix M

    def __init__(self, settings: PcaSettings | None = None) -> None:
        self.settings = settings or PcaSettings()

    def fit(self, windows: Windows, validation: Windows) -> Self:  # noqa: ARG002
        """Find the plane of the healthy training readings."""
        healthy = windows.healthy.last_rows
        self.scaler = Scaler.fit(healthy)
        scaled = self._scaled(healthy)
        variances, components = np.linalg.eigh(scaled.T @ scaled / len(scaled))
        variances, components = variances[::-1], components[:, ::-1]
        kept = 1 + int(
            np.searchsorted(np.cumsum(variances), self.settings.variance * variances.sum())
        )
        plane, rest = components[:, :kept], max(variances[kept:].sum(), 1e-12)
        within = plane / variances[:kept] @ plane.T / kept
        self.index = within + (np.eye(len(plane)) - plane @ plane.T) / rest
        return self

    def _scaled(self, rows: Floats) -> Floats:
        return self.scaler(rows).astype(np.float64)

    def score(self, windows: Windows) -> Floats:
        """Score each window: [N]."""
        return np.asarray(self.contributions(windows).sum(axis=1))

    def contributions(self, windows: Windows) -> Floats:
        """Split each score over the sensors: [N, F]."""
        scaled = self._scaled(windows.last_rows)
        return np.asarray(scaled * (scaled @ self.index))

    def state(self) -> State:
        """Scale and index matrix."""
        arrays = {**self.scaler.arrays, "index": self.index}
        return State(arrays, {"settings": self.settings.model_dump()})

    @classmethod
    def from_state(cls, state: State) -> Self:
        """Rebuild from scale and index matrix."""
        detector = cls(PcaSettings(**state.config["settings"]))
        detector.scaler = Scaler.from_arrays(state.arrays)
        detector.index = state.arrays["index"]
        return detector
