"""The networks of the hybrid: an LSTM autoencoder, and LSTMs that foretell what XGBoost is told.

Shapes: N windows of T steps and C channels, H hidden units.
"""

import copy
from collections.abc import Callable

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from matts.domain import Bools, Floats, Ints
from matts.models.lstm_autoencoder import LstmAutoencoder, LstmEncoder
from matts.models.lstm_columns import encode, linear, squared_errors
from matts.models.remaining_life import LifeNetwork
from matts.tabular.histories import Histories
from matts.tabular.hybrid_settings import NetworkSettings
from matts.tensors import COLUMNS, LANES, Block
from matts.training import Task, TrainingSettings, all_epochs, train

WATCHED = 1000  # training windows that an epoch is judged on


def training_of(settings: NetworkSettings, seed: int) -> TrainingSettings:
    """What the training loop is told; it says nothing, for a study trains hundreds."""
    return all_epochs(
        *(settings.epochs, settings.batch_size, settings.learning_rate), seed=seed, log_every=0
    )


class Inputs:
    """The windows of a past as a network takes them: gathered batch by batch."""

    def __init__(self, histories: Histories) -> None:
        self.rows = torch.from_numpy(histories.channels)
        self.places = torch.from_numpy(histories.places)

    def __len__(self) -> int:
        return len(self.places)

    def __getitem__(self, batch: Tensor) -> Tensor:
        """[B] indices -> [B, T, C]."""
        return self.rows[self.places[batch]]


def learn_to_rebuild(histories: Histories, settings: NetworkSettings, seed: int) -> LstmAutoencoder:
    """An autoencoder of the windows; it is told no label."""
    torch.manual_seed(seed)
    network = new_autoencoder(histories.channels.shape[1], settings)
    inputs = Inputs(histories.only(_places(len(histories.places), settings.windows, seed)))

    def loss(batch: Tensor) -> dict[str, Tensor]:
        windows = inputs[batch]
        return {"reconstruction": functional.mse_loss(network(windows)[1], windows)}

    _run(network, loss, len(inputs), training_of(settings, seed), "hybrid's autoencoder")
    return network


def learn_to_foretell(
    encoder: LstmEncoder,
    histories: Histories,
    y: Floats | Bools,
    settings: NetworkSettings,
    seed: int,
) -> LifeNetwork:
    """An LSTM that begins as the autoencoder's and learns what is to be told [N].

    Truth values are learnt as logits, numbers as they are: they come scaled.
    """
    torch.manual_seed(seed)
    network = new_foreteller(encoder, settings)
    chosen = _places(len(y), settings.windows, seed)
    inputs, target = Inputs(histories.only(chosen)), torch.from_numpy(y[chosen]).float()
    logits = y.dtype == np.bool_
    error = functional.binary_cross_entropy_with_logits if logits else functional.mse_loss

    def loss(batch: Tensor) -> dict[str, Tensor]:
        return {"label": error(network(inputs[batch]), target[batch])}

    _run(network, loss, len(inputs), training_of(settings, seed), "hybrid's LSTM")
    return network


def new_autoencoder(channels: int, settings: NetworkSettings) -> LstmAutoencoder:
    """One that has learnt nothing."""
    return LstmAutoencoder(channels, settings.hidden, latent=settings.latent)


def new_foreteller(encoder: LstmEncoder, settings: NetworkSettings) -> LifeNetwork:
    """One that has learnt nothing but the autoencoder's LSTM; it reads all of its state."""
    hidden = settings.hidden
    reader = LstmEncoder(encoder.lstm.input_size, hidden)
    reader.lstm = copy.deepcopy(encoder.lstm)
    return LifeNetwork(reader, hidden, hidden, settings.dropout)


def rebuild(network: LstmAutoencoder, histories: Histories) -> tuple[Floats, Floats]:
    """The latent of each window [N, H], and the mean squared error of playing it back [N]."""

    def read(block: Block) -> Tensor:
        latent = encode(network.encoder, block)
        errors = squared_errors(network.decoder, latent, block)
        return torch.cat([latent, errors.mean(dim=0, keepdim=True)])

    found = _map(read, histories)
    return found[:, :-1], found[:, -1]


def foretell(network: LifeNetwork, histories: Histories) -> Floats:
    """What the LSTM says of each window: [N]."""
    first, last = (each for each in network.head if isinstance(each, nn.Linear))

    def read(block: Block) -> Tensor:
        hidden = functional.gelu(linear(first, encode(network.reader, block)))  # type: ignore[arg-type]
        return linear(last, hidden)

    return _map(read, histories)[:, 0]


def _run(
    network: nn.Module,
    loss: Callable[[Tensor], dict[str, Tensor]],
    count: int,
    settings: TrainingSettings,
    name: str,
) -> None:
    """Train in place; the epoch that is kept is the best on some of the training windows."""
    watched = torch.linspace(0, count - 1, min(WATCHED, count)).long()

    def judge() -> float:
        return -sum(float(term) for term in loss(watched).values())

    train(Task(network, loss, count, judge, f"{name}, seed {settings.seed}"), settings)


def _map(function: Callable[[Block], Tensor], histories: Histories) -> Floats:
    """Apply to all windows, a block at a time: [N, X] of what gives [X, N].

    Blocks are padded, so that a window is read alike in any company.
    """
    parts = []
    with torch.no_grad():
        for start in range(0, max(len(histories.places), 1), COLUMNS):
            own = histories.places[start : start + COLUMNS]
            parts.append(function(_block(histories.channels, own)).T[: len(own)])
    return np.asarray(torch.cat(parts).double().numpy())


def _block(channels: NDArray[np.float32], places: Ints) -> Block:
    """Windows side by side, each with readings of its own."""
    count, length = places.shape
    padded = max(-(-count // LANES), 1) * LANES
    readings = np.zeros((channels.shape[1], padded * length), np.float32)
    readings[:, : count * length] = channels[places.ravel()].T
    return Block(torch.from_numpy(readings), padded, length, length)


def _places(count: int, most: int, seed: int) -> Ints:
    """Which of so many windows are learnt from, in order: all, or `most` drawn at random: [M]."""
    if count <= most:
        return np.arange(count)
    return np.sort(np.random.default_rng(seed).choice(count, most, replace=False))
