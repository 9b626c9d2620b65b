"""The loss terms and their slopes: B windows, T steps, F sensors, L latent dimensions, K faults.

Each returns its weighted loss; what it is handed to judge becomes the slope of the loss there.
"""

import math

import numpy as np
from numba import njit

from matts.compiled.layers import ONE, PART, REAL, ZERO, Array
from matts.domain import Bools


@njit(**PART)
def reconstruction_loss(
    rebuilt: Array, windows: Array, rebuild: Array, weight: np.float32
) -> np.float32:
    """The mean squared error of the windows that `rebuild` [B] counts: [T, B, F], [T, B, F]."""
    steps, batch, sensors = windows.shape
    share = weight / (max(rebuild.sum(), ONE) * REAL(steps * sensors))
    loss = ZERO
    for t in range(steps):
        for b in range(batch):
            own, total = share * rebuild[b], ZERO
            for j in range(sensors):
                error = rebuilt[t, b, j] - windows[t, b, j]
                total += error * error
                rebuilt[t, b, j] = REAL(2) * own * error
            loss += own * total
    return loss


@njit(**PART)
def anomaly_loss(
    logits: Array, faulty: Bools, weight: np.float32, positive: np.float32
) -> np.float32:
    """Binary cross-entropy; a faulty window counts `positive` times: [B, 1], [B]."""
    share = weight / REAL(len(logits))
    loss = ZERO
    for b in range(len(logits)):
        logit = logits[b, 0]
        small = REAL(math.exp(-abs(logit)))  # e^-z itself would overflow, which fast maths forbids
        surprise = REAL(math.log1p(small)) + max(-logit, ZERO)  # log(1 + e^-z)
        probability = (ONE if logit >= 0 else small) / (ONE + small)
        if faulty[b]:
            loss += share * positive * surprise
            logits[b, 0] = share * positive * (probability - ONE)
        else:
            loss += share * (logit + surprise)
            logits[b, 0] = share * probability
    return loss


@njit(**PART)
def fault_loss(logits: Array, targets: Array, weight: np.float32) -> np.float32:
    """Cross-entropy, each target by its share of their sum: [B, K], [B, K]."""
    share = weight / targets.sum()
    loss = ZERO
    for b in range(len(logits)):
        top, total, own = logits[b].max(), ZERO, targets[b].sum()
        for k in range(logits.shape[1]):
            total += REAL(math.exp(logits[b, k] - top))
        norm = top + REAL(math.log(total))
        for k in range(logits.shape[1]):
            log_p = logits[b, k] - norm
            loss -= share * targets[b, k] * log_p
            logits[b, k] = share * (own * REAL(math.exp(log_p)) - targets[b, k])
    return loss
