"""The diagnosis network: from a latent vector to the fault."""

from torch import Tensor, nn


class FaultClassifier(nn.Module):
    """[N, L] -> [N, K] logits, through one hidden layer of the latent's size."""

    def __init__(self, latent: int, faults: int) -> None:
        super().__init__()
        self.layers = nn.Sequential(nn.Linear(latent, latent), nn.ReLU(), nn.Linear(latent, faults))

    def forward(self, latent: Tensor) -> Tensor:
        """[N, L] -> [N, K]."""
        return self.layers(latent)  # type: ignore[no-any-return]
