"""What a network can be asked: what it rebuilds badly, what moves its latent, where it is steep.

Shapes: N windows, T readings a window, F sensors, L latent dimensions.
"""

from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor

from matts.causes.healthy import Healthy
from matts.detect.autoencoder import AutoencoderDetector
from matts.domain import BadInputError, Detector, Floats, Windows
from matts.extras import extra

BATCH = 128  # windows; the latent is asked for each of them once a sensor
STEPS = 24  # points at which a gradient is taken between the healthy mean and the window


def error_steps(detector: Detector, windows: Windows, healthy: Healthy) -> Floats:  # noqa: ARG001
    """The squared error of each reading of each sensor: [N, T, F]."""
    network = asked(detector).network

    def errors(values: Tensor) -> Tensor:
        rebuilt: Tensor = network(values)[1]
        return (rebuilt - values).double().square() / rebuilt.shape[1] / rebuilt.shape[2]

    return _map(detector, windows, errors)


def normalised_steps(detector: Detector, windows: Windows, healthy: Healthy) -> Floats:
    """The same in healthy spreads of each sensor's error: [N, T, F]."""
    return np.asarray(error_steps(detector, windows, healthy) / healthy.spread)


def latent(detector: Detector, windows: Windows, healthy: Healthy) -> Floats:
    """How far the latent moves when one sensor is put to its healthy mean: [N, F]."""
    encoder, still = asked(detector).network.encoder, _still(detector, healthy)
    every = torch.arange(len(still))

    def moves(values: Tensor) -> Tensor:
        put = values.unsqueeze(1).repeat(1, len(still), 1, 1)  # [N, F, T, F]
        put[:, every, :, every] = still[:, None, None]
        moved: Tensor = encoder(put.flatten(0, 1)).unflatten(0, put.shape[:2])
        apart: Tensor = torch.linalg.vector_norm(moved - encoder(values).unsqueeze(1), dim=2)
        return apart

    return _map(detector, windows, moves)


def gradient_steps(detector: Detector, windows: Windows, healthy: Healthy) -> Floats:
    """Integrated gradients from the healthy mean to the window: [N, T, F].

    Of the head's logit, for its probability is flat where it is sure, or of the reconstruction
    error (Sundararajan, Taly and Yan, Axiomatic attribution for deep networks, ICML 2017). What
    makes a window less strange counts nothing.
    """
    with extra("explain", "gradients need Captum"):
        from captum.attr import IntegratedGradients  # noqa: PLC0415 (slow to import, too)
    gradients = IntegratedGradients(_strangeness(asked(detector)))
    still = _still(detector, healthy)

    def steep(values: Tensor) -> Tensor:
        with torch.enable_grad():
            found = gradients.attribute(values, still.expand_as(values), n_steps=STEPS)
        return found.detach().clamp(min=0)  # type: ignore[no-any-return]

    return _map(detector, windows, steep)


def asked(detector: Detector) -> AutoencoderDetector:
    """The detector, if it is a network."""
    if not isinstance(detector, AutoencoderDetector):
        msg = f"this method asks a network, got a {type(detector).__name__}"
        raise BadInputError(msg)
    return detector


def _strangeness(detector: AutoencoderDetector) -> Callable[[Tensor], Tensor]:
    """What the score grows with, as a function of scaled windows: [N, T, F] -> [N]."""

    def strange(values: Tensor) -> Tensor:
        rebuilt: Tensor
        logit: Tensor
        _, rebuilt, logit = detector.network(values)
        return logit if detector.probabilistic else (rebuilt - values).square().mean(dim=(1, 2))

    return strange


def _still(detector: Detector, healthy: Healthy) -> Tensor:
    """The healthy mean as the network sees it: [F]."""
    return torch.from_numpy(asked(detector).scaler(healthy.mean))


def _map(detector: Detector, windows: Windows, ask: Callable[[Tensor], Tensor]) -> Floats:
    """Ask about scaled windows, some at a time: [N, ...]."""
    scaler = asked(detector).scaler
    with torch.no_grad():
        batches = windows.batches(BATCH)
        answers = [ask(torch.from_numpy(scaler(batch.values))).numpy() for batch in batches]
    return np.asarray(np.concatenate(answers), np.float64)
