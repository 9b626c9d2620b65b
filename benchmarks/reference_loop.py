"""What everything is measured against: the ordinary PyTorch loop, as most people write it.

A Dataset of windows, a shuffled DataLoader at batch 4, the network in eager mode, one loss term
after another, a progress bar that shows the loss of each step. Nothing is slowed down, and the
mathematics are ours: a test compares the losses of 200 steps.
"""

import os
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn
from torch.utils.data import DataLoader, Dataset
from tqdm import tqdm

from matts.detect.objective import DetectorSettings
from matts.domain import Floats, Windows
from matts.losses import class_balance
from matts.models.fault_classifier import FaultClassifier
from matts.models.lstm_autoencoder import LstmAutoencoder
from matts.training import TrainingSettings
from matts.windows import Scaler

BATCH = 4
Batch = tuple[Tensor, Tensor, Tensor]  # windows [B, T, F], faulty [B], fault shares [B, K]


class WindowDataset(Dataset[tuple[Tensor, Tensor, Tensor]]):
    """Scaled windows with their labels, one by one."""

    def __init__(self, windows: Windows, scaler: Scaler) -> None:
        self.values = torch.from_numpy(np.ascontiguousarray(scaler(windows.values)))
        self.faulty = torch.from_numpy(windows.faulty).float()
        faults = torch.from_numpy(windows.faults).float()
        self.faults = faults / faults.sum(dim=1, keepdim=True).clamp(min=1)

    def __len__(self) -> int:
        return len(self.values)

    def __getitem__(self, index: int) -> Batch:
        return self.values[index], self.faulty[index], self.faults[index]


@dataclass
class Reference:
    """The networks of stage one with its heads, and what trains them."""

    network: LstmAutoencoder
    classifier: FaultClassifier
    balance: Tensor  # [K], what each fault counts
    settings: DetectorSettings
    training: TrainingSettings

    def __post_init__(self) -> None:
        self.parameters = [*self.network.parameters(), *self.classifier.parameters()]
        self.optimizer = torch.optim.Adam(self.parameters, lr=self.training.learning_rate)

    def loss(self, batch: Batch) -> Tensor:
        """The sum of the weighted terms."""
        values, faulty, faults = batch
        latent, rebuilt, logit = self.network(values)
        weights = self.settings.weights
        total = nn.functional.binary_cross_entropy_with_logits(logit, faulty) * weights.anomaly
        healthy = faulty == 0
        if healthy.any():
            squares = (rebuilt[healthy] - values[healthy]) ** 2
            total = total + squares.mean() * weights.reconstruction
        if (~healthy).any():
            logits = self.classifier(latent[~healthy])
            weighted = faults[~healthy] * self.balance
            fault = -(weighted * logits.log_softmax(dim=1)).sum() / weighted.sum()
            total = total + fault * weights.fault
        return total

    def train_epoch(self, loader: Iterable[Batch]) -> list[float]:
        """One pass; the loss of each step."""
        self.network.train()
        losses = []
        with open(os.devnull, "w") as nowhere:  # noqa: PTH123
            bar = tqdm(loader, file=nowhere)
            for batch in bar:
                self.optimizer.zero_grad()
                loss = self.loss(batch)
                loss.backward()  # type: ignore[no-untyped-call]
                torch.nn.utils.clip_grad_norm_(self.parameters, self.training.clip)
                self.optimizer.step()
                losses.append(loss.item())
                bar.set_postfix(loss=losses[-1])
        return losses

    def score(self, loader: Iterable[Batch]) -> list[Floats]:
        """Probability of a fault, and the squared error of each sensor, batch by batch."""
        self.network.eval()
        scores = []
        with torch.no_grad():
            for values, _, _ in loader:
                _, rebuilt, logit = self.network(values)
                errors = ((rebuilt - values) ** 2).mean(dim=1)
                scores.append(torch.column_stack([torch.sigmoid(logit), errors]).numpy())
        return scores


def reference_of(
    windows: Windows, settings: DetectorSettings, training: TrainingSettings
) -> Reference:
    """Networks with the weights that the detector's own are born with."""
    torch.manual_seed(training.seed)
    network = LstmAutoencoder(len(windows.sensors), settings.hidden)
    classifier = FaultClassifier(settings.hidden, len(windows.fault_names))
    return Reference(network, classifier, class_balance(windows.faults), settings, training)


def loader_of(windows: Windows, *, shuffle: bool) -> DataLoader[Batch]:
    """The windows four by four."""
    dataset = WindowDataset(windows, Scaler.fit(windows.rows))
    return DataLoader(dataset, BATCH, shuffle=shuffle)
