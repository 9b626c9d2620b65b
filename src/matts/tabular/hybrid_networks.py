"""The networks of the hybrid: an LSTM autoencoder, and LSTMs that foretell what XGBoost is told.

Shapes: N windows of T steps and C channels, H hidden units.
"""

import copy
from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from matts.domain import Bools, Floats, Ints
from matts.models.lstm_autoencoder import LstmAutoencoder
from matts.models.remaining_life import LifeNetwork
from matts.tabular.histories import Histories
from matts.tabular.hybrid_settings import NetworkSettings
from matts.training import ScheduleSettings, Task, TrainingSettings, train

BLOCK = 512  # windows at a time, always so many: a window is read alike in any company
WATCHED = 1000  # training windows that an epoch is judged on


def training_of(settings: NetworkSettings, seed: int) -> TrainingSettings:
    """What the training loop is told: all epochs, ever more gently; no machine is held to stop."""
    return TrainingSettings(
        epochs=settings.epochs,
        patience=settings.epochs,
        batch_size=settings.batch_size,
        learning_rate=settings.learning_rate,
        schedule=ScheduleSettings(kind="cosine"),
        seed=seed,
        engine="torch",
        log_every=settings.epochs,
    )


class Inputs:
    """The windows of a past as a network takes them: gathered batch by batch."""

    def __init__(self, past: Histories) -> None:
        self.rows = torch.from_numpy(past.channels)
        self.places = torch.from_numpy(past.places)

    def __len__(self) -> int:
        return len(self.places)

    def __getitem__(self, batch: Tensor) -> Tensor:
        """[B] indices -> [B, T, C]."""
        return self.rows[self.places[batch]]


def learn_to_rebuild(past: Histories, settings: NetworkSettings, seed: int) -> LstmAutoencoder:
    """An autoencoder of the windows; it is told no label."""
    torch.manual_seed(seed)
    network = new_autoencoder(past.channels.shape[1], settings)
    inputs = Inputs(past.only(_places(len(past.places), settings.windows, seed)))

    def loss(batch: Tensor) -> dict[str, Tensor]:
        windows = inputs[batch]
        return {"reconstruction": functional.mse_loss(network(windows)[1], windows)}

    _run(network, loss, len(inputs), training_of(settings, seed), "hybrid's autoencoder")
    return network


def learn_to_foretell(
    encoder: nn.Module, past: Histories, y: Floats | Bools, settings: NetworkSettings, seed: int
) -> LifeNetwork:
    """An LSTM that begins as the autoencoder's and learns what is to be told [N].

    Truth values are learnt as logits, numbers as they are: they come scaled.
    """
    torch.manual_seed(seed)
    network = new_foreteller(encoder, settings)
    chosen = _places(len(y), settings.windows, seed)
    inputs, target = Inputs(past.only(chosen)), torch.from_numpy(y[chosen]).float()
    logits = y.dtype == np.bool_
    error = functional.binary_cross_entropy_with_logits if logits else functional.mse_loss

    def loss(batch: Tensor) -> dict[str, Tensor]:
        return {"label": error(network(inputs[batch]), target[batch])}

    _run(network, loss, len(inputs), training_of(settings, seed), "hybrid's LSTM")
    return network


def new_autoencoder(channels: int, settings: NetworkSettings) -> LstmAutoencoder:
    """One that has learnt nothing."""
    return LstmAutoencoder(channels, settings.hidden)


def new_foreteller(encoder: nn.Module, settings: NetworkSettings) -> LifeNetwork:
    """One that has learnt nothing but what the autoencoder's encoder has."""
    hidden = settings.hidden
    return LifeNetwork(copy.deepcopy(encoder), hidden, hidden, settings.dropout)


def rebuild(network: LstmAutoencoder, past: Histories) -> tuple[Floats, Floats]:
    """The latent of each window [N, H], and the mean squared error of playing it back [N]."""

    def read(windows: Tensor) -> Tensor:
        latent, rebuilt, _ = network(windows)
        return torch.column_stack([latent, (rebuilt - windows).square().mean(dim=(1, 2))])

    found = _map(read, past)
    return found[:, :-1], found[:, -1]


def foretell(network: LifeNetwork, past: Histories) -> Floats:
    """What the LSTM says of each window: [N]."""
    return _map(network, past)


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


def _map(function: Callable[[Tensor], Tensor], past: Histories) -> Floats:
    """Apply to all windows, a full block at a time: [N, ...]."""
    inputs, parts = Inputs(past), []
    with torch.no_grad():
        for batch in torch.split(torch.arange(len(inputs)), BLOCK):
            own = inputs[batch]
            full = functional.pad(own, (0, 0, 0, 0, 0, BLOCK - len(own)))
            parts.append(function(full)[: len(own)])
    return np.asarray(torch.cat(parts).double().numpy())


def _places(count: int, most: int, seed: int) -> Ints:
    """Which of so many windows are learnt from, in order: all, or `most` drawn at random: [M]."""
    if count <= most:
        return np.arange(count)
    return np.sort(np.random.default_rng(seed).choice(count, most, replace=False))
