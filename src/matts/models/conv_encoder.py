"""A 1-D convolution over the readings of a window: what changes together, and in what order."""

from torch import Tensor, nn

KERNEL = 3  # readings that a channel looks at together


class ConvEncoder(nn.Module):
    """[N, T, F] -> [N, T * C]: two convolutions along time, every reading kept."""

    def __init__(self, sensors: int, length: int, channels: int) -> None:
        super().__init__()
        self.size = length * channels
        self.layers = nn.Sequential(
            nn.Conv1d(sensors, channels, KERNEL, padding="same"),
            nn.GELU(),
            nn.Conv1d(channels, channels, KERNEL, padding="same"),
            nn.GELU(),
            nn.Flatten(),
        )

    def forward(self, windows: Tensor) -> Tensor:
        """[N, T, F] -> [N, T * C]."""
        return self.layers(windows.transpose(1, 2))  # type: ignore[no-any-return]
