"""A stacked LSTM autoencoder: layers that narrow towards a bottleneck, and widen again.

Shapes: N windows, T readings a window, F sensors. An encoder and decoder of LSTMs as in Malhotra et
al., LSTM-based encoder-decoder for multi-sensor anomaly detection, ICML workshop 2016.
"""

from collections.abc import Sequence
from itertools import pairwise

from torch import Tensor, nn


class StackedLstmAutoencoder(nn.Module):
    """[N, T, F] -> [N, T, F], through the last state of the narrowest layer.

    >>> network = StackedLstmAutoencoder(21, (64, 32), 0.2)
    >>> [layer.hidden_size for layer in (*network.encoder, *network.decoder)]
    [64, 32, 32, 64]
    """

    def __init__(self, sensors: int, widths: Sequence[int], dropout: float) -> None:
        super().__init__()
        narrow = widths[-1]
        self.encoder = _stack([sensors, *widths])
        self.decoder = _stack([narrow, *reversed(widths)])
        self.dropout = nn.Dropout(dropout)
        self.readout = nn.Linear(widths[0], sensors)

    def forward(self, windows: Tensor) -> Tensor:
        """Squeeze windows, and play them back."""
        bottleneck = self._run(self.encoder, windows)[:, -1:]
        repeated = bottleneck.expand(-1, windows.shape[1], -1)
        return self.readout(self._run(self.decoder, repeated))  # type: ignore[no-any-return]

    def _run(self, layers: nn.ModuleList, steps: Tensor) -> Tensor:
        for layer in layers:
            steps = self.dropout(layer(steps)[0])
        return steps


def _stack(widths: Sequence[int]) -> nn.ModuleList:
    """An LSTM from each width to the next."""
    return nn.ModuleList(nn.LSTM(one, other, batch_first=True) for one, other in pairwise(widths))
