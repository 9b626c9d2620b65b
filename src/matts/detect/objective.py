"""What stage one is made of and what it minimises, for torch and for the compiled engine."""

from typing import Literal, Self

import numpy as np
import torch
from pydantic import BaseModel, ConfigDict, Field
from torch import Tensor
from torch.nn import functional

from matts.compiled.examples import Costs, Examples
from matts.domain import Windows
from matts.losses import class_balance, fault_loss, fault_targets, reconstruction_loss
from matts.models.fault_classifier import FaultClassifier
from matts.models.lstm_autoencoder import LstmAutoencoder
from matts.tensors import WindowTensors
from matts.training import Loss, TrainingSettings
from matts.windows import Scaler

Score = Literal["head", "reconstruction"]


class LossWeights(BaseModel):
    """What each term of the loss counts."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    reconstruction: float = Field(1.0, ge=0)
    anomaly: float = Field(5.0, ge=0)
    fault: float = Field(10.0, ge=0)


class DetectorSettings(BaseModel):
    """The network's size and what it learns from.

    `sensors` is the share of the sensors that it sees, those first that tell training faults
    best; `reconstruct` says from which windows reconstruction is learnt; `positive_weight` what an
    anomalous window counts against a healthy one in the head's loss; `joint` trains the
    diagnosis network along; `score` is what is called strange: the head's probability or the
    reconstruction error; `monitor` is the validation figure that ends training: of the head, or
    how well healthy windows are rebuilt, which it also is where validation has no fault.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    hidden: int = Field(16, ge=1, le=4096)
    layers: int = Field(1, ge=1, le=8)
    dropout: float = Field(0.0, ge=0, lt=1)
    latent: int | None = Field(None, ge=1, le=4096)
    sensors: float = Field(1.0, gt=0, le=1)
    reconstruct: Literal["healthy", "all"] = "healthy"
    weights: LossWeights = LossWeights()
    positive_weight: float = Field(1.0, gt=0)
    joint: bool = False
    score: Score = "head"
    monitor: Literal["f1_macro", "pr_auc", "reconstruction"] = "f1_macro"

    def suited_to(self, windows: Windows) -> Self:
        """These settings; without a fault to learn from, a head and a diagnosis are left out."""
        if windows.faulty.any():
            return self
        weights = self.weights.model_copy(update={"anomaly": 0.0, "fault": 0.0})
        rebuild = {"score": "reconstruction", "monitor": "reconstruction"}
        return self.model_copy(update={**rebuild, "joint": False, "weights": weights})


def torch_loss(
    network: LstmAutoencoder,
    classifier: FaultClassifier,
    windows: Windows,
    scaler: Scaler,
    settings: DetectorSettings,
) -> Loss:
    """The weighted loss terms of a batch, given the indices of its windows."""
    device = next(network.parameters()).device
    inputs = WindowTensors(windows, scaler, device)
    faulty = torch.from_numpy(windows.faulty).float().to(device)
    rebuild = torch.ones_like(faulty) if settings.reconstruct == "all" else 1 - faulty
    targets = fault_targets(windows.faults).to(device)
    balance = class_balance(windows.faults).to(device)
    weights = settings.weights
    counts = torch.where(faulty > 0, settings.positive_weight, 1.0) * weights.anomaly
    labels = torch.stack([faulty, rebuild, counts], dim=1)

    def loss(batch: Tensor) -> dict[str, Tensor]:
        values = inputs[batch]
        truth, keep, count = labels[batch].unbind(1)
        latent, rebuilt, logit = network(values)
        terms = {
            "reconstruction": reconstruction_loss(rebuilt, values, keep, weights.reconstruction),
            "anomaly": functional.binary_cross_entropy_with_logits(logit, truth, count),
        }
        if settings.joint and weights.fault and truth.any():
            logits = classifier(latent[truth > 0])
            fault = fault_loss(logits, targets[batch][truth > 0], balance)
            terms["fault"] = weights.fault * fault
        return terms

    return loss


def examples_of(windows: Windows, scaler: Scaler, settings: DetectorSettings) -> Examples:
    """The same windows and labels as the compiled engine takes them."""
    left_out = windows.faulty & (settings.reconstruct == "healthy")
    return Examples(
        rows=np.ascontiguousarray(scaler(windows.rows)),  # another layout would be compiled anew
        first=windows.last - (windows.length - 1),
        steps=windows.length,
        rebuild=(~left_out).astype("float32"),
        faulty=windows.faulty,
        targets=(fault_targets(windows.faults) * class_balance(windows.faults)).numpy(),
    )


def costs_of(settings: DetectorSettings, training: TrainingSettings) -> Costs:
    """What each of its terms counts."""
    return Costs.of(
        reconstruction=settings.weights.reconstruction,
        anomaly=settings.weights.anomaly,
        positive=settings.positive_weight,
        fault=settings.weights.fault if settings.joint else 0.0,
        clip=training.clip,
        decay=training.weight_decay,
    )
