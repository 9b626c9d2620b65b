"""Models of remaining life that read windows themselves: a 1-D convolution and an LSTM."""

from dataclasses import replace
from typing import ClassVar, Self

import numpy as np
import torch
from pydantic import BaseModel, ConfigDict, Field
from torch import Tensor
from torch.nn import functional

from matts.domain import Floats, State, Windows
from matts.features import start
from matts.models.remaining_life import LifeNetwork, conv_network, lstm_network
from matts.tensors import load_weights, weights_of
from matts.training import Epoch, Task, TrainingSettings, all_epochs, train

BLOCK = 512  # windows at a time, always so many: a window is read alike in any company
WATCHED = 2000  # training windows that an epoch is judged on


class NetworkSettings(BaseModel):
    """How far back a network looks, its size, and how it is trained."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    window: int = Field(50, ge=1, le=10_000)
    hidden: int = Field(32, ge=1, le=4096)
    dropout: float = Field(0.2, ge=0, lt=1)
    epochs: int = Field(12, ge=1, le=100_000)
    batch_size: int = Field(256, ge=1)
    learning_rate: float = Field(0.003, gt=0, lt=1)

    def training(self, seed: int) -> TrainingSettings:
        """What the training loop is told: all epochs, ever more gently."""
        return all_epochs(
            *(self.epochs, self.batch_size, self.learning_rate), seed=seed, log_every=self.epochs
        )


class Inputs:
    """What a network sees of a window: each channel, and how far it is off the unit's start."""

    def __init__(self, windows: Windows, length: int) -> None:
        own = replace(windows, length=length)
        self.rows = torch.from_numpy(own.rows.astype(np.float32))
        steps = torch.arange(1 - length, 1)
        self.places = torch.from_numpy(own.last)[:, None] + steps
        self.start = torch.from_numpy(start(own).astype(np.float32))[:, None]

    def __len__(self) -> int:
        return len(self.places)

    def __getitem__(self, batch: Tensor) -> Tensor:
        """[B] indices -> [B, T, 2 C]."""
        values = self.rows[self.places[batch]]
        return torch.cat([values, values - self.start[batch]], dim=2)


class CnnLife:
    """A 1-D convolution over the last readings, trained to the end of its schedule.

    No unit is held out to stop it: those that are held out measure it.
    """

    Settings: ClassVar = NetworkSettings
    network: LifeNetwork

    def __init__(self, settings: NetworkSettings | None = None, seed: int = 0) -> None:
        self.settings, self.seed = settings or self.Settings(), seed
        self.span = self.settings.window
        self.history: list[Epoch] = []

    def fit(self, windows: Windows, left: Floats) -> Self:
        """Learn from windows with so many readings left [N]."""
        self._build(len(windows.sensors), left.mean(), max(left.std(), 1e-9))
        inputs = Inputs(windows, self.span)
        target = torch.from_numpy((left - self.middle) / self.spread).float()
        watched = torch.linspace(0, len(inputs) - 1, min(WATCHED, len(inputs))).long()

        def loss(batch: Tensor) -> dict[str, Tensor]:
            return {"life": functional.mse_loss(self.network(inputs[batch]), target[batch])}

        task = Task(
            self.network,
            loss,
            len(inputs),
            lambda: -float(loss(watched)["life"]),
            f"{type(self).__name__}, seed {self.seed}",
        )
        self.history = train(task, self.settings.training(self.seed))
        return self

    def _build(self, channels: int, middle: float, spread: float) -> None:
        torch.manual_seed(self.seed)
        self.channels, self.middle, self.spread = channels, float(middle), float(spread)
        self.network = self._network(2 * channels).eval()

    def _network(self, inputs: int) -> LifeNetwork:
        """As it is born."""
        return conv_network(inputs, self.span, self.settings.hidden, self.settings.dropout)

    def predict(self, windows: Windows) -> Floats:
        """Foresee how many are left: [N]."""
        inputs, every = Inputs(windows, self.span), torch.arange(len(windows))
        with torch.no_grad():
            parts = [self._read(inputs, batch) for batch in torch.split(every, BLOCK)]
        found = torch.cat(parts).double().numpy() if len(windows) else np.zeros(0)
        return np.asarray(found * self.spread + self.middle)

    def _read(self, inputs: Inputs, batch: Tensor) -> Tensor:
        full = functional.pad(inputs[batch], (0, 0, 0, 0, 0, BLOCK - len(batch)))
        return self.network(full)[: len(batch)]  # type: ignore[no-any-return]

    def state(self) -> State:
        """Weights, scale of the target, settings, and how training went."""
        config = {
            "settings": self.settings.model_dump(),
            "seed": self.seed,
            "channels": self.channels,
            "target": [self.middle, self.spread],
            "history": self.history,
        }
        return State(weights_of(self.network, "network."), config)

    @classmethod
    def from_state(cls, state: State) -> Self:
        """Rebuild from weights."""
        config = state.config
        model = cls(cls.Settings(**config["settings"]), config["seed"])
        model._build(config["channels"], *config["target"])
        load_weights(model.network, state.arrays, "network.")
        model.history = config["history"]
        return model


class LstmSettings(NetworkSettings):
    """The same for the LSTM."""

    learning_rate: float = Field(0.005, gt=0, lt=1)


class LstmLife(CnnLife):
    """The same with an LSTM, read at its last state."""

    Settings: ClassVar = LstmSettings

    def _network(self, inputs: int) -> LifeNetwork:
        """As it is born."""
        return lstm_network(inputs, self.settings.hidden, self.settings.dropout)
