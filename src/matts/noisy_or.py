"""Faults of a machine made of like components: one small model for all of these, and one whole.

A fault is present unless it is absent from every component and from the machine as a whole: a noisy
or of logistic regressions (Pearl, Probabilistic Reasoning in Intelligent Systems, 1988). Like
components share their weights, so each learns from the faults of all; where a fault was is not
needed to learn from it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple, Self

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.special import expit

from matts.domain import Bools, Floats, Ints

NEVER = -5.0  # where an intercept starts: faults are rare
SMALL = 1e-12
PATIENCE = 300  # iterations of L-BFGS


class Inputs(NamedTuple):
    """What is known of N windows: of each of S like components, and of the machine."""

    local: Floats  # [N, S, C]
    whole: Floats  # [N, F]

    @classmethod
    def of(cls, values: Floats, like: Ints) -> Self:
        """Of [N, F] channels, those of each component as [S, C] columns."""
        return cls(values[:, like], values)


@dataclass(frozen=True)
class NoisyOr:
    """Weights that like components share, those of the machine, and an intercept of each."""

    local: Floats  # [C + 1, K], the intercept last
    whole: Floats  # [F + 1, K]

    @classmethod
    def fit(cls, inputs: Inputs, faults: Bools, ridge: float) -> Self:
        """Maximise the likelihood of the faults: [N, K], less `ridge` of the squared weights."""
        channels, sensors, kinds = inputs.local.shape[2], inputs.whole.shape[1], faults.shape[1]
        start = np.zeros((channels + sensors + 2, kinds))
        start[[channels, -1]] = NEVER

        def judge(flat: Floats) -> tuple[float, Floats]:
            model = cls._of(flat.reshape(start.shape), channels)
            loss, local, whole = model._loss(inputs, faults, ridge)
            return loss, np.concatenate([local, whole]).ravel()

        found = minimize(
            judge, start.ravel(), jac=True, method="L-BFGS-B", options={"maxiter": PATIENCE}
        )
        return cls._of(found.x.reshape(start.shape), channels)

    @classmethod
    def _of(cls, stacked: Floats, channels: int) -> Self:
        return cls(stacked[: channels + 1], stacked[channels + 1 :])

    def _logits(self, inputs: Inputs) -> tuple[Floats, Floats]:
        """[N, S, K] of the components and [N, K] of the machine."""
        local = inputs.local @ self.local[:-1] + self.local[-1]
        return local, inputs.whole @ self.whole[:-1] + self.whole[-1]

    def evidence(self, inputs: Inputs) -> Floats:
        """Minus the logarithm of the probability that each fault is absent: [N, K]."""
        return _sum(*self._logits(inputs))

    def _loss(self, inputs: Inputs, faults: Bools, ridge: float) -> tuple[float, Floats, Floats]:
        """The loss a window, and its gradients."""
        local, whole = self._logits(inputs)
        evidence = _sum(local, whole)
        present = np.log(np.maximum(-np.expm1(-evidence), SMALL))
        slope = np.where(faults, -1 / np.maximum(np.expm1(evidence), SMALL), 1.0) / len(faults)
        by_local, by_whole = slope[:, None] * expit(local), slope * expit(whole)
        penalty = ridge * (np.square(self.local[:-1]).sum() + np.square(self.whole[:-1]).sum())
        return (
            float(np.where(faults, -present, evidence).sum() / len(faults) + penalty),
            _gradient(inputs.local, by_local, self.local, ridge),
            _gradient(inputs.whole, by_whole, self.whole, ridge),
        )

    def sensitivity(self, inputs: Inputs, like: Ints) -> Floats:
        """How much all evidence of a window rises with each channel: [N, F]."""
        local, whole = self._logits(inputs)
        rises = expit(whole) @ self.whole[:-1].T
        own = expit(local) @ self.local[:-1].T
        for component, columns in enumerate(like):
            rises[:, columns] += own[:, component]
        return np.asarray(rises)

    @property
    def arrays(self) -> dict[str, Floats]:
        """The weights by name."""
        return {"local": self.local, "whole": self.whole}

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, NDArray[Any]]) -> Self:
        """The model that `arrays` gave."""
        return cls(arrays["local"], arrays["whole"])


def _sum(local: Floats, whole: Floats) -> Floats:
    """[N, S, K] and [N, K] logits -> [N, K]: minus the logarithm that all of them are absent."""
    return np.asarray(_softplus(local).sum(axis=1) + _softplus(whole))


def _softplus(logits: Floats) -> Floats:
    """log(1 + e^x); numpy's logaddexp takes ten times as long."""
    return np.log1p(np.exp(-np.abs(logits))) + np.maximum(logits, 0)


def _gradient(inputs: Floats, slopes: Floats, weights: Floats, ridge: float) -> Floats:
    """[..., C], [..., K] -> [C + 1, K]: of weights and intercept."""
    flat, steep = inputs.reshape(-1, inputs.shape[-1]), slopes.reshape(-1, slopes.shape[-1])
    return np.concatenate([flat.T @ steep + 2 * ridge * weights[:-1], steep.sum(axis=0)[None]])
