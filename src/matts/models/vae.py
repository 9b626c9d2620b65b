"""A variational autoencoder: a window as a cloud of latent vectors, and back.

Shapes: N windows, T readings a window, F sensors, L latent dimensions. Kingma and Welling,
Auto-Encoding Variational Bayes, ICLR 2014.
"""

from typing import Literal, NamedTuple

import torch
from torch import Tensor, nn

from matts.models.conv_decoder import ConvDecoder
from matts.models.conv_encoder import ConvEncoder
from matts.models.transformer_encoder import TransformerEncoder

Encoder = Literal["cnn", "transformer"]
LOG_VARIANCES = (-8.0, 8.0)  # beyond them nothing changes but that numbers overflow


class Shape(NamedTuple):
    """How large the network is."""

    sensors: int
    length: int  # T
    channels: int
    heads: int  # of the transformer
    latent: int  # L


class Latent(NamedTuple):
    """A normal distribution for each window."""

    mean: Tensor  # [N, L]
    log_variance: Tensor  # [N, L]

    @property
    def divergence(self) -> Tensor:
        """Kullback and Leibler's divergence from the standard normal: [N]."""
        mean, log_variance = self
        return (mean.square() + log_variance.exp() - 1 - log_variance).sum(dim=1) / 2

    def sample(self, generator: torch.Generator) -> Tensor:
        """One vector of each window's cloud: [N, L]; gradients pass."""
        noise = torch.randn(self.mean.shape, generator=generator).to(self.mean.device)
        return self.mean + noise * (self.log_variance / 2).exp()


class Vae(nn.Module):
    """Encoder, decoder, and where asked for a head that foresees one reading."""

    def __init__(self, encoder: Encoder, shape: Shape, *, forecast: bool) -> None:
        super().__init__()
        sensors, length, channels, heads, latent = shape
        self.encoder: ConvEncoder | TransformerEncoder = (
            ConvEncoder(sensors, length, channels)
            if encoder == "cnn"
            else TransformerEncoder(sensors, length, channels, heads)
        )
        self.cloud = nn.Linear(self.encoder.size, 2 * latent)
        self.decoder = ConvDecoder(latent, length, channels, sensors)
        self.head = nn.Linear(latent, sensors) if forecast else None

    def encode(self, windows: Tensor) -> Latent:
        """[N, T, F] -> the latent distribution of each window."""
        mean, log_variance = self.cloud(self.encoder(windows)).chunk(2, dim=1)
        return Latent(mean, log_variance.clamp(*LOG_VARIANCES))

    def forward(self, windows: Tensor) -> tuple[Latent, Tensor]:
        """[N, T, F] -> the latent distributions and the windows as rebuilt from their means."""
        latent = self.encode(windows)
        return latent, self.decoder(latent.mean)
