"""Has the mean of a window moved? Each sensor's is held against what the other sensors' foresee."""

from typing import ClassVar, Literal, Self

import numpy as np
from pydantic import BaseModel, ConfigDict, Field

from matts.domain import BadInputError, Floats, State, Windows
from matts.features import scaled_means
from matts.windows import Scaler

STILL = 1e-12  # the variance of a sensor that never moves, in that of the readings


class MeanShiftSettings(BaseModel):
    """What is judged, and how far sensors are taken to be independent.

    each: how far every sensor is from what the others foresee, best where a fault shifts a few of
    them. all: how far all of them together are from the mean. `ridge` is added to variances of 1.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    judge: Literal["each", "all"] = "each"
    ridge: float = Field(1e-3, gt=0, le=1000)


class MeanShiftDetector:
    """Score the mean m of a window's readings by the covariance C of healthy windows' means.

    With P = (C + ridge)^-1 and variances of 1, `each` is the mean over sensors j of
    (P m)_j^2 / P_jj: the squared regression-adjusted variables (Hawkins, Technometrics 33, 1991).
    `all` is Hotelling's m'Pm over the number of sensors; m * (P m) splits it exactly, where a part
    may be negative. Either is near 1 where all is as it was. The longer the window, the smaller
    the shift that is seen, and the later. A missing reading is as the mean.
    """

    Settings: ClassVar = MeanShiftSettings
    scaler: Scaler
    centre: Floats  # [F], mean of the healthy means
    precision: Floats  # [F, F], P for means in spreads of readings

    def __init__(self, settings: MeanShiftSettings | None = None) -> None:
        self.settings = settings or MeanShiftSettings()

    def fit(self, windows: Windows, validation: Windows) -> Self:  # noqa: ARG002
        """Measure the means of healthy training windows."""
        healthy = windows.healthy
        if not len(healthy):
            msg = "mean_shift needs healthy training windows, got none"
            raise BadInputError(msg)
        self.scaler = Scaler.fit(healthy.last_rows)
        means = scaled_means(healthy, self.scaler)
        self.centre = means.mean(axis=0)
        covariance = np.cov(means.T, bias=True).reshape(len(self.centre), -1)
        variances = np.diag(covariance)
        spread = np.sqrt(np.where(variances > STILL, variances, 1.0))
        correlation = covariance / np.outer(spread, spread)
        eased = correlation + self.settings.ridge * np.eye(len(spread))
        self.precision = np.linalg.inv(eased) / np.outer(spread, spread)
        return self

    def score(self, windows: Windows) -> Floats:
        """Score each window: [N]."""
        return np.asarray(self.contributions(windows).sum(axis=1))

    def contributions(self, windows: Windows) -> Floats:
        """Split each score over the sensors: [N, F]."""
        shift = scaled_means(windows, self.scaler) - self.centre
        foreseen = np.einsum("nf,fg->ng", shift, self.precision)  # BLAS rounds by how many come
        if self.settings.judge == "all":
            return np.asarray(shift * foreseen / len(self.centre))
        return np.asarray(np.square(foreseen) / np.diag(self.precision) / len(self.centre))

    def state(self) -> State:
        """Scale, centre and precision."""
        arrays = {**self.scaler.arrays, "centre": self.centre, "precision": self.precision}
        return State(arrays, {"settings": self.settings.model_dump()})

    @classmethod
    def from_state(cls, state: State) -> Self:
        """Rebuild from scale, centre and precision."""
        detector = cls(MeanShiftSettings(**state.config["settings"]))
        detector.scaler = Scaler.from_arrays(state.arrays)
        detector.centre = state.arrays["centre"]
        detector.precision = state.arrays["precision"]
        return detector
