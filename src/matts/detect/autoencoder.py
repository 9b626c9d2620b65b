"""The MATTS detector: an LSTM autoencoder whose latent vector a small head judges."""

from collections.abc import Callable
from typing import ClassVar, Self

import torch
from sklearn.metrics import average_precision_score, f1_score
from torch import Tensor, nn

from matts.compiled.engine import autoencoder_epochs, pick_engine
from matts.detect.objective import DetectorSettings, Score, costs_of, examples_of, torch_loss
from matts.detect.sensors import scale_of
from matts.domain import Floats, State, Windows
from matts.models.fault_classifier import FaultClassifier
from matts.models.lstm_autoencoder import LstmAutoencoder
from matts.models.lstm_columns import encode, linear, squared_errors
from matts.tensors import (
    Block,
    count_parameters,
    load_weights,
    map_blocks,
    weights_of,
)
from matts.training import (
    CompiledEpoch,
    Epoch,
    Task,
    TrainingSettings,
    Watch,
    pick_device,
    train,
    unwatched,
)
from matts.windows import Scaler


class AutoencoderDetector:
    """Score windows by the head's probability, or by the reconstruction error.

    >>> import numpy as np
    >>> rng = np.random.default_rng(0)
    >>> rows, faults = rng.normal(size=(64, 2)), rng.random((64, 1)) < 0.2
    >>> windows = Windows(rows, faults, np.arange(4, 64), 5, ("force", "speed"), ("Bearing",))
    >>> detector = AutoencoderDetector(training=TrainingSettings(epochs=1)).fit(windows, windows)
    >>> detector.score(windows).shape, detector.contributions(windows).shape
    ((60,), (60, 2))
    """

    Settings: ClassVar = DetectorSettings

    def __init__(
        self,
        settings: DetectorSettings | None = None,
        training: TrainingSettings | None = None,
        watch: Watch = unwatched,
    ) -> None:
        self.settings = settings or DetectorSettings()
        self.training = training or TrainingSettings()
        self.watch = watch  # hears of every epoch, and may end the training by raising

    def fit(self, windows: Windows, validation: Windows) -> Self:
        """Learn from the training windows, stop by the validation windows.

        Without a fault among them it learns to rebuild, and is judged by that.
        """
        self.settings = self.settings.suited_to(windows)
        device = pick_device(self.training.device)
        torch.manual_seed(self.training.seed)
        self._build(
            scale_of(windows, self.settings.sensors), len(windows.sensors), len(windows.fault_names)
        )
        parts = nn.ModuleList([self.network, self.classifier]).to(device)
        name = f"detector, seed {self.training.seed}"
        task = Task(
            parts if self.settings.joint else self.network,
            torch_loss(self.network, self.classifier, windows, self.scaler, self.settings),
            len(windows),
            lambda: self._judge(validation),
            name,
            self._compiled(windows, device, name),
        )
        self.history: list[Epoch] = train(task, self.training, self.watch)
        parts.to("cpu")
        return self

    def _build(self, scaler: Scaler, sensors: int, faults: int) -> None:
        chosen = self.settings
        self.scaler = scaler
        self.network = LstmAutoencoder(
            sensors, chosen.hidden, chosen.layers, chosen.dropout, chosen.latent
        ).eval()
        # learns only where `joint` is set; stage two then takes it over. Without a name for any
        # fault it has one answer, and is never asked
        self.classifier = FaultClassifier(self.network.encoder.latent, max(faults, 1)).eval()

    def _compiled(self, windows: Windows, device: torch.device, name: str) -> CompiledEpoch | None:
        """The compiled engine; None where torch trains."""
        chosen = self.settings
        simple = (chosen.layers, chosen.dropout, chosen.latent) == (1, 0, None)
        obstacle = "" if simple else "it needs layers=1, dropout=0 and latent=null"
        obstacle = obstacle if device.type == "cpu" else f"it is on {device}"
        if not pick_engine(self.training, len(windows), obstacle, name):
            return None
        examples = examples_of(windows, self.scaler, chosen)
        costs, size = costs_of(chosen, self.training), self.training.batch_size
        return autoencoder_epochs(self.network, self.classifier, examples, costs, size)

    def _judge(self, validation: Windows) -> float:
        """How well validation windows are told apart, or rebuilt, while training goes on."""
        if self.settings.monitor == "reconstruction" or not validation.faulty.any():
            healthy = validation.healthy if len(validation.healthy) else validation
            return -float(self.rescored("reconstruction").score(healthy).mean())
        scores = self.rescored("head").score(validation)
        if self.settings.monitor == "pr_auc":
            return float(average_precision_score(validation.faulty, scores))
        alerts = scores > 0.5  # noqa: PLR2004
        kinds = [False, True]
        return float(
            f1_score(validation.faulty, alerts, labels=kinds, average="macro", zero_division=0)
        )

    def score(self, windows: Windows) -> Floats:
        """Score each window: [N]; the head's score needs no decoder."""
        return self._map(windows, self._scores)

    def contributions(self, windows: Windows) -> Floats:
        """Split each score over the sensors by their part of the reconstruction error: [N, F]."""
        return self._map(windows, self._parts)

    def latent(self, windows: Windows) -> Floats:
        """The encoder's view of each window: [N, L]."""
        return self._map(windows, lambda block: encode(self.network.encoder, block).T)

    def look(self, windows: Windows) -> tuple[Floats, Floats]:
        """Scores [N] and latents [N, L], each window encoded once."""

        def both(block: Block) -> Tensor:
            latent = encode(self.network.encoder, block)
            return torch.cat([self._score(latent, block)[None], latent.double()]).T

        found = self._map(windows, both)
        return found[:, 0], found[:, 1:]

    def _scores(self, block: Block) -> Tensor:
        """[N]: the head's probability of a fault, or the mean squared error."""
        return self._score(encode(self.network.encoder, block), block)

    def _score(self, latent: Tensor, block: Block) -> Tensor:
        """[L, N] -> [N]."""
        if self.settings.score == "head":
            return self._probabilities(latent)
        return squared_errors(self.network.decoder, latent, block).double().mean(dim=0)

    def _parts(self, block: Block) -> Tensor:
        """[N, F]."""
        latent = encode(self.network.encoder, block)
        errors = squared_errors(self.network.decoder, latent, block).double()
        total = errors.sum(dim=0).clamp(min=torch.finfo(torch.float64).tiny)
        scores = self._probabilities(latent) if self.probabilistic else errors.mean(dim=0)
        return errors.mul_(scores / total).T

    def _probabilities(self, latent: Tensor) -> Tensor:
        """[L, N] -> [N]: the head's probability of a fault."""
        return linear(self.network.head, latent)[0].double().sigmoid()

    def _map(self, windows: Windows, function: Callable[[Block], Tensor]) -> Floats:
        """Apply a function to all windows, a large block at a time, where the network is."""
        device = next(self.network.parameters()).device
        return map_blocks(windows, self.scaler, device, function)

    def rescored(self, score: Score) -> "AutoencoderDetector":
        """The same fitted network, judged by its other score."""
        twin = AutoencoderDetector(self.settings.model_copy(update={"score": score}), self.training)
        twin.network, twin.classifier, twin.scaler = self.network, self.classifier, self.scaler
        twin.history = getattr(self, "history", [])
        return twin

    @property
    def probabilistic(self) -> bool:
        """Whether the score is a probability."""
        return self.settings.score == "head"

    @property
    def fault_weight(self) -> float:
        """What the fault term of the loss counts, here or in stage two."""
        return self.settings.weights.fault

    @property
    def joint_classifier(self) -> FaultClassifier | None:
        """The diagnosis network, where it was trained along."""
        return self.classifier if self.settings.joint else None

    @property
    def parameters(self) -> tuple[int, int]:
        """How many scoring and naming need, and how many there are.

        The head's score needs encoder, head and diagnosis network, the other one all of it.
        """
        parts = (self.network.encoder, self.network.head, self.classifier)
        deployed = sum(map(count_parameters, parts))
        total = deployed + count_parameters(self.network.decoder)
        return deployed if self.settings.score == "head" else total, total

    def state(self) -> State:
        """Weights, scale, settings, and how training went."""
        arrays = {
            **weights_of(self.network, "network."),
            **weights_of(self.classifier, "classifier."),
            **self.scaler.arrays,
        }
        config = {
            "settings": self.settings.model_dump(),
            "training": self.training.model_dump(),
            "history": self.history,
        }
        return State(arrays, config)

    @classmethod
    def from_state(cls, state: State) -> Self:
        """Rebuild a fitted detector."""
        config, arrays = state.config, state.arrays
        detector = cls(
            DetectorSettings(**config["settings"]), TrainingSettings(**config["training"])
        )
        scaler = Scaler.from_arrays(arrays)
        faults = len(arrays["classifier.layers.2.bias"])
        detector._build(scaler, len(scaler.mean), faults)
        load_weights(detector.network, arrays, "network.")
        load_weights(detector.classifier, arrays, "classifier.")
        detector.history = config["history"]
        return detector
