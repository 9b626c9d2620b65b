"""Class weights, and probabilities as they are without them."""

from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from sklearn.linear_model import LogisticRegression

from matts.domain import Floats, Ints


def class_weights(y: Ints, count: int, balance: float) -> Floats:
    """What an example of each class counts: its rarity to the power of `balance`: [k].

    0 counts all alike, 1 makes all classes weigh the same. The mean over examples is 1. Training
    on weights w shifts probabilities to p' ~ w p; p'/w takes it back (Elkan, IJCAI 2001).

    >>> class_weights(np.array([0, 0, 0, 1]), 2, 1.0).round(3).tolist()
    [0.667, 2.0]
    """
    sizes = np.bincount(y, minlength=count)
    weights = sizes.astype(np.float64) ** -balance
    return np.asarray(weights * (len(y) / (weights * sizes).sum()))


def columns_of(raw: Floats) -> Floats:
    """Evidence of each class [n, k]: of two classes models give the second against the first [n].

    >>> columns_of(np.array([1.5, -2.0])).tolist()
    [[0.0, 1.5], [0.0, -2.0]]
    """
    raw = np.asarray(raw, np.float64)
    return np.column_stack([np.zeros(len(raw)), raw]) if raw.ndim == 1 else raw


@dataclass(frozen=True)
class Calibrator:
    """Probabilities of classes by a logistic line through evidence (Platt, 1999).

    The evidence of each class against the first is squashed (arcsinh), for naive Bayes gives
    thousands where tens are meant. Of two classes the order of rows stays as it is.
    """

    centre: Floats  # [k - 1]
    scale: Floats  # [k - 1]
    slopes: Floats  # [k, k - 1]
    offsets: Floats  # [k]

    @classmethod
    def fit(cls, evidence: Floats, y: Ints) -> Self:
        """Learn from evidence [n, k] for examples that the model has not seen."""
        against = cls._against_first(evidence)
        spread = against.std(axis=0)
        scale = np.where(spread > 0, spread, 1.0)
        centre = against.mean(axis=0)
        line = LogisticRegression(solver="newton-cholesky").fit((against - centre) / scale, y)
        slopes, offsets = line.coef_, line.intercept_
        if len(offsets) == 1:  # of two classes only the second one is told
            slopes, offsets = np.vstack([0 * slopes, slopes]), np.r_[0.0, offsets]
        return cls(centre, scale, slopes, offsets)

    def __call__(self, evidence: Floats) -> Floats:
        """Log-probabilities up to a constant for each row: [n, k]."""
        standard = (self._against_first(evidence) - self.centre) / self.scale
        return np.asarray(standard @ self.slopes.T + self.offsets)

    @staticmethod
    def _against_first(evidence: Floats) -> Floats:
        return np.arcsinh(evidence[:, 1:] - evidence[:, :1])

    def as_json(self) -> dict[str, Any]:
        """All of it, to the last bit."""
        return {name: each.tolist() for name, each in vars(self).items()}

    @classmethod
    def from_json(cls, found: dict[str, Any]) -> Self:
        """What `as_json` gave."""
        return cls(**{name: np.asarray(each) for name, each in found.items()})
