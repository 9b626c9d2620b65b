"""Detector and diagnoser from raw readings to answers, as one torch module each.

Shapes: N windows, T readings a window, F sensors, K faults.
"""

import numpy as np
import torch
from torch import Tensor, nn

from matts.detect.autoencoder import AutoencoderDetector
from matts.diagnose.latent_classifier import LatentDiagnoser
from matts.domain import BadInputError, Detector, Diagnoser
from matts.windows import FARTHEST, Scaler

TINY = float(np.finfo(np.float64).tiny)


class Scale(nn.Module):
    """Units of the machine to spreads from the mean.

    Readings come in double precision: a force of 1e7 N in single precision moves in steps of
    1 N, which may be more than its spread. Missing and huge ones are taken as `Scaler` takes them.
    """

    mean: Tensor
    spread: Tensor

    def __init__(self, scaler: Scaler) -> None:
        super().__init__()
        self.register_buffer("mean", torch.from_numpy(np.array(scaler.mean, np.float64)))
        self.register_buffer("spread", torch.from_numpy(np.array(scaler.spread, np.float64)))

    def forward(self, readings: Tensor) -> Tensor:
        """[N, T, F] double -> [N, T, F] single."""
        scaled = (readings - self.mean) / self.spread
        return scaled.masked_fill(scaled.isnan(), 0.0).clamp(-FARTHEST, FARTHEST).float()


class DetectorGraph(nn.Module):
    """Raw windows to score, alert and contributions: what `AutoencoderDetector` computes."""

    outputs = ("score", "alert", "contributions")

    def __init__(self, detector: AutoencoderDetector, limit: float) -> None:
        super().__init__()
        self.scale = Scale(detector.scaler)
        self.network = detector.network
        self.by_head = detector.settings.score == "head"
        self.limit = limit
        self.eval()

    def forward(self, readings: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """[N, T, F] -> score [N], alert [N], contributions [N, F]."""
        values = self.scale(readings)
        _, rebuilt, logit = self.network(values)
        errors = (rebuilt - values).square().mean(dim=1).double()
        score = logit.double().sigmoid() if self.by_head else errors.mean(dim=1)
        shares = errors / errors.sum(dim=1, keepdim=True).clamp(min=TINY)
        return score, score >= self.limit, score.unsqueeze(1) * shares


class DiagnoserGraph(nn.Module):
    """Raw windows to fault probabilities: what `LatentDiagnoser` computes."""

    outputs = ("probabilities",)

    def __init__(self, diagnoser: LatentDiagnoser) -> None:
        super().__init__()
        self.scale = Scale(diagnoser.scaler)
        self.encoder = diagnoser.encoder
        self.classifier = diagnoser.classifier
        self.eval()

    def forward(self, readings: Tensor) -> Tensor:
        """[N, T, F] -> [N, K]."""
        logits: Tensor = self.classifier(self.encoder(self.scale(readings)))
        return logits.double().softmax(dim=1)


Graph = DetectorGraph | DiagnoserGraph


def graph_of(model: Detector | Diagnoser, limit: float = 0.0) -> Graph:
    """The graph of a fitted model; only the MATTS networks have one."""
    if isinstance(model, AutoencoderDetector):
        return DetectorGraph(model, limit)
    if isinstance(model, LatentDiagnoser):
        return DiagnoserGraph(model)
    msg = f"an export needs a network that matts trained, got {type(model).__name__}"
    raise BadInputError(msg)
