"""A network's weights and their gradients, each as one vector with names for its parts.

The layers know each matrix by name, as [in, out]; Adam knows only the vector.
"""

from typing import Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from matts.compiled.adam import Adam
from matts.compiled.layers import Dense, Lstm

Vector = NDArray[np.float32]


class Autoencoder(NamedTuple):
    """The MATTS network of stage one."""

    encoder: Lstm
    decoder: Lstm
    readout: Dense
    head: Dense


class Classifier(NamedTuple):
    """The diagnosis network."""

    inner: Dense
    outer: Dense


class Twin(NamedTuple):
    """What the kernel works on, in place of a torch module."""

    w: Any  # Autoencoder or Classifier
    g: Any  # the same, of gradients
    adam: Adam


def twin_of(module: nn.Module, kind: type[Autoencoder | Classifier]) -> Twin:
    """A copy of a module's weights, with Adam at its start."""
    size = sum(each.numel() for each in module.parameters())
    values, gradients, means, squares = (np.zeros(size, np.float32) for _ in range(4))
    w, g = (_named(module, vector, kind) for vector in (values, gradients))
    for view, parameter in zip(_leaves(w), module.parameters(), strict=True):
        view[...] = parameter.detach().numpy().T
    return Twin(w, g, Adam(values, gradients, means, squares, np.zeros(1, np.int64)))


def hand_over(twin: Twin, module: nn.Module) -> None:
    """Copy the weights into the torch module."""
    with torch.no_grad():
        for view, parameter in zip(_leaves(twin.w), module.parameters(), strict=True):
            parameter.copy_(torch.from_numpy(view.T))


def _named(module: nn.Module, vector: Vector, kind: type[Any]) -> Any:
    """The vector cut into one [in, out] view a parameter, in torch's own order."""
    shapes = [tuple(each.shape)[::-1] for each in module.parameters()]
    ends = np.cumsum([int(np.prod(shape)) for shape in shapes])
    views = iter(
        part.reshape(shape) for part, shape in zip(np.split(vector, ends[:-1]), shapes, strict=True)
    )
    layers = kind.__annotations__.values()
    return kind(*(layer(*(next(views) for _ in layer._fields)) for layer in layers))


def _leaves(named: Any) -> list[Vector]:
    """Every array, in order."""
    return [array for layer in named for array in layer]
