"""A stacked LSTM autoencoder of healthy windows: strange is what it cannot play back."""

from typing import Annotated, ClassVar, Literal, Self

import numpy as np
import torch
from pydantic import BaseModel, ConfigDict, Field
from torch import Tensor

from matts.detect.vae_windows import Examples, block_of, errors_of, healthy_examples
from matts.domain import BadInputError, Floats, State, Windows
from matts.models.stacked_lstm import StackedLstmAutoencoder
from matts.tensors import load_weights, weights_of
from matts.training import Epoch, Task, TrainingSettings, Watch, train, unwatched
from matts.windows import ENDLESS, Scaler

BLOCK = 128  # windows at a time, always so many: a window scores the same in any company
CHUNK = 2048  # examples judged at a time

Width = Annotated[int, Field(ge=1, le=1024)]


class StackedLstmSettings(BaseModel):
    """The widths of the encoder, which the decoder mirrors, whose errors count, and the training.

    `judged` says whose errors make the score: those of the whole window, or of its last reading.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    widths: tuple[Width, ...] = Field((64, 32), min_length=1, max_length=8)
    dropout: float = Field(0.2, ge=0, lt=1)
    judged: Literal["window", "last"] = "window"
    epochs: int = Field(20, ge=0, le=100_000)
    patience: int = Field(5, ge=1)
    batch_size: int = Field(128, ge=1)
    learning_rate: float = Field(0.003, gt=0, lt=1)
    seed: int = Field(0, ge=0)

    @property
    def training(self) -> TrainingSettings:
        """What the training loop is told."""
        return TrainingSettings(
            epochs=self.epochs,
            patience=self.patience,
            batch_size=self.batch_size,
            learning_rate=self.learning_rate,
            seed=self.seed,
            engine="torch",
            log_every=self.epochs or 1,  # one of many detectors: a line at its end will do
        )

    def build(self, sensors: int) -> StackedLstmAutoencoder:
        """The network as it is born from the seed."""
        torch.manual_seed(self.seed)
        return StackedLstmAutoencoder(sensors, self.widths, self.dropout).eval()


class StackedLstmDetector:
    """Score windows by their mean absolute error, each sensor in its healthy range.

    >>> rows = np.random.default_rng(0).normal(size=(64, 2))
    >>> none = np.zeros((64, 1), bool)
    >>> windows = Windows(rows, none, np.arange(4, 64), 5, ("force", "speed"), ("Bearing",))
    >>> settings = StackedLstmSettings(epochs=1)
    >>> StackedLstmDetector(settings).fit(windows, windows).score(windows).shape
    (60,)
    """

    Settings: ClassVar = StackedLstmSettings
    network: StackedLstmAutoencoder
    scaler: Scaler

    def __init__(
        self, settings: StackedLstmSettings | None = None, watch: Watch = unwatched
    ) -> None:
        self.settings = settings or StackedLstmSettings()
        self.watch = watch  # hears of every epoch, and may end it by raising
        self.history: list[Epoch] = []

    def fit(self, windows: Windows, validation: Windows) -> Self:
        """Learn from healthy training windows, stop by healthy validation windows."""
        self._build(healthy_range(windows))
        examples = healthy_examples(windows, self.scaler)
        held = Examples(validation.healthy, self.scaler)
        task = Task(
            self.network,
            lambda batch: {"reconstruction": self._loss(examples, batch)},
            len(examples),
            lambda: self._figure(held),
            f"stacked LSTM, seed {self.settings.seed}",
        )
        self.history = train(task, self.settings.training, self.watch)
        return self

    def _build(self, scaler: Scaler) -> None:
        self.scaler, self.network = scaler, self.settings.build(len(scaler.mean))

    def _loss(self, examples: Examples, batch: Tensor) -> Tensor:
        """The mean absolute error of known readings: []."""
        given = examples[batch]
        return given.mean(errors_of(self.network(given.seen), given.values, "mae"))

    def _figure(self, held: Examples) -> float:
        """How good the network is on all examples: the mean loss turned round; 0 without any."""
        parts = torch.split(torch.arange(len(held)), CHUNK)
        total = sum(float(self._loss(held, part)) * len(part) for part in parts)
        return -total / max(len(held), 1)

    def score(self, windows: Windows) -> Floats:
        """Score each window: [N]."""
        return np.asarray(self.contributions(windows).sum(axis=1))

    def contributions(self, windows: Windows) -> Floats:
        """What each sensor adds to the mean error: [N, F]; a missing reading adds nothing."""
        none = np.zeros((0, len(windows.sensors)))
        parts = [self._parts(block) for block in windows.batches(BLOCK)]
        return np.concatenate([none, *parts])

    def _parts(self, windows: Windows) -> Floats:
        """The same for a block of windows at most."""
        given = block_of(windows, self.scaler, BLOCK)
        with torch.no_grad():
            errors = errors_of(self.network(given.seen), given.values, "mae") * given.known
        judged = slice(-1 if self.settings.judged == "last" else 0, None)
        known = given.known[:, judged].sum(dim=(1, 2)).clamp(min=1)
        parts = errors[:, judged].double().sum(dim=1) / known[:, None]
        return np.asarray(parts[: len(windows)].numpy())

    def state(self) -> State:
        """Weights, ranges, settings, and how training went."""
        arrays = {**weights_of(self.network, "network."), **self.scaler.arrays}
        return State(arrays, {"settings": self.settings.model_dump(), "history": self.history})

    @classmethod
    def from_state(cls, state: State) -> Self:
        """Rebuild a fitted detector."""
        detector = cls(StackedLstmSettings(**state.config["settings"]))
        detector._build(Scaler.from_arrays(state.arrays))
        load_weights(detector.network, state.arrays, "network.")
        detector.history = state.config["history"]
        return detector


def healthy_range(windows: Windows) -> Scaler:
    """The middle and the range of each sensor in healthy rows: they become -1/2 to 1/2.

    A sensor that never moves or is never there has a range of 1.

    >>> rows, none = np.array([[2.0, 7.0], [4.0, 7.0]]), np.zeros((2, 1), bool)
    >>> windows = Windows(rows, none, np.arange(2), 1, ("force", "speed"), ("Bearing",))
    >>> healthy_range(windows)(rows).tolist()
    [[-0.5, 0.0], [0.5, 0.0]]
    """
    healthy = windows.row_healthy
    if not healthy.any():
        msg = f"a healthy range needs healthy readings, got {len(healthy)} faulty ones"
        raise BadInputError(msg)
    rows = windows.rows[healthy].astype(np.float64)
    known = np.abs(rows) < ENDLESS
    there = known.any(axis=0)
    lowest = np.where(there, np.where(known, rows, np.inf).min(axis=0), 0.0)
    highest = np.where(there, np.where(known, rows, -np.inf).max(axis=0), 0.0)
    still = highest - lowest <= 1e-9 * np.maximum(np.abs(highest), 1e-30)
    return Scaler((lowest + highest) / 2, np.where(still, 1.0, highest - lowest))
