"""The control of every diagnosis: always the most frequent fault."""

from typing import Self

import numpy as np

from matts.domain import BadInputError, Floats, State, Windows


class MajorityDiagnoser:
    """Give every window the shares that the faults have in training."""

    shares: Floats  # [K]

    def fit(self, windows: Windows, validation: Windows) -> Self:  # noqa: ARG002
        """Count the faults."""
        counts = windows.faults.sum(axis=0)
        if not counts.sum():
            msg = f"a diagnoser needs anomalous windows to learn from, got none in {len(windows)}"
            raise BadInputError(msg)
        self.shares = counts / counts.sum()
        return self

    def probabilities(self, windows: Windows) -> Floats:
        """The same for each window: [N, K]."""
        return np.tile(self.shares, (len(windows), 1))

    def state(self) -> State:
        """The shares."""
        return State({"shares": self.shares}, {})

    @classmethod
    def from_state(cls, state: State) -> Self:
        """Rebuild from the shares."""
        diagnoser = cls()
        diagnoser.shares = state.arrays["shares"]
        return diagnoser
