"""The MATTS diagnoser: name the fault from the latent vector that stage one left."""

from collections.abc import Callable
from functools import partial
from typing import Self

import numpy as np
import torch
from sklearn.metrics import f1_score
from torch import Tensor

from matts.compiled.engine import classifier_epochs, pick_engine
from matts.compiled.examples import Costs
from matts.domain import BadInputError, Floats, Ints, State, Windows
from matts.losses import class_balance, fault_loss, fault_targets
from matts.models.fault_classifier import FaultClassifier
from matts.models.lstm_autoencoder import LstmEncoder
from matts.models.lstm_columns import encode
from matts.tensors import Block, load_weights, map_blocks, weights_of
from matts.training import CompiledEpoch, Epoch, Task, TrainingSettings, train
from matts.windows import Scaler


class LatentDiagnoser:
    """Tell the faults apart by a small network on a frozen encoder's view of the windows."""

    def __init__(
        self,
        encoder: LstmEncoder,
        scaler: Scaler,
        training: TrainingSettings,
        weight: float = 1.0,
        classifier: FaultClassifier | None = None,
    ) -> None:
        self.encoder = encoder
        self.scaler = scaler
        self.training = training
        self.weight = weight  # of the loss; it matters to the clipping of gradients
        self.trained = classifier  # trained jointly with the encoder, taken over as it is
        self.history: list[Epoch] = []

    def fit(self, windows: Windows, validation: Windows) -> Self:
        """Learn from the anomalous windows, stop by the anomalous validation windows."""
        if self.trained is not None:
            self.classifier = self.trained
            return self
        anomalous, held_out = windows.where(windows.faulty), validation.where(validation.faulty)
        if not len(anomalous):
            msg = f"a diagnoser needs anomalous windows to learn from, got none in {len(windows)}"
            raise BadInputError(msg)
        torch.manual_seed(self.training.seed)
        self.classifier = FaultClassifier(self.encoder.latent, len(windows.fault_names))
        name = f"diagnoser, seed {self.training.seed}"
        latent = self._latent(anomalous)
        task = Task(
            self.classifier,
            self._loss(latent, anomalous),
            len(anomalous),
            partial(self._judge, self._latent(held_out), held_out),
            name,
            self._compiled(latent, anomalous, name),
        )
        self.history = train(task, self.training)
        return self

    def _loss(self, latent: Floats, anomalous: Windows) -> Callable[[Tensor], dict[str, Tensor]]:
        """The weighted cross-entropy of a batch, given the indices of its windows."""
        inputs = torch.from_numpy(latent)
        targets, balance = fault_targets(anomalous.faults), class_balance(anomalous.faults)
        return lambda batch: {
            "fault": self.weight
            * fault_loss(self.classifier(inputs[batch]), targets[batch], balance)
        }

    def _compiled(self, latent: Floats, anomalous: Windows, name: str) -> CompiledEpoch | None:
        """The same loss with its gradients, compiled; None where torch trains."""
        if not pick_engine(self.training, len(anomalous), "", name):
            return None
        limits = self.training
        targets = fault_targets(anomalous.faults) * class_balance(anomalous.faults)
        costs = Costs.of(fault=self.weight, clip=limits.clip, decay=limits.weight_decay)
        return classifier_epochs(self.classifier, latent, targets.numpy(), costs, limits.batch_size)

    def _judge(self, latent: Floats, held_out: Windows) -> float:
        """How well the classifier names held-out windows while training goes on."""
        named = self.classifier(torch.from_numpy(latent)).argmax(dim=1)
        return hit_f1(named.numpy(), held_out)

    def _latent(self, windows: Windows) -> Floats:
        """The encoder's view of each window: [N, L]."""
        return self._map(windows, lambda block: encode(self.encoder, block).T)

    def probabilities(self, windows: Windows) -> Floats:
        """Give each fault a probability: [N, K]."""
        return self._map(windows, lambda block: self._softmax(encode(self.encoder, block).T))

    def _softmax(self, latent: Tensor) -> Tensor:
        """[N, L] -> [N, K]."""
        logits: Tensor = self.classifier(latent)
        return logits.double().softmax(dim=1)

    def _map(self, windows: Windows, function: Callable[[Block], Tensor]) -> Floats:
        """Apply a function to all windows, a large block at a time."""
        return map_blocks(windows, self.scaler, torch.device("cpu"), function)

    def state(self) -> State:
        """Encoder, classifier, scale, and how training went."""
        arrays = {
            **weights_of(self.encoder, "encoder."),
            **weights_of(self.classifier, "classifier."),
            **self.scaler.arrays,
        }
        config = {
            "encoder": self.encoder.shape,
            "weight": self.weight,
            "joint": self.trained is not None,
            "training": self.training.model_dump(),
            "history": self.history,
        }
        return State(arrays, config)

    @classmethod
    def from_state(cls, state: State) -> Self:
        """Rebuild a fitted diagnoser."""
        config, arrays = state.config, state.arrays
        encoder = LstmEncoder(**config["encoder"]).eval()
        load_weights(encoder, arrays, "encoder.")
        classifier = FaultClassifier(encoder.latent, len(arrays["classifier.layers.2.bias"])).eval()
        load_weights(classifier, arrays, "classifier.")
        scaler, training = Scaler.from_arrays(arrays), TrainingSettings(**config["training"])
        joint = classifier if config["joint"] else None
        diagnoser = cls(encoder, scaler, training, config["weight"], joint)
        diagnoser.classifier, diagnoser.history = classifier, config["history"]
        return diagnoser


def hit_f1(named: Ints, windows: Windows) -> float:
    """Macro F1 over every fault, on anomalous windows; a hit on either of two faults counts."""
    if not len(windows):
        return 0.0
    hit = windows.faults[np.arange(len(windows)), named]
    truth = np.where(hit, named, windows.classes - 1)
    every = list(range(len(windows.fault_names)))
    return float(f1_score(truth, named, labels=every, average="macro", zero_division=0))
