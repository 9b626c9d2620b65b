"""What the compiled engine is given to learn from; plain arrays and numbers."""

from typing import NamedTuple, Self

import numpy as np
from numpy.typing import NDArray


class Examples(NamedTuple):
    """R rows, N windows of T rows, K faults."""

    rows: NDArray[np.float32]  # [R, F], scaled
    first: NDArray[np.int64]  # [N], the row that each window begins at
    steps: int  # T
    rebuild: NDArray[np.float32]  # [N], 1 where reconstruction is learnt, else 0
    faulty: NDArray[np.bool_]  # [N]
    targets: NDArray[np.float32]  # [N, K], the share of each fault times the weight of its class


class Costs(NamedTuple):
    """What each loss term counts, and the limits of a step."""

    fault: np.float32
    clip: np.float32
    decay: np.float32
    reconstruction: np.float32
    anomaly: np.float32
    positive: np.float32  # of a faulty window in the anomaly term

    @classmethod
    def of(
        cls,
        *,
        fault: float,
        clip: float,
        decay: float,
        reconstruction: float = 0.0,
        anomaly: float = 0.0,
        positive: float = 1.0,
    ) -> Self:
        """In the precision of the weights."""
        values = (fault, clip, decay, reconstruction, anomaly, positive)
        most = float(np.finfo(np.float32).max)  # fast maths knows no infinity
        return cls(*(np.float32(min(value, most)) for value in values))
