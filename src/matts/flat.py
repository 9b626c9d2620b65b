"""A network's weights as one vector: what is done to all of them is one operation."""

import math
from collections.abc import Sequence

import torch
from torch import nn


class FlatWeights:
    """The weights of a module and their gradients, each one vector that the module looks into.

    >>> layer = nn.Linear(2, 1)
    >>> flat = FlatWeights(layer)
    >>> layer(torch.ones(2)).sum().backward()
    >>> flat.gradient.tolist()
    [1.0, 1.0, 1.0]
    """

    def __init__(self, module: nn.Module) -> None:
        parts = list(module.parameters())
        sizes = [part.numel() for part in parts]
        self.weights = nn.Parameter(nn.utils.parameters_to_vector(parts).detach().clone())
        self.gradient = torch.zeros_like(self.weights)
        views = zip(
            parts,
            torch.split(self.weights.data, sizes),
            torch.split(self.gradient, sizes),
            strict=True,
        )
        for part, weights, gradient in views:
            part.data, part.grad = weights.view_as(part), gradient.view_as(part)
        self.forgotten = self.writes

    @property
    def writes(self) -> int:
        """How often the gradient was written to, as autograd counts."""
        return self.gradient._version  # noqa: SLF001

    @property
    def taught(self) -> bool:
        """Whether backward wrote a gradient since it was forgotten, be it one of zeros."""
        return self.writes != self.forgotten


def flatten(network: nn.Module) -> list[FlatWeights]:
    """One vector a network; a list of networks has one each, for not every batch teaches all."""
    parts = network if isinstance(network, nn.ModuleList) else [network]
    return [FlatWeights(part) for part in parts]


def forget(flats: Sequence[FlatWeights]) -> None:
    """Back to no gradient."""
    for flat in flats:
        flat.gradient.zero_()
        flat.forgotten = flat.writes


def clip_norm(flats: Sequence[FlatWeights], limit: float) -> None:
    """Scale the gradients down to a norm of at most `limit`, and show them to the optimiser.

    A network that the batch taught nothing shows none: Adam leaves it as it is, its count of
    steps, too.
    """
    norms = [torch.linalg.vector_norm(flat.gradient).item() for flat in flats]
    factor = limit / (math.hypot(*norms) + 1e-6)
    for flat in flats:
        flat.weights.grad = flat.gradient if flat.taught else None
        if factor < 1:
            flat.gradient.mul_(factor)
