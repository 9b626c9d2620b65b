"""From a latent vector back to a window."""

from torch import Tensor, nn

from matts.models.conv_encoder import KERNEL


class ConvDecoder(nn.Module):
    """[N, L] -> [N, T, F]: channels for every reading at once, then a convolution along time."""

    def __init__(self, latent: int, length: int, channels: int, sensors: int) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            nn.Linear(latent, channels * length),
            nn.GELU(),
            nn.Unflatten(1, (channels, length)),
            nn.Conv1d(channels, sensors, KERNEL, padding="same"),
        )

    def forward(self, latent: Tensor) -> Tensor:
        """[N, L] -> [N, T, F]."""
        return self.layers(latent).transpose(1, 2)  # type: ignore[no-any-return]
