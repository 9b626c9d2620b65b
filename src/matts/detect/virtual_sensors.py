"""Virtual sensors as a detector: what a group of them is off, against limits of good order."""

from typing import ClassVar, Self

import numpy as np
from pydantic import BaseModel, ConfigDict, Field

from matts.domain import Floats, Ints, State, Windows
from matts.groups import SensorSettings
from matts.virtual_sensors import VirtualSensors

CLIP = 6.0  # spreads: no residual counts for more where their covariance is measured
RIDGE = 0.02  # of the variances, added to them: groups may be bound by a law


class VirtualSensorsSettings(BaseModel):
    """What is known of the machine, and which share of healthy windows its limits hold."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    sensors: SensorSettings = SensorSettings()
    limit: float = Field(0.995, gt=0.5, lt=1)


class VirtualSensorsDetector:
    """Score a window's last reading by the group of sensors that is farthest off its limit.

    The residuals r of a group, with covariance S in good order, are at the distance r' S^-1 r
    (Mahalanobis 1936); the score is the largest, over the groups, of distance by limit.
    """

    Settings: ClassVar = VirtualSensorsSettings
    virtual: VirtualSensors
    whitening: Floats  # [C, C], the square root of S^-1 of each group
    groups: Ints  # [C], which group each channel is of
    limits: Floats  # [G]

    def __init__(self, settings: VirtualSensorsSettings | None = None) -> None:
        self.settings = settings or VirtualSensorsSettings()

    def fit(self, windows: Windows, validation: Windows) -> Self:  # noqa: ARG002
        """Learn from the healthy training readings."""
        known = self.settings.sensors
        healthy = windows.row_healthy
        self.virtual = VirtualSensors.fit(
            windows.rows, healthy, windows.sensors, known, windows.row_assets
        )
        names = [known.group_of(name) or name for name in self.virtual.channels]
        self.groups = np.unique(names, return_inverse=True)[1].astype(np.int64)
        memory = self.virtual.memory  # of biases: from here on it goes on
        ordinary = self.virtual.residuals(windows.rows, windows.row_assets, memory)[healthy]
        if healthy.all():  # nobody has marked a fault, so there may be some
            ordinary = _within(known.virtual.trim, ordinary)
        self.whitening = _whitening(np.clip(ordinary, -CLIP, CLIP), self.groups)
        distances = self._distances(np.square(ordinary @ self.whitening))
        self.limits = np.maximum(np.quantile(distances, self.settings.limit, axis=0), 1e-9)
        return self

    def judge(self, residuals: Floats) -> Floats:
        """Score readings by their residuals: [N, C] -> [N]."""
        return self._worst(np.square(residuals @ self.whitening))

    def _worst(self, squares: Floats) -> Floats:
        """The largest distance by its limit: [N, C] -> [N]."""
        return np.asarray((self._distances(squares) / self.limits).max(axis=1, initial=0.0))

    def _distances(self, squares: Floats) -> Floats:
        """[N, C] -> [N, G]."""
        return squares @ np.eye(self.groups.max() + 1)[self.groups]

    def _squares(self, windows: Windows) -> Floats:
        """[N, C]: the whitened residuals of the last readings, squared."""
        if not len(windows):
            return np.zeros((0, len(self.groups)))
        end = windows.last.max() + 1
        assets = None if windows.row_assets is None else windows.row_assets[:end]
        residuals = self.virtual.residuals(windows.rows[:end], assets, self.virtual.recall())
        return np.square(residuals[windows.last] @ self.whitening)

    def score(self, windows: Windows) -> Floats:
        """Score each window: [N]."""
        return self._worst(self._squares(windows))

    def contributions(self, windows: Windows) -> Floats:
        """Split each score over the sensors by how far each is off: [N, F]."""
        squares = self._squares(windows)
        scores = self._worst(squares)[:, None]
        shares = squares / self.limits[self.groups]
        parts = np.zeros((len(windows), len(windows.sensors)))
        whole = np.maximum(shares.sum(axis=1, keepdims=True), np.finfo(np.float64).tiny)
        parts[:, self.virtual.regression.judged] = shares / whole * scores
        return parts

    def state(self) -> State:
        """Regressions, biases, whitening and limits."""
        own = {"whitening": self.whitening, "groups": self.groups, "limits": self.limits}
        config = {**self.virtual.config, "limit": self.settings.limit}
        return State({**self.virtual.arrays, **own}, config)

    @classmethod
    def from_state(cls, state: State) -> Self:
        """Rebuild; nothing is fitted again."""
        known = SensorSettings.model_validate(state.config["settings"])
        detector = cls(VirtualSensorsSettings(sensors=known, limit=state.config["limit"]))
        detector.virtual = VirtualSensors.rebuild(state.arrays, state.config)
        detector.whitening, detector.groups = state.arrays["whitening"], state.arrays["groups"]
        detector.limits = state.arrays["limits"]
        return detector


def _within(trim: float, residuals: Floats) -> Floats:
    """The rows [R, C] with nothing beyond `trim` spreads, so that no fault makes a limit.

    All of them, where that would be less than half.
    """
    near = (np.abs(residuals) < trim).all(axis=1)
    return residuals[near] if 2 * near.sum() > len(residuals) else residuals


def _whitening(residuals: Floats, groups: Ints) -> Floats:
    """[C, C]: the symmetric square root of each group's inverse covariance."""
    covariance = np.atleast_2d(np.cov(residuals.T))
    covariance = np.where(groups[:, None] == groups, covariance, 0.0)
    covariance += np.diag(RIDGE * covariance.diagonal() + 1e-9)
    variances, axes = np.linalg.eigh(covariance)
    return np.asarray(axes / np.sqrt(variances) @ axes.T)
