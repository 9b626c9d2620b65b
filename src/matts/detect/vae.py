"""A variational autoencoder of healthy windows: strange is what it cannot play back."""

from dataclasses import replace
from typing import ClassVar, NamedTuple, Self

import numpy as np
import torch

from matts.detect.innovations import healthy_scale
from matts.detect.vae_objective import (
    VaeSettings,
    elbo_loss,
    figure,
    foresee,
    judged_loss,
    masked_loss,
)
from matts.detect.vae_windows import Examples, block_of, ends_before, errors_of, healthy_examples
from matts.domain import BadInputError, Floats, State, Windows
from matts.models.vae import Vae
from matts.tensors import load_weights, weights_of
from matts.training import Epoch, Task, Watch, train, unwatched
from matts.windows import Scaler

BLOCK = 128  # windows at a time, always so many: a window scores the same in any company
LEAST = 1e-6  # the smallest mean error of a sensor, in spreads: rounding is below it


class Found(NamedTuple):
    """What the network makes of N windows; errors are sums over readings."""

    rebuilt: Floats  # [N, F], errors of the judged readings
    known: Floats  # [N, F], how many of those there are
    ahead: Floats  # [N, F], error of the last reading as foreseen
    there: Floats  # [N, F], 1 where the last reading is known
    divergence: Floats  # [N]
    latent: Floats  # [N, L]


