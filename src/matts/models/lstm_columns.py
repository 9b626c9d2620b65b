"""Trained LSTMs without autograd's baggage: windows stand side by side as columns, [X, N].

The mathematics is that of `lstm_autoencoder`. What every window shares is computed once: the
projection of a reading, which T windows hold, and that of the decoder's unchanging input.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import repeat
from typing import NamedTuple, Self

import torch
from torch import Tensor, nn

from matts.models.lstm_autoencoder import LstmDecoder, LstmEncoder
from matts.tensors import Block


class Memory(NamedTuple):
    """What a layer hands on from one reading to the next."""

    hidden: Tensor  # [H, N]
    cell: Tensor  # [H, N], doubled


@dataclass(frozen=True)
class Layer:
    """One LSTM layer: gates in the order input, forget, output, candidate; the candidate doubled.

    As tanh(x) = 2 s(2x) - 1, one sigmoid s serves all gates, and torch's sigmoid is by far the
    faster one. The cell is kept doubled for the same reason.
    """

    inputs: Tensor  # [4H, I]
    recurrent: Tensor  # [4H, H]
    bias: Tensor  # [4H, 1]

    @classmethod
    def all_of(cls, lstm: nn.LSTM) -> list[Self]:
        """The layers of a network, the lowest first."""
        layers = []
        for k in range(lstm.num_layers):
            names = ("weight_ih", "weight_hh", "bias_ih", "bias_hh")
            inputs, recurrent, one, other = (getattr(lstm, f"{name}_l{k}") for name in names)
            bias = (one + other).unsqueeze(1)
            layers.append(cls(*(_reordered(part) for part in (inputs, recurrent, bias))))
        return layers

    def project(self, columns: Tensor) -> Tensor:
        """[I, N] -> [4H, N]: what an input adds to the gates."""
        return torch.addmm(self.bias, self.inputs, columns)

    def step(self, projected: Tensor, before: Memory | None) -> Memory:
        """Take one reading in, given its projection [4H, N]; nothing before means zeros.

        c = f c + i tanh(g), h = o tanh(c) (Hochreiter and Schmidhuber, Neural Computation 9, 1997,
        with the forget gate of Gers et al., Neural Computation 12, 2000).
        """
        if before is None:
            gates = projected.clone(memory_format=torch.contiguous_format).sigmoid_()
        else:
            gates = torch.addmm(projected, self.recurrent, before.hidden).sigmoid_()
        entry, forget, output, candidate = gates.chunk(4)
        quarter = candidate.sub_(0.5).mul_(entry)
        cell = 4 * quarter if before is None else (before.cell * forget).add_(quarter, alpha=4)
        return Memory(cell.sigmoid().mul_(2).sub_(1).mul_(output), cell)


def _reordered(gates: Tensor) -> Tensor:
    """Torch's gates, input, forget, candidate, output, in the order and scale of `Layer`."""
    entry, forget, candidate, output = gates.chunk(4)
    return torch.cat([entry, forget, output, 2 * candidate])


def unroll(layers: list[Layer], projected: Iterable[Tensor]) -> Iterator[Tensor]:
    """The top layer's state [H, N] after each step, given the lowest layer's projections."""
    states = projected
    for k, layer in enumerate(layers):
        states = _states(layer, map(layer.project, states) if k else states)
    return iter(states)


def _states(layer: Layer, projected: Iterable[Tensor]) -> Iterator[Tensor]:
    memory = None
    for gates in projected:
        memory = layer.step(gates, memory)
        yield memory.hidden


def encode(encoder: LstmEncoder, block: Block) -> Tensor:
    """The latent of each window, what `encoder` gives in evaluation: [L, N]."""
    layers = Layer.all_of(encoder.lstm)
    projected = layers[0].project(block.readings)
    *_, last = unroll(layers, (block.at(t, projected) for t in range(block.length)))
    return last if isinstance(encoder.project, nn.Identity) else linear(encoder.project, last)


def squared_errors(decoder: LstmDecoder, latent: Tensor, block: Block) -> Tensor:
    """The squared error of playing a latent [L, N] back, the mean of T readings: [F, N]."""
    layers = Layer.all_of(decoder.lstm)
    states = unroll(layers, repeat(layers[0].project(latent), block.length))
    total = torch.zeros((), device=latent.device)
    for t, state in enumerate(states):
        off = linear(decoder.readout, state).sub_(block.at(t, block.readings))
        total = total + off.square_() if t == 0 else total.addcmul_(off, off)
    return total.div_(block.length)


def linear(layer: nn.Linear, columns: Tensor) -> Tensor:
    """A linear layer on columns: [I, N] -> [O, N]."""
    return torch.addmm(layer.bias.unsqueeze(1), layer.weight, columns)
