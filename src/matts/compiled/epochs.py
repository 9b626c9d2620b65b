"""Whole epochs: each batch forward, backward, clipped and stepped, in one call.

`order` [N] names the examples as they are to be visited, `size` of them a batch.
"""

import numpy as np
from numba import njit

from matts.compiled.adam import adam_step, clip_factor, squared_norm
from matts.compiled.examples import Costs, Examples
from matts.compiled.layers import (
    FAST,
    ONE,
    PART,
    REAL,
    ZERO,
    Array,
    add,
    dense_backward,
    dense_forward,
    lstm_backward,
    lstm_forward,
    project,
)
from matts.compiled.losses import anomaly_loss, fault_loss, reconstruction_loss
from matts.compiled.sources import named_after_sources
from matts.compiled.weights import Twin
from matts.domain import Bools, Ints


@njit(**PART)
def gather(examples: Examples, chosen: Ints) -> Array:
    """The windows of a batch, step by step: [B] -> [T, B, F]."""
    windows = np.empty((examples.steps, len(chosen), examples.rows.shape[1]), REAL)
    for b in range(len(chosen)):
        first = examples.first[chosen[b]]
        for t in range(examples.steps):
            for j in range(windows.shape[2]):
                windows[t, b, j] = examples.rows[first + t, j]
    return windows


@njit(**PART)
def name_faults(
    twin: Twin, latent: Array, targets: Array, weight: np.float32
) -> tuple[np.float32, Array]:
    """The diagnosis network: its loss, and the slope of the loss at the latent [B, L]."""
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


@njit(**PART)
def find_faults(twin: Twin, latent: Array, faulty: Bools, costs: Costs) -> tuple[np.float32, Array]:
    """The head: its loss, and the slope of the loss at the latent [B, L]."""
    logits = dense_forward(latent, twin.w.head)
    loss = anomaly_loss(logits, faulty, costs.anomaly, costs.positive)
    return loss, dense_backward(latent, logits, twin.w.head, twin.g.head)


@njit(**PART)
def play_back(
    twin: Twin, latent: Array, windows: Array, rebuild: Array, weight: np.float32
) -> tuple[np.float32, Array]:
    """The decoder, fed the latent at every step: its loss, and the slope at the latent [B, L]."""
    w, g = twin.w, twin.g
    steps, batch = windows.shape[:2]
    once = project(latent, w.decoder)
    gates = np.zeros((steps, *once.shape), REAL)
    for t in range(steps):
        add(gates[t], once)
    trace = lstm_forward(gates, w.decoder)
    states = trace[3].reshape(steps * batch, -1)
    rebuilt = dense_forward(states, w.readout)
    loss = reconstruction_loss(rebuilt.reshape(windows.shape), windows, rebuild, weight)
    d_states = dense_backward(states, rebuilt, w.readout, g.readout).reshape(trace[3].shape)
    d_gates = lstm_backward(trace, d_states, w.decoder, g.decoder)
    for t in range(1, steps):
        add(d_gates[0], d_gates[t])
    np.dot(latent.T, d_gates[0], g.decoder.x)
    return loss, np.dot(d_gates[0], w.decoder.x.T)


@njit(**PART)
def autoencoder_batch(
    examples: Examples, chosen: Ints, twin: Twin, naming: Twin, costs: Costs
) -> tuple[np.float32, np.float32, np.float32]:
    """Leave every gradient of a batch in `g`; the loss terms, the last one < 0 if not asked for."""
    windows, faulty = gather(examples, chosen), examples.faulty[chosen]
    rows = windows.reshape(-1, windows.shape[2])
    gates = project(rows, twin.w.encoder).reshape(*windows.shape[:2], -1)
    trace = lstm_forward(gates, twin.w.encoder)
    d_states = np.zeros_like(trace[3])
    latent, d_latent = trace[3][-1], d_states[-1]
    rebuild = examples.rebuild[chosen]
    rebuilding, slope = play_back(twin, latent, windows, rebuild, costs.reconstruction)
    add(d_latent, slope)
    anomaly, slope = find_faults(twin, latent, faulty, costs)
    add(d_latent, slope)
    fault = -ONE
    if costs.fault > 0 and faulty.any():
        fault, slope = name_faults(naming, latent, examples.targets[chosen], costs.fault)
        add(d_latent, slope)
    d_gates = lstm_backward(trace, d_states, twin.w.encoder, twin.g.encoder)
    np.dot(rows.T, d_gates.reshape(len(rows), -1), twin.g.encoder.x)
    return rebuilding, anomaly, fault


@njit(cache=True, nogil=True, **FAST)
@named_after_sources
def autoencoder_epoch(  # noqa: PLR0913, PLR0917 - compiled code takes no settings object
    examples: Examples,
    order: Ints,
    size: int,
    twin: Twin,
    naming: Twin,
    costs: Costs,
    rate: float,
) -> tuple[float, float, float]:
    """Stage one, the diagnosis network with it where `costs.fault` counts: the sum of each term."""
    sums = (0.0, 0.0, 0.0)
    for start in range(0, len(order), size):
        chosen = order[start : start + size]
        rebuilding, anomaly, fault = autoencoder_batch(examples, chosen, twin, naming, costs)
        sums = (sums[0] + rebuilding, sums[1] + anomaly, sums[2] + max(fault, ZERO))
        squared = squared_norm(twin.adam.gradients)
        if fault >= 0:
            squared += squared_norm(naming.adam.gradients)
        factor = clip_factor(squared, costs.clip)
        adam_step(twin.adam, factor, rate, costs.decay)
        if fault >= 0:  # torch leaves weights without a gradient alone, their count of steps, too
            adam_step(naming.adam, factor, rate, costs.decay)
    return sums


@njit(cache=True, nogil=True, **FAST)
@named_after_sources
def classifier_epoch(  # noqa: PLR0913, PLR0917
    latent: Array,
    targets: Array,
    order: Ints,
    size: int,
    twin: Twin,
    costs: Costs,
    rate: float,
) -> float:
    """Stage two, on latents [N, L]: the sum of the loss over the batches."""
    total = 0.0
    for start in range(0, len(order), size):
        chosen = order[start : start + size]
        loss, _ = name_faults(twin, latent[chosen], targets[chosen], costs.fault)
        total += loss
        factor = clip_factor(squared_norm(twin.adam.gradients), costs.clip)
        adam_step(twin.adam, factor, rate, costs.decay)
    return total
