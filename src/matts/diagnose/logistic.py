"""The bar for every diagnosis network: logistic regression on one reading."""

from typing import Self

import numpy as np
from scipy.special import softmax
from sklearn.linear_model import LogisticRegression

from matts.domain import BadInputError, Floats, State, Windows
from matts.windows import Scaler


class LogisticDiagnoser:
    """Tell the faults apart by a linear map of the last reading, classes weighted equally."""

    scaler: Scaler
    slopes: Floats  # [K, F]
    offsets: Floats  # [K], minus infinity for a fault that never occurred

    def fit(self, windows: Windows, validation: Windows) -> Self:  # noqa: ARG002
        """Learn from the anomalous windows; one with two faults counts once for each."""
        anomalous, fault = np.nonzero(windows.faults)
        if not len(fault):
            msg = f"a diagnoser needs anomalous windows to learn from, got none in {len(windows)}"
            raise BadInputError(msg)
        self.scaler = Scaler.fit(windows.last_rows)
        scaled = self.scaler(windows.last_rows)[anomalous]
        present, count = np.unique(fault), len(windows.fault_names)
        self.slopes, self.offsets = np.zeros((count, scaled.shape[1])), np.full(count, -np.inf)
        self.offsets[present] = 0.0
        if len(present) > 1:
            model = LogisticRegression(max_iter=2000, class_weight="balanced").fit(scaled, fault)
            told = present[-len(model.intercept_) :]  # of two classes the second one is told
            self.slopes[told], self.offsets[told] = model.coef_, model.intercept_
        return self

    def probabilities(self, windows: Windows) -> Floats:
        """Give each fault a probability: [N, K]."""
        scaled = self.scaler(windows.last_rows).astype(np.float64)
        return np.asarray(softmax(scaled @ self.slopes.T + self.offsets, axis=1))

    def state(self) -> State:
        """Scale, slopes and offsets."""
        return State({**self.scaler.arrays, "slopes": self.slopes, "offsets": self.offsets}, {})

    @classmethod
    def from_state(cls, state: State) -> Self:
        """Rebuild from scale, slopes and offsets."""
        diagnoser = cls()
        diagnoser.scaler = Scaler.from_arrays(state.arrays)
        diagnoser.slopes, diagnoser.offsets = state.arrays["slopes"], state.arrays["offsets"]
        return diagnoser
