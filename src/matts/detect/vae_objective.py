"""What the variational autoencoder is made of and what it minimises."""

from collections.abc import Mapping
from itertools import chain, repeat
from typing import Literal, Self

import numpy as np
import torch
from pydantic import BaseModel, ConfigDict, Field, model_validator
from torch import Tensor

from matts.detect.vae_windows import Batch, Error, Examples, errors_of
from matts.models.vae import Encoder, Shape, Vae
from matts.training import Loss, TrainingSettings

SAMPLES = 7919  # apart from the seed of the weights: the noise of the latent vectors
CHUNK = 2048  # examples judged at a time


class VaeSettings(BaseModel):
    """The network, what it minimises, what is judged, and how it is trained.

    `beta` is what the divergence counts, from 0 on over the first `anneal` epochs; `forecast` what
    the foreseen last reading counts, 0 leaves it out; `pretrain` the epochs in which readings and
    sensors that were hidden, a share `mask` of all, are filled in. `judged` says whose errors
    make the score: those of the last reading or of all; `normalise` measures them in the healthy
    spread of each sensor's error; `overlap` averages over the windows that hold the reading before
    them.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    encoder: Encoder = "cnn"
    channels: int = Field(32, ge=1, le=1024)
    heads: int = Field(4, ge=1, le=64)
    latent: int = Field(64, ge=1, le=1024)
    loss: Error = "mse"
    beta: float = Field(0.0001, ge=0, le=1000)
    anneal: int = Field(5, ge=0, le=10_000)
    forecast: float = Field(0.0, ge=0, le=1000)
    pretrain: int = Field(0, ge=0, le=10_000)
    mask: float = Field(0.3, gt=0, lt=1)
    judged: Literal["last", "window"] = "last"
    normalise: bool = True
    overlap: bool = False
    epochs: int = Field(20, ge=0, le=100_000)
    patience: int = Field(5, ge=1)
    batch_size: int = Field(256, ge=1)
    learning_rate: float = Field(0.005, gt=0, lt=1)
    seed: int = Field(0, ge=0)

    @model_validator(mode="after")
    def _heads_share_the_channels(self) -> Self:
        if self.encoder == "transformer" and self.channels % self.heads:
            msg = f"heads must divide channels, got {self.heads} and {self.channels}"
            raise ValueError(msg)
        return self

    def training(self, epochs: int) -> TrainingSettings:
        """What the training loop is told."""
        return TrainingSettings(
            epochs=epochs,
            patience=self.patience,
            batch_size=self.batch_size,
            learning_rate=self.learning_rate,
            seed=self.seed,
            engine="torch",
            log_every=epochs or 1,  # one of many detectors: a line at its end will do
        )

    def build(self, sensors: int, length: int) -> Vae:
        """The network as it is born from the seed."""
        torch.manual_seed(self.seed)
        shape = Shape(sensors, length, self.channels, self.heads, self.latent)
        return Vae(self.encoder, shape, forecast=self.forecast > 0).eval()


def elbo_loss(network: Vae, examples: Examples, settings: VaeSettings) -> Loss:
    """What training minimises: one latent sample a window, and a beta that grows batch by batch.

    Beta: Higgins et al., ICLR 2017; its growth: Bowman et al., CoNLL 2016.
    """
    noise = torch.Generator().manual_seed(settings.seed + SAMPLES)
    batches = settings.anneal * -(-len(examples) // settings.batch_size)
    shares = chain(np.linspace(0, 1, batches, endpoint=False), repeat(1.0))
    return lambda batch: _terms(network, examples[batch], settings, float(next(shares)), noise)


def judged_loss(network: Vae, examples: Examples, settings: VaeSettings) -> Loss:
    """The same as it is when windows are scored: the means of the latents, and all of beta."""
    return lambda batch: _terms(network, examples[batch], settings, 1.0, None)


def _terms(
    network: Vae,
    given: Batch,
    settings: VaeSettings,
    share: float,
    noise: torch.Generator | None,
) -> dict[str, Tensor]:
    """Reconstruction, beta * divergence, and what is foreseen where there is that head."""
    latent = network.encode(given.seen)
    rebuilt = network.decoder(latent.sample(noise) if noise else latent.mean)
    terms = {
        "reconstruction": given.mean(errors_of(rebuilt, given.values, settings.loss)),
        "divergence": share * settings.beta * latent.divergence.mean(),
    }
    if network.head is not None:
        ahead = foresee(network, given)
        off = errors_of(ahead, given.values[:, -1], settings.loss)
        terms["forecast"] = settings.forecast * given.mean(off[:, None])
    return terms


def foresee(network: Vae, given: Batch) -> Tensor:
    """[N, F]: the last reading as foreseen from those before it; 0 without that head."""
    if network.head is None:
        return torch.zeros_like(given.values[:, -1])
    return network.head(network.encode(given.past).mean)  # type: ignore[no-any-return]


def masked_loss(network: Vae, examples: Examples, settings: VaeSettings) -> Loss:
    """How well hidden readings and sensors are filled in; what is seen teaches nothing.

    Half of the share are whole readings, half whole sensors (Zerveas et al., KDD 2021, mask
    stretches of single sensors).
    """
    chance = torch.Generator().manual_seed(settings.seed + SAMPLES)

    def loss(batch: Tensor) -> Mapping[str, Tensor]:
        given = examples[batch]
        hidden = hide(given.values.shape, settings.mask, chance)
        _, rebuilt = network(given.seen * ~hidden)
        masked = Batch(given.values, given.known * hidden)
        return {"masked": masked.mean(errors_of(rebuilt, given.values, settings.loss))}

    return loss


def hide(shape: torch.Size, share: float, chance: torch.Generator) -> Tensor:
    """[N, T, F]: whole readings and whole sensors of a window, that share of all in the mean.

    >>> hidden = hide(torch.Size([1000, 5, 8]), 0.3, torch.Generator().manual_seed(0))
    >>> round(hidden.float().mean().item(), 1)
    0.3
    """
    count, length, sensors = shape
    each = 1 - (1 - share) ** 0.5
    readings = torch.rand(count, length, 1, generator=chance) < each
    return torch.logical_or(readings, torch.rand(count, 1, sensors, generator=chance) < each)


def figure(loss: Loss, count: int) -> float:
    """How good a network is on all examples: the mean loss turned round; 0 without any."""
    parts = torch.split(torch.arange(count), CHUNK)
    return -sum(float(sum(loss(part).values())) * len(part) for part in parts) / max(count, 1)
