"""One step of Adam on gradients cut to a norm (Kingma & Ba 2015, as torch.optim.Adam has it)."""

import math
from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from matts.compiled.layers import ONE, PART, REAL, ZERO, Array

BETA_1, BETA_2, EPSILON = 0.9, 0.999, REAL(1e-8)
KEEP_1, KEEP_2, TAKE_1, TAKE_2 = REAL(BETA_1), REAL(BETA_2), REAL(1 - BETA_1), REAL(1 - BETA_2)
TINY = REAL(1e-6)  # torch.nn.utils.clip_grad_norm_ divides by the norm plus this


class Adam(NamedTuple):
    """P weights, each with its gradient and two running means."""

    values: Array  # [P]
    gradients: Array  # [P]
    means: Array  # [P], of the gradient
    squares: Array  # [P], of its square
    steps: NDArray[np.int64]  # [1], how many were made


@njit(**PART)
def squared_norm(vector: Array) -> np.float32:
    """The sum of squares."""
    total = ZERO
    for i in range(len(vector)):
        total += vector[i] * vector[i]
    return total


@njit(**PART)
def clip_factor(squared: np.float32, clip: np.float32) -> np.float32:
    """What gradients of that squared norm are multiplied with."""
    return min(clip / (np.sqrt(squared) + TINY), ONE)


@njit(**PART)
def adam_step(adam: Adam, factor: np.float32, rate: float, decay: np.float32) -> None:
    """Move every weight once."""
    adam.steps[0] += 1
    size = REAL(rate / (1.0 - BETA_1 ** adam.steps[0]))
    root = REAL(1.0 / math.sqrt(1.0 - BETA_2 ** adam.steps[0]))
    values, gradients, means, squares = adam.values, adam.gradients, adam.means, adam.squares
    for i in range(len(values)):
        slope = gradients[i] * factor + decay * values[i]
        means[i] = KEEP_1 * means[i] + TAKE_1 * slope
        squares[i] = KEEP_2 * squares[i] + TAKE_2 * slope * slope
        values[i] -= size * means[i] / (np.sqrt(squares[i]) * root + EPSILON)
