"""Networks that read a number from a window: a small convolution, and an LSTM.

Shapes: N windows, T readings a window, C channels, H hidden units.
"""

import torch
from torch import Tensor, nn

from matts.models.lstm_autoencoder import LstmEncoder

KERNEL, STRIDE = 5, 2  # readings that a unit sees together, and how far apart units look


class ConvReader(nn.Module):
    """[N, T, C] -> [N, L]: two convolutions along time, each of which halves it."""

    def __init__(self, channels: int, length: int, hidden: int) -> None:
        super().__init__()
        pad = KERNEL // 2
        self.layers = nn.Sequential(
            nn.Conv1d(channels, hidden, KERNEL, STRIDE, pad),
            nn.GELU(),
            nn.Conv1d(hidden, hidden, KERNEL, STRIDE, pad),
            nn.GELU(),
            nn.Flatten(),
        )
        with torch.no_grad():
            self.size = self.layers(torch.zeros(1, channels, length)).shape[1]

    def forward(self, windows: Tensor) -> Tensor:
        """[N, T, C] -> [N, L]."""
        return self.layers(windows.transpose(1, 2))  # type: ignore[no-any-return]


class LifeNetwork(nn.Module):
    """[N, T, C] -> [N]: a reader of windows, and a small network that turns it into a number."""

    def __init__(self, reader: nn.Module, size: int, hidden: int, dropout: float) -> None:
        super().__init__()
        self.reader = reader
        self.head = nn.Sequential(
            nn.Dropout(dropout),
            nn.Linear(size, hidden),
            nn.GELU(),
            nn.Dropout(dropout / 2),
            nn.Linear(hidden, 1),
        )

    def forward(self, windows: Tensor) -> Tensor:
        """[N, T, C] -> [N]."""
        return self.head(self.reader(windows)).squeeze(-1)  # type: ignore[no-any-return]


def conv_network(channels: int, length: int, hidden: int, dropout: float) -> LifeNetwork:
    """The convolution."""
    reader = ConvReader(channels, length, hidden)
    return LifeNetwork(reader, reader.size, hidden, dropout)


def lstm_network(channels: int, hidden: int, dropout: float) -> LifeNetwork:
    """The LSTM, read at its last state."""
    return LifeNetwork(LstmEncoder(channels, hidden), hidden, hidden, dropout)
