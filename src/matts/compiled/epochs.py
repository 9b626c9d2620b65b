"""Whole epochs: each batch forward, backward, clipped and stepped, in one call.

`order` [N] names the examples as they are to be visited, `size` of them a batch.
"""

import numpy as np
from numba import njit

from matts.compiled.adam import adam_step, clip_factor, squared_norm
from matts.compiled.layers import (
    FAST,
    REAL,
    ZERO,
    add,
    dense_backward,
    dense_forward,
    lstm_backward,
    lstm_forward,
)
from matts.compiled.losses import anomaly_loss, fault_loss, reconstruction_loss


@njit(**FAST)
def gather(examples, chosen):
    """The windows of a batch, step by step: [B] -> [T, B, F]."""
    windows = np.empty((examples.steps, len(chosen), examples.rows.shape[1]), REAL)
    for b in range(len(chosen)):
        first = examples.first[chosen[b]]
        for t in range(examples.steps):
            for j in range(windows.shape[2]):
                windows[t, b, j] = examples.rows[first + t, j]
    return windows


@njit(**FAST)
def classifier_backward(twin, latent, targets, weight):
    """The loss of the diagnosis network, and its slope at the latent: [B, L] -> [], [B, L]."""
    inner = dense_forward(latent, twin.w.inner)
    for b in range(inner.shape[0]):
        for j in range(inner.shape[1]):
            inner[b, j] = max(inner[b, j], ZERO)
    logits = dense_forward(inner, twin.w.outer)
    loss = fault_loss(logits, targets, weight)
    d_inner = dense_backward(inner, logits, twin.w.outer, twin.g.outer)
    for b in range(inner.shape[0]):
        for j in range(inner.shape[1]):
            d_inner[b, j] *= inner[b, j] > 0
    return loss, dense_backward(latent, d_inner, twin.w.inner, twin.g.inner)


@njit(**FAST)
def autoencoder_batch(examples, chosen, twin, naming, costs):
    """Every gradient of a batch; the three loss terms, and whether the classifier has learnt."""
    w, g = twin.w, twin.g
    windows = gather(examples, chosen)
    steps, batch, sensors = windows.shape
    encoded = lstm_forward(windows, w.encoder)
    latent = encoded[3][steps - 1]
    repeated = np.zeros_like(encoded[3])
    for t in range(steps):
        add(repeated[t], latent)
    decoded = lstm_forward(repeated, w.decoder)
    played = decoded[3].reshape(steps * batch, -1)
    rebuilt = dense_forward(played, w.readout)
    logits = dense_forward(latent, w.head)

    faulty = examples.faulty[chosen]
    loss = reconstruction_loss(
        rebuilt.reshape(windows.shape), windows, examples.rebuild[chosen], costs.reconstruction
    )
    anomaly = anomaly_loss(logits, faulty, costs.anomaly, costs.positive)
    d_latent = dense_backward(latent, logits, w.head, g.head)
    fault, names = ZERO, costs.fault > 0 and faulty.any()
    if names:
        fault, d_named = classifier_backward(naming, latent, examples.targets[chosen], costs.fault)
        add(d_latent, d_named)

    d_played = dense_backward(played, rebuilt, w.readout, g.readout).reshape(decoded[3].shape)
    d_decoder = lstm_backward(repeated, decoded, d_played, w.decoder, g.decoder)
    d_repeated = np.dot(d_decoder, w.decoder.x.T).reshape(repeated.shape)
    for t in range(steps):
        add(d_latent, d_repeated[t])
    d_states = np.zeros_like(repeated)
    add(d_states[steps - 1], d_latent)
    lstm_backward(windows, encoded, d_states, w.encoder, g.encoder)
    return loss, anomaly, fault, names


@njit(cache=True, nogil=True, **FAST)
def autoencoder_epoch(examples, order, size, twin, naming, costs, rate):
    """Stage one, with the diagnosis network where `costs.fault` counts: the sums of the terms [3]."""
    sums = (0.0, 0.0, 0.0)
    for start in range(0, len(order), size):
        chosen = order[start : start + size]
        loss, anomaly, fault, names = autoencoder_batch(examples, chosen, twin, naming, costs)
        sums = (sums[0] + loss, sums[1] + anomaly, sums[2] + fault)
        squared = squared_norm(twin.adam.gradients)
        if names:
            squared += squared_norm(naming.adam.gradients)
        factor = clip_factor(squared, costs.clip)
        adam_step(twin.adam, factor, rate, costs.decay)
        if names:  # torch leaves weights without a gradient alone, their count of steps, too
            adam_step(naming.adam, factor, rate, costs.decay)
    return sums


@njit(cache=True, nogil=True, **FAST)
def classifier_epoch(latent, targets, order, size, twin, costs, rate):
    """Stage two, on latents [N, L]: the sum of the loss over the batches."""
    total = 0.0
    for start in range(0, len(order), size):
        chosen = order[start : start + size]
        loss, _ = classifier_backward(twin, latent[chosen], targets[chosen], costs.fault)
        total += loss
        factor = clip_factor(squared_norm(twin.adam.gradients), costs.clip)
        adam_step(twin.adam, factor, rate, costs.decay)
    return total
