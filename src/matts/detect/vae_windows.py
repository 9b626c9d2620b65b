"""Windows as the variational autoencoder takes them, and how far off it is."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
import torch
from torch import Tensor

from matts.domain import BadInputError, Floats, Ints, Windows
from matts.windows import Scaler

Error = Literal["mse", "mae"]

SEEN = 5.0  # spreads from the mean: what lies farther off looks to the encoder as if it were there
FARTHEST = 1e4  # spreads: nothing lies farther off


@dataclass(frozen=True)
class Batch:
    """Windows as the network takes them, a missing reading is a 0 that counts for nothing."""

    values: Tensor  # [N, T, F], in spreads from the mean
    known: Tensor  # [N, T, F], 1 or 0

    @property
    def seen(self) -> Tensor:
        """[N, T, F]: what the encoder looks at."""
        return self.values.clamp(-SEEN, SEEN)

    @property
    def past(self) -> Tensor:
        """[N, T, F]: the same before the last reading is there."""
        seen = self.seen.clone()
        seen[:, -1] = 0
        return seen

    def mean(self, errors: Tensor) -> Tensor:
        """[...]: the mean error of known readings, from those errors [N, t, F] of the last t."""
        known = self.known[:, -errors.shape[1] :]
        return (errors * known).sum() / known.sum().clamp(min=1)


class Examples:
    """Healthy windows, scaled once, from which batches are gathered."""

    def __init__(self, windows: Windows, scaler: Scaler) -> None:
        self.rows, self.known = (torch.from_numpy(a) for a in prepare(windows.rows, scaler))
        steps = torch.arange(1 - windows.length, 1)
        self.places = torch.from_numpy(windows.last)[:, None] + steps  # [N, T]

    def __len__(self) -> int:
        return len(self.places)

    def __getitem__(self, batch: Tensor) -> Batch:
        """[B] indices -> their windows."""
        places = self.places[batch]
        return Batch(self.rows[places], self.known[places])


def prepare(rows: Floats, scaler: Scaler) -> tuple[Floats, Floats]:
    """[..., F] in units of the machine -> [..., F] in spreads, and 1 where there is a reading."""
    known = ~np.isnan(rows)
    with np.errstate(over="ignore"):
        scaled = (np.where(known, rows, scaler.mean) - scaler.mean) / scaler.spread
    scaled = np.clip(scaled, -FARTHEST, FARTHEST)
    return scaled.astype(np.float32), known.astype(np.float32)


def block_of(windows: Windows, scaler: Scaler, size: int) -> Batch:
    """The windows as a batch of that size, empty ones behind them."""
    shape = size, windows.length, len(windows.sensors)
    values, known = np.zeros(shape, np.float32), np.zeros(shape, np.float32)
    values[: len(windows)], known[: len(windows)] = prepare(windows.values, scaler)
    return Batch(torch.from_numpy(values), torch.from_numpy(known))


def errors_of(rebuilt: Tensor, values: Tensor, kind: Error) -> Tensor:
    """The error of each number: its square (mse), or how large it is (mae)."""
    off = rebuilt - values
    return off.square() if kind == "mse" else off.abs()


def healthy_examples(windows: Windows, scaler: Scaler) -> Examples:
    """The healthy windows that training needs."""
    healthy = windows.healthy
    if not len(healthy):
        msg = f"the VAE learns from healthy training windows, got {len(windows)} faulty ones"
        raise BadInputError(msg)
    return Examples(healthy, scaler)


def ends_before(windows: Windows) -> Ints:
    """[N, T]: where the window itself and the T - 1 before it end; -1 where there is none.

    >>> rows, none = np.zeros((5, 1)), np.zeros((5, 0), bool)
    >>> ends_before(Windows(rows, none, np.arange(1, 5), 2, ("force",), ())).tolist()
    [[1, -1], [2, 1], [3, 2], [4, 3]]
    """
    ends = windows.last[:, None] - np.arange(windows.length)
    first = ends - (windows.length - 1)
    inside = first >= 0
    if windows.segments is not None:
        own = windows.segments[windows.last][:, None]
        inside &= windows.segments[np.maximum(first, 0)] == own
    return np.where(inside, ends, -1)
