"""Attention among the readings of a window."""

import torch
from torch import Tensor, nn


class TransformerEncoder(nn.Module):
    """[N, T, F] -> [N, T * C]: each reading is one token, its place is learnt.

    Vaswani et al., Attention Is All You Need, NeurIPS 2017; the norm comes first, which needs no
    warm-up (Xiong et al., ICML 2020).
    """

    def __init__(self, sensors: int, length: int, channels: int, heads: int) -> None:
        super().__init__()
        self.size = length * channels
        self.embed = nn.Linear(sensors, channels)
        self.places = nn.Parameter(0.02 * torch.randn(length, channels))
        layer = nn.TransformerEncoderLayer(
            channels, heads, 2 * channels, 0.0, "gelu", batch_first=True, norm_first=True
        )
        self.layers = nn.TransformerEncoder(layer, 1, enable_nested_tensor=False)

    def forward(self, windows: Tensor) -> Tensor:
        """[N, T, F] -> [N, T * C]."""
        return self.layers(self.embed(windows) + self.places).flatten(1)  # type: ignore[no-any-return]
