"""Windows as tensors, networks as arrays: the border between numpy and torch."""

from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from matts.domain import Floats, Windows
from matts.windows import Scaler

BATCH = 4096  # windows that go through a network at once
LANES = 16  # rows that a matrix product works on side by side


class WindowTensors:
    """Scaled readings on a device, from which the windows of a batch are gathered."""

    def __init__(self, windows: Windows, scaler: Scaler, device: torch.device) -> None:
        self.rows = torch.from_numpy(scaler(windows.rows)).to(device)
        self.last = torch.from_numpy(windows.last).to(device)
        self.steps = torch.arange(1 - windows.length, 1, device=device)

    def __getitem__(self, batch: Tensor) -> Tensor:
        """[B] indices -> [B, T, F]."""
        return self.rows[self.last[batch][:, None] + self.steps]


def map_windows(
    windows: Windows, scaler: Scaler, network: nn.Module, function: Callable[[Tensor], Tensor]
) -> Floats:
    """Apply a function [B, T, F] -> [B, ...] of an evaluated network to all windows: [N, ...].

    The last window is repeated up to a multiple of `LANES`: matrix products round the odd rows at
    a batch's end in another way, and a window must get the same score in any company.
    """
    device, count = next(network.parameters()).device, len(windows)
    tensors = WindowTensors(windows, scaler, device)
    padded = -(-count // LANES) * LANES
    indices = torch.arange(padded, device=device).clamp(max=max(count - 1, 0))
    with torch.no_grad():
        parts = [function(tensors[batch]) for batch in torch.split(indices, BATCH)]
    return np.asarray(torch.cat(parts)[:count].cpu().numpy())


def weights_of(network: nn.Module, prefix: str) -> dict[str, NDArray[Any]]:
    """A network's weights by name, each name behind the prefix."""
    return {prefix + name: value.cpu().numpy() for name, value in network.state_dict().items()}


def load_weights(network: nn.Module, arrays: dict[str, NDArray[Any]], prefix: str) -> None:
    """Put the arrays behind the prefix into a network of the same shape."""
    network.load_state_dict(
        {
            name.removeprefix(prefix): torch.from_numpy(np.array(value))
            for name, value in arrays.items()
            if name.startswith(prefix)
        }
    )


def count_parameters(network: nn.Module) -> int:
    """How many numbers training could change.

    >>> count_parameters(nn.Linear(16, 1))
    17
    """
    return sum(parameter.numel() for parameter in network.parameters())
