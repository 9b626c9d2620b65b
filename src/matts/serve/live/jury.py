"""What all detectors say of windows, and why the deployed one finds some strange."""

from typing import NamedTuple

import numpy as np

from matts.detect.autoencoder import AutoencoderDetector
from matts.domain import Bools, Floats, State, Windows
from matts.groups import sensor_of
from matts.serve.live.deployment import Deployment
from matts.serve.live.kept import Chunk
from matts.serve.live.scorers import Ensemble, Names
from matts.serve.live.states import joined, parted


class Said(NamedTuple):
    """What the detectors say of N windows."""

    scores: dict[str, Floats]  # [N] each
    surprises: dict[str, Floats]  # [N] each
    limits: Floats  # [N], of the deployed detector, as surprises
    alerts: Bools  # [N]
    latents: Floats  # [N, H], how the deployed detector sees them


class Reasons(NamedTuple):
    """Why A windows are alerts."""

    fault: list[str]  # [A]
    probabilities: Floats  # [A, K], NaN without a diagnoser
    shares: Floats  # [A, F], of the sensors in the score


class Jury:
    """The detectors of a deployment at work."""

    def __init__(self, deployment: Deployment) -> None:
        self.deployment = deployment
        self.deployed = deployment.deployed
        self.ensemble = Ensemble(deployment.detectors, self.deployed.detector)
        self.own_limits: dict[str, float] = {}
        self.shifts: dict[str, float] = {}
        channels = self.deployed.schema.sensors
        inputs = deployment.inputs
        place = [inputs.index(sensor_of(channel)) for channel in channels]
        self.sensors = np.eye(len(inputs))[place]  # [C, F], which sensor each channel is made of

    def limit(self, asset: str) -> float:
        """The limit of the deployed detector for an asset, its shift included."""
        if asset not in self.own_limits:
            name = self.deployment.deployed_name
            self.own_limits[asset] = self.deployment.limit_of(name, asset)
        return self.own_limits[asset] + self.shifts.get(asset, 0.0)

    def hear(self, chunk: Chunk, names: Names, owners: Names) -> Said:
        """Ask every detector; `owners` [N] are the assets of the windows."""
        name, decided = self.deployment.deployed_name, self.deployment.calibration
        own, latents = self._look(chunk.windows)
        scores = self.ensemble.score(chunk, names, own)
        surprises = {
            k: decided.surprise(decided.best_seed(k), found, owners) for k, found in scores.items()
        }
        limits = np.array([self.limit(owner) for owner in owners])
        alerts = self._alerts(own, surprises[name], limits, owners)
        return Said(scores, surprises, limits, alerts, latents)

    def _look(self, windows: Windows) -> tuple[Floats, Floats]:
        """The deployed detector's scores [N] and latents [N, H]."""
        detector = self.deployed.detector
        if isinstance(detector, AutoencoderDetector):
            return detector.look(windows)
        return detector.score(windows), np.zeros((len(windows), 0))

    def _alerts(self, scores: Floats, surprises: Floats, limits: Floats, owners: Names) -> Bools:
        """By the score, to the last bit as trained; by the surprise where a limit was shifted."""
        shifted = np.array([bool(self.shifts.get(owner)) for owner in owners], np.bool_)
        trained = self.deployed.threshold.alerts(scores, owners)
        return np.where(shifted, surprises >= limits, trained)

    def explain(self, alarmed: Windows, scores: Floats) -> Reasons:
        """Name the fault of each alert, and the sensors that made it."""
        found = self.deployed.diagnose(alarmed)
        parts = np.abs(self.deployed.parts(alarmed, scores)) @ self.sensors
        whole = np.maximum(parts.sum(axis=1, keepdims=True), np.finfo(np.float64).tiny)
        return Reasons([str(name) for name in found.fault], found.probabilities, parts / whole)

    def forget(self, slots: list[int], names: Names) -> None:
        """Forget what is remembered of these assets; shifts stay."""
        self.ensemble.forget(slots, names)

    def state(self) -> State:
        """What is remembered, and the shifts."""
        own = State({}, {"shifts": self.shifts})
        return joined({"ensemble": self.ensemble.state(), "own": own})

    def restore(self, state: State) -> None:
        """Go on from there."""
        states = parted(state)
        self.shifts = dict(states["own"].config["shifts"])
        self.ensemble.restore(states["ensemble"])
