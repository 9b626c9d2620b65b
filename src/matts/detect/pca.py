"""Principal components: how far a reading lies within the plane of healthy ones, and from it."""

from typing import Annotated, Any, ClassVar, Self

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, field_validator
from sklearn.metrics import average_precision_score

from matts.domain import Floats, State, Windows
from matts.windows import Scaler

Share = Annotated[float, Field(gt=0, lt=1)]


class PcaSettings(BaseModel):
    """Shares of the healthy variance that the plane may keep.

    Of several, validation PR-AUC chooses: a control gets as much help from labels as we do.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    variance: tuple[Share, ...] = Field((0.9, 0.95, 0.99, 0.995), min_length=1)

    @field_validator("variance", mode="before")
    @classmethod
    def _one_share_is_a_list_of_one(cls, given: Any) -> Any:
        return (given,) if isinstance(given, float) else given


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

    def fit(self, windows: Windows, validation: Windows) -> Self:
        """Find the plane of the healthy training readings that ranks validation windows best."""
        healthy = windows.healthy.last_rows
        self.scaler = Scaler.fit(healthy)
        scaled = self._scaled(healthy)
        variances, components = np.linalg.eigh(scaled.T @ scaled / len(scaled))
        spectrum = variances[::-1], components[:, ::-1]
        indices = [combined_index(*spectrum, share) for share in self.settings.variance]
        self.index = max(indices, key=lambda index: self._rank(index, validation))
        return self

    def _rank(self, index: Floats, validation: Windows) -> float:
        """PR-AUC of an index matrix on validation windows; 0 where they have no fault."""
        if not validation.faulty.any():
            return 0.0
        scaled = self._scaled(validation.last_rows)
        scores = (scaled * (scaled @ index)).sum(axis=1)
        return float(average_precision_score(validation.faulty, scores))

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


def combined_index(variances: Floats, components: Floats, share: float) -> Floats:
    """[F, F]: the matrix M for a plane that keeps a share of the variance, largest first."""
    kept = 1 + int(np.searchsorted(np.cumsum(variances), share * variances.sum()))
    plane, rest = components[:, :kept], max(variances[kept:].sum(), 1e-9 * variances.sum())
    within = plane / variances[:kept] @ plane.T / kept
    return np.asarray(within + (np.eye(len(plane)) - plane @ plane.T) / rest)
