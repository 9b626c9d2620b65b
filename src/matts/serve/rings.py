"""What a stream remembers between two readings, so that the next one costs little.

A window of T readings ends at every reading, so T windows are under way at any time, each begun one
reading after the other. A new reading takes all of them one step on: one of them begins, one ends.
Nothing that an earlier reading needed is computed again.
"""

import logging
from typing import Protocol

import numpy as np
import torch
from scipy.special import expit

from matts.detect.autoencoder import AutoencoderDetector
from matts.domain import Detector, Floats, Ints, Windows
from matts.models.lstm_columns import Layer

log = logging.getLogger(__name__)

ONE, TWO, FOUR, HALF, FARTHEST = (np.float32(value) for value in (1, 2, 4, 0.5, 80))


class Ring(Protocol):
    """Scores of windows that end at each new reading of A assets."""

    def push(self, readings: Floats) -> Floats:
        """Take one reading of each asset in: [A, F] -> [A], of no meaning before the T-th."""
        ...


class NumbaRing:
    """The network's head behind one asset, in microseconds: compiled, extra `fast`."""

    def __init__(self, detector: AutoencoderDetector, length: int) -> None:
        from matts.serve.ring_kernel import advance  # noqa: PLC0415 (Numba is an extra)

        network, self.advance, self.newest = detector.network, advance, -1
        with torch.no_grad():
            [layer] = Layer.all_of(network.encoder.lstm)
            weights = torch.cat([layer.inputs, layer.bias, layer.recurrent], dim=1).T
            head = torch.cat([network.head.weight[0], network.head.bias])
        self.weights, self.head = np.ascontiguousarray(weights.numpy()), head.numpy()
        self.scale = np.stack([detector.scaler.mean, detector.scaler.spread])
        self.memory = np.zeros((length, 2 * network.encoder.lstm.hidden_size), np.float32)

    def push(self, readings: Floats) -> Floats:
        """[1, F] -> [1]."""
        return np.array([self.push_one(readings[0])])

    def push_one(self, reading: Floats) -> float:
        """[F], float64 -> the probability of a fault."""
        self.newest = (self.newest + 1) % len(self.memory)
        weights = self.scale, self.weights, self.head
        probability: float = self.advance(reading, *weights, self.memory, self.newest)
        return probability


class NumpyRing:
    """The network's head behind many assets at once; any depth, no compiler."""

    def __init__(self, detector: AutoencoderDetector, length: int, assets: int) -> None:
        network, self.scaler, self.newest = detector.network, detector.scaler, -1
        with torch.no_grad():
            layers = Layer.all_of(network.encoder.lstm)
        self.layers = [(p.inputs.numpy(), p.recurrent.numpy(), p.bias.numpy()) for p in layers]
        self.shape = (network.encoder.lstm.hidden_size, length, assets)
        self.memories = [np.zeros((2, *self.shape), np.float32) for _ in layers]
        ends = [network.head]
        if isinstance(network.encoder.project, torch.nn.Linear):
            ends.insert(0, network.encoder.project)
        self.ends = [(each.weight.detach().numpy(), each.bias.detach().numpy()) for each in ends]

    def push(self, readings: Floats) -> Floats:
        """[A, F] -> [A]."""
        self.newest = (self.newest + 1) % self.shape[1]
        below: Floats = self.scaler(readings).T[:, None]
        for weights, memory in zip(self.layers, self.memories, strict=True):
            memory[:, :, self.newest] = 0
            _step(weights, below, memory)
            below = memory[0]
        columns = below[:, (self.newest + 1) % self.shape[1]]
        for weight, bias in self.ends:
            columns = weight @ columns + bias[:, None]
        return np.asarray(expit(columns[0].astype(np.float64)))


def _step(weights: tuple[Floats, Floats, Floats], below: Floats, memory: Floats) -> None:
    """Take every window of every asset one reading on, as `Layer.step` does: memory [2, H, T, A].

    What comes from below is [I, T, A], or [I, 1, A] where all windows get the same.
    """
    inputs, recurrent, bias = weights
    hidden, cell = memory
    gates = (recurrent @ hidden.reshape(len(hidden), -1)).reshape(4, *hidden.shape)
    projected = inputs @ below.reshape(len(below), -1) + bias
    gates += projected.reshape(4, len(hidden), *below.shape[1:])
    entry, forget, output, candidate = _sigmoid(gates)
    candidate -= HALF
    candidate *= entry
    candidate *= FOUR
    cell *= forget
    cell += candidate
    np.subtract(_sigmoid(cell.copy()), HALF, out=hidden)
    hidden *= output
    hidden *= TWO


def _sigmoid(values: Floats) -> Floats:
    """In place; beyond ±80 nothing changes any more, and exp would leave float32."""
    np.clip(values, -FARTHEST, FARTHEST, out=values)
    np.negative(values, out=values)
    np.exp(values, out=values)
    values += ONE
    return np.reciprocal(values, out=values)


class Rows:
    """The last T readings of each asset."""

    def __init__(self, sensors: tuple[str, ...], length: int, assets: int) -> None:
        self.sensors, self.length, self.newest = sensors, length, -1
        self.rows = np.zeros((assets, length, len(sensors)))

    def keep(self, readings: Floats) -> None:
        """Remember one reading of each asset: [A, F]."""
        self.newest = (self.newest + 1) % self.length
        self.rows[:, self.newest] = readings

    def windows(self, assets: Ints) -> Windows:
        """The latest window of each of these assets."""
        order = np.arange(self.newest + 1, self.newest + 1 + self.length) % self.length
        rows = self.rows[assets][:, order].reshape(-1, len(self.sensors))
        last = np.arange(self.length - 1, len(rows), self.length)
        none = np.zeros((len(rows), 0), np.bool_)
        return Windows(rows, none, last, self.length, self.sensors, ())


class WindowRing:
    """Any detector behind whole windows: nothing is saved, everything works."""

    def __init__(self, detector: Detector, rows: Rows) -> None:
        self.detector, self.rows = detector, rows

    def push(self, readings: Floats) -> Floats:
        """[A, F] -> [A]."""
        self.rows.keep(readings)
        return self.detector.score(self.rows.windows(np.arange(len(readings))))


def choose_ring(detector: Detector, sensors: tuple[str, ...], length: int, assets: int = 1) -> Ring:
    """The fastest ring that fits a detector and so many assets."""
    if not isinstance(detector, AutoencoderDetector) or not detector.probabilistic:
        return WindowRing(detector, Rows(sensors, length, assets))
    encoder = detector.network.encoder
    if assets == 1 and encoder.lstm.num_layers == 1 and encoder.latent == encoder.lstm.hidden_size:
        try:
            return NumbaRing(detector, length)
        except ImportError:
            log.warning("Numba is absent, each reading takes longer: pip install 'matts[fast]'")
    return NumpyRing(detector, length, assets)
