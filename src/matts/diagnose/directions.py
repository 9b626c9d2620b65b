"""Which way a reading has left the healthy ones: what events of one fault have in common."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from sklearn.covariance import LedoitWolf

from matts.domain import BadInputError, Floats, Windows
from matts.windows import Scaler

FARTHEST = 1e6  # spreads from the mean: farther readings are taken to be so far


@dataclass(frozen=True)
class Directions:
    """The way from the middle of the healthy readings to the last one of a window.

    Distances are measured against how healthy sensors vary together (Mahalanobis), so what moves
    all of them as usual counts little. How far a reading went is left out: a mild fault and a
    grave one of the same kind lead the same way.
    """

    scaler: Scaler
    whitening: (
        Floats  # [F, F]: healthy readings in spreads times it have the identity as covariance
    )

    @classmethod
    def fit(cls, windows: Windows) -> Self:
        """Measure healthy training readings; the covariance is shrunk (Ledoit and Wolf, 2004)."""
        healthy = windows.healthy
        if not len(healthy):
            msg = f"directions need healthy windows to start from, got none in {len(windows)}"
            raise BadInputError(msg)
        scaler = Scaler.fit(healthy.last_rows)
        found = LedoitWolf().fit(_scaled(scaler, healthy)).covariance_
        variances, axes = np.linalg.eigh(found)
        still = variances <= 1e-9 * max(variances.max(), 1e-30)
        return cls(scaler, axes / np.sqrt(np.where(still, 1.0, variances)))

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, NDArray[Any]]) -> Self:
        """The same again, from what `arrays` gave."""
        return cls(Scaler.from_arrays(arrays), arrays["whitening"])

    @property
    def arrays(self) -> dict[str, Floats]:
        """Scale and whitening by name, to be kept with a model."""
        return {**self.scaler.arrays, "whitening": self.whitening}

    def __call__(self, windows: Windows) -> Floats:
        """The way of each window, of length 1: [N, F]; 0 where it is in the middle."""
        ways = _scaled(self.scaler, windows) @ self.whitening
        return np.asarray(ways / np.maximum(np.linalg.norm(ways, axis=1, keepdims=True), 1e-12))


def _scaled(scaler: Scaler, windows: Windows) -> Floats:
    """The last readings in spreads from the mean: [N, F]; a missing one is where the mean is."""
    scaled = (windows.last_rows.astype(np.float64) - scaler.mean) / scaler.spread
    return np.clip(np.nan_to_num(scaled, nan=0.0), -FARTHEST, FARTHEST)
