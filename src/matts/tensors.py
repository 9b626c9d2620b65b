"""Windows as tensors, networks as arrays: the border between numpy and torch."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from matts.domain import Floats, Ints, Windows
from matts.windows import Scaler

LANES = 32  # numbers that a matrix product or a sigmoid works on side by side
COLUMNS = 2048  # windows of a block: what it holds stays near the processor
COPIED = 2**18  # readings that the windows of a batch hold at most, should each need its own


class WindowTensors:
    """Scaled readings on a device, from which the windows of a batch are gathered."""

    def __init__(self, windows: Windows, scaler: Scaler, device: torch.device) -> None:
        self.rows = torch.from_numpy(scaler(windows.rows)).to(device)
        steps = torch.arange(1 - windows.length, 1)
        self.places = (torch.from_numpy(windows.last)[:, None] + steps).to(device)  # [N, T]

    def __getitem__(self, batch: Tensor) -> Tensor:
        """[B] indices -> [B, T, F]."""
        return self.rows[self.places[batch]]


@dataclass(frozen=True)
class Block:
    """Windows side by side: reading t of window n is column t + n * apart of the readings.

    Neighbours share their readings (apart = 1), scattered windows have their own (apart = T).
    """

    readings: Tensor  # [F, M], scaled
    count: int  # N
    length: int  # T
    apart: int

    def at(self, t: int, columns: Tensor) -> Tensor:
        """The column of each window's reading t, a view: [X, M] -> [X, N]."""
        return columns[:, t : t + (self.count - 1) * self.apart + 1 : self.apart]


def map_blocks(
    windows: Windows, scaler: Scaler, device: torch.device, function: Callable[[Block], Tensor]
) -> Floats:
    """Apply a function, block with N windows -> [N, ...], to all windows: [N, ...].

    Only the readings of one block are scaled and held at a time.
    """
    parts = []
    with torch.no_grad():
        for batch in _batches(windows):
            block, places = _block(batch, scaler, device)
            parts.append(function(block).cpu().numpy()[places])
    return np.concatenate(parts) if len(parts) > 1 else parts[0]


def _batches(windows: Windows) -> Iterator[Windows]:
    """The windows a block at a time; an empty one where there are none."""
    size = min(COLUMNS, max(LANES, COPIED // windows.length))
    return windows.batches(size) if len(windows) else iter([windows])


def _block(windows: Windows, scaler: Scaler, device: torch.device) -> tuple[Block, Ints | slice]:
    """A batch as a block, and where in it each window is.

    A block may hold windows that nobody asked for, say at the border of two segments, if that
    saves copies. It is padded to a multiple of `LANES`: torch rounds the odd columns at
    the end in another way, and a window must get the same score in any company.
    """
    length, count = windows.length, len(windows)
    first = int(windows.last.min()) - length + 1 if count else 0
    span = int(windows.last.max()) - first + 1 if count else 0
    dense = span <= 2 * count + length
    if dense:
        rows, needed = windows.rows[first : first + span], span - length + 1
        places: Ints | slice = windows.last - (first + length - 1)
    else:
        rows = windows.rows[windows.last[:, None] + np.arange(1 - length, 1)].reshape(
            count * length, -1
        )
        needed, places = count, slice(count)
    padded = -(-max(needed, 1) // LANES) * LANES
    total = padded + -(-(length - 1) // LANES) * LANES if dense else padded * length
    readings = np.zeros((len(windows.sensors), total), np.float32)
    readings[:, : len(rows)] = scaler(rows).T
    block = Block(torch.from_numpy(readings).to(device), padded, length, 1 if dense else length)
    return block, places


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
