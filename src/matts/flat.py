"""A network's weights as one tensor: what is done to all of them is one operation."""

from collections.abc import Sequence

import torch
from torch import Tensor, nn


class FlatWeights:
    """The weights of a module and their gradients, each one vector that the module looks into.

    >>> layer = nn.Linear(2, 1)
    >>> flat = FlatWeights(layer)
    >>> layer(torch.ones(2)).sum().backward()
    >>> flat.learns, flat.gradient.tolist()
    (True, [1.0, 1.0, 1.0])
    """

    def __init__(self, module: nn.Module) -> None:
        parts = list(module.parameters())
        sizes = [part.numel() for part in parts]
        self.weights = nn.Parameter(nn.utils.parameters_to_vector(parts).detach().clone())
        self.gradient = torch.zeros_like(self.weights)
        self.learns = False  # whether a gradient came since the last `forget`
        parts[0].register_post_accumulate_grad_hook(self._learn)  # type: ignore[no-untyped-call]
        views = zip(
            parts,
            torch.split(self.weights.data, sizes),
            torch.split(self.gradient, sizes),
            strict=True,
        )
        for part, weights, gradient in views:
            part.data, part.grad = weights.view_as(part), gradient.view_as(part)

    def _learn(self, _: Tensor) -> None:
        self.learns = True


def flatten(network: nn.Module) -> list[FlatWeights]:
    """One vector a network; a list of networks has one each, for not every batch may teach all."""
    return [
        FlatWeights(part) for part in (network if isinstance(network, nn.ModuleList) else [network])
    ]


def forget(flats: Sequence[FlatWeights]) -> None:
    """Back to no gradient."""
    for flat in flats:
        flat.learns = False
        flat.gradient.zero_()


def clip_norm(flats: Sequence[FlatWeights], limit: float) -> None:
    """Scale the gradients that came to a norm of at most `limit`, and show them to an optimiser.

    Weights without a gradient have none there: Adam leaves them and their count of steps alone.
    """
    norms = [torch.linalg.vector_norm(flat.gradient) for flat in flats if flat.learns]
    norm = norms[0] if len(norms) == 1 else torch.linalg.vector_norm(torch.stack(norms))
    factor = (limit / (norm + 1e-6)).clamp(max=1)
    for flat in flats:
        flat.weights.grad = flat.gradient.mul_(factor) if flat.learns else None