class VaeDetector:
    """Score windows by reconstruction error and divergence, from the mean of their latent cloud.

    The score is the mean error of the judged readings, plus what the divergence counts, plus that
    of the last reading as foreseen from those before it. Nothing is drawn at random.

    >>> rows = np.random.default_rng(0).normal(size=(64, 2))
    >>> none = np.zeros((64, 1), bool)
    >>> windows = Windows(rows, none, np.arange(4, 64), 5, ("force", "speed"), ("Bearing",))
    >>> detector = VaeDetector(VaeSettings(epochs=1)).fit(windows, windows)
    >>> detector.score(windows).shape, detector.latent(windows).shape
    ((60,), (60, 64))
    """

    Settings: ClassVar = VaeSettings
    network: Vae
    scaler: Scaler
    units: Floats  # [2, F], the error of each sensor that counts as 1: rebuilt, foreseen

    def __init__(self, settings: VaeSettings | None = None, watch: Watch = unwatched) -> None:
        self.settings = settings or VaeSettings()
        self.watch = watch  # hears of every epoch after pretraining, and may end it by raising
        self.history: list[Epoch] = []

    def fit(self, windows: Windows, validation: Windows) -> Self:
        """Learn from healthy training windows, stop by healthy validation windows."""
        self._build(healthy_scale(windows), windows.length)
        examples = healthy_examples(windows, self.scaler)
        held = Examples(validation.healthy, self.scaler)
        self.history = self._pretrain(examples, held) + self._train(examples, held)
        if self.settings.normalise:
            self.units = self._mean_errors(windows.healthy)
        return self

    def _build(self, scaler: Scaler, length: int) -> None:
        sensors = len(scaler.mean)
        self.scaler, self.length, self.units = scaler, length, np.ones((2, sensors))
        self.network = self.settings.build(sensors, length)

    def _pretrain(self, examples: Examples, held: Examples) -> list[Epoch]:
        """Learn to fill in what was hidden; validation windows hide the same every time."""
        chosen, network = self.settings, self.network
        task = Task(
            network,
            masked_loss(network, examples, chosen),
            len(examples),
            lambda: figure(masked_loss(network, held, chosen), len(held)),
            f"VAE, seed {chosen.seed}, pretraining",
        )
        return train(task, chosen.training(chosen.pretrain)) if chosen.pretrain else []

    def _train(self, examples: Examples, held: Examples) -> list[Epoch]:
        """Learn to play windows back."""
        chosen, network = self.settings, self.network
        task = Task(
            network,
            elbo_loss(network, examples, chosen),
            len(examples),
            lambda: figure(judged_loss(network, held, chosen), len(held)),
            f"VAE, seed {chosen.seed}",
        )
        return train(task, chosen.training(chosen.epochs), self.watch)

    def _mean_errors(self, healthy: Windows) -> Floats:
        """[2, F]: the mean error of each sensor, rebuilt and foreseen."""
        found = self._look(healthy)
        sums = np.stack([found.rebuilt.sum(axis=0), found.ahead.sum(axis=0)])
        counts = np.stack([found.known.sum(axis=0), found.there.sum(axis=0)])
        return np.asarray(np.maximum(sums / np.maximum(counts, 1), LEAST))

    def score(self, windows: Windows) -> Floats:
        """Score each window: [N]."""
        return np.asarray(self.contributions(windows).sum(axis=1))

    def contributions(self, windows: Windows) -> Floats:
        """Split each score over the sensors: [N, F].

        The divergence belongs to no sensor: each gets of it what it has of the errors.
        """
        if not self.settings.overlap:
            return self._parts(windows)
        ends = ends_before(windows)
        distinct, places = np.unique(ends, return_inverse=True)
        parts = np.zeros((len(distinct), len(windows.sensors)))
        parts[distinct >= 0] = self._parts(replace(windows, last=distinct[distinct >= 0]))
        total = np.zeros((len(windows), len(windows.sensors)))
        for column in places.reshape(ends.shape).T:
            total += parts[column]
        return np.asarray(total / (ends >= 0).sum(axis=1, keepdims=True))

    def reach(self, length: int) -> int:
        """How many readings of the segment a score looks back at."""
        return 2 * length - 1 if self.settings.overlap else length

    def latent(self, windows: Windows) -> Floats:
        """The mean of each window's latent cloud: [N, L]."""
        return self._look(windows).latent

    def _parts(self, windows: Windows) -> Floats:
        """[N, F]: what each sensor adds to the score of the window alone."""
        found, chosen = self._look(windows), self.settings
        parts = _mean(found.rebuilt / self.units[0], found.known)
        parts += chosen.forecast * _mean(found.ahead / self.units[1], found.there)
        counts = chosen.beta / self.units[0].mean() * found.divergence
        total = parts.sum(axis=1)
        even = np.full_like(parts, 1 / parts.shape[1])
        shares = np.divide(parts, total[:, None], out=even, where=total[:, None] > 0)
        return np.asarray(parts + counts[:, None] * shares)

    def _look(self, windows: Windows) -> Found:
        """What the network makes of all windows, a block at a time."""
        if windows.length != self.length:
            msg = f"the VAE was fitted on windows of {self.length} readings, got {windows.length}"
            raise BadInputError(msg)
        blocks = windows.batches(BLOCK) if len(windows) else iter([windows])
        parts = zip(*(self._look_at(block) for block in blocks), strict=True)
        return Found(*(np.concatenate(part) for part in parts))

    def _look_at(self, windows: Windows) -> Found:
        """The same for a block of windows at most."""
        given, chosen, count = block_of(windows, self.scaler, BLOCK), self.settings, len(windows)
        with torch.no_grad():
            latent, rebuilt = self.network(given.seen)
            ahead = foresee(self.network, given)
        judged = slice(-1 if chosen.judged == "last" else 0, None)
        last = given.known[:, -1]
        found = (
            (errors_of(rebuilt, given.values, chosen.loss) * given.known)[:, judged].sum(dim=1),
            given.known[:, judged].sum(dim=1),
            errors_of(ahead, given.values[:, -1], chosen.loss) * last,
            last,
            latent.divergence,
            latent.mean,
        )
        return Found(*(part[:count].double().numpy() for part in found))

    def state(self) -> State:
        """Weights, scale, units, settings, and how training went."""
        arrays = {
            **weights_of(self.network, "network."),
            **self.scaler.arrays,
            "units": self.units,
        }
        config = {
            "settings": self.settings.model_dump(),
            "length": self.length,
            "history": self.history,
        }
        return State(arrays, config)

    @classmethod
    def from_state(cls, state: State) -> Self:
        """Rebuild a fitted detector."""
        config, arrays = state.config, state.arrays
        detector = cls(VaeSettings(**config["settings"]))
        detector._build(Scaler.from_arrays(arrays), config["length"])
        load_weights(detector.network, arrays, "network.")
        detector.units, detector.history = arrays["units"], config["history"]
        return detector


def _mean(sums: Floats, counts: Floats) -> Floats:
    """[N, F] sums over the readings of each sensor -> [N, F] parts of a window's mean."""
    return np.asarray(sums / np.maximum(counts.sum(axis=1, keepdims=True), 1))
