"""Kalman filter: a level, perhaps with a slope, that wanders under the noise of each sensor."""

from typing import ClassVar, Literal, Self

import numpy as np
from pydantic import BaseModel, ConfigDict

from matts.detect.innovations import (
    EachAlone,
    Filter,
    Series,
    healthy_scale,
    healthy_series,
    judge,
    shared,
    steady_scale,
)
from matts.detect.joint import Apart, JointFilter, Levels, by_moments
from matts.detect.state_space import DIFFUSE, Model
from matts.domain import Floats, State, Windows
from matts.windows import Scaler

STATES = {"level": 1, "trend": 2}
STARTS = (-20.0, -8.0, -3.0, 0.0, 4.0)  # log ratios of variances that the search begins with
REACH = 30.0  # and the farthest that it goes
ROUNDS, STRIDE = 30, 1.5


class KalmanSettings(BaseModel):
    """What wanders: the level of a sensor alone, its slope too, or all levels together.

    The first two take each sensor by itself; `multivariate` knows which move side by side.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    model: Literal["level", "trend", "multivariate"] = "level"


class KalmanDetector:
    """Score a window by how little its last reading was foreseen from those of its segment.

    The score is the mean over the sensors of v²/f, with v the innovation and f its variance: near
    1 where all is as in training. Each sensor has its own local level (or local linear trend;
    Harvey, Forecasting, Structural Time Series Models and the Kalman Filter, 1989), its
    variances fitted by maximum likelihood on healthy training readings. Multivariate, the score is
    v'F⁻¹v over the number of sensors, and v * (F⁻¹ v) splits it, where a part may be negative.
    """

    Settings: ClassVar = KalmanSettings
    scaler: Scaler
    variances: Floats  # [F, 1 + M]: of a reading, of a step of the level, of one of the slope;
    # multivariate [2, F, F]: covariances of readings and of steps

    def __init__(self, settings: KalmanSettings | None = None) -> None:
        self.settings = settings or KalmanSettings()

    def fit(self, windows: Windows, validation: Windows) -> Self:  # noqa: ARG002
        """Find the variances of each sensor that make its healthy readings likeliest."""
        self.scaler = healthy_scale(windows)
        series = healthy_series(windows, self.scaler)
        if self.settings.model == "multivariate":
            self.variances = np.stack(together(series))
        else:
            self.variances = likeliest(series, STATES[self.settings.model])
        return self

    def score(self, windows: Windows) -> Floats:
        """Score each window: [N]."""
        return np.asarray(self.contributions(windows).sum(axis=1))

    def contributions(self, windows: Windows) -> Floats:
        """What each sensor adds to the score: [N, F]."""
        return shared(self.filter().squares, self.scaler, windows)

    def filter(self) -> Filter:
        """What foresees the readings of one machine, before the first of them."""
        if self.settings.model == "multivariate":
            return JointFilter(Levels(*self.variances))
        return EachAlone(wandering(self.variances))

    def state(self) -> State:
        """Scale and variances."""
        arrays = {**self.scaler.arrays, "variances": self.variances}
        return State(arrays, {"settings": self.settings.model_dump()})

    @classmethod
    def from_state(cls, state: State) -> Self:
        """Rebuild from scale and variances."""
        detector = cls(KalmanSettings(**state.config["settings"]))
        detector.scaler = Scaler.from_arrays(state.arrays)
        detector.variances = state.arrays["variances"]
        return detector


def wandering(variances: Floats) -> Model:
    """The local level [S, 2] or local linear trend [S, 3] with these variances."""
    series, states = len(variances), variances.shape[1] - 1
    one = np.ones((series, 1, 1))
    return Model(
        design=np.eye(1, states).repeat(series, axis=0),
        transition=np.triu(np.ones((states, states))) * one,
        added=variances[:, 1:, None] * np.eye(states),
        noise=variances[:, 0].copy(),
        start=DIFFUSE * np.eye(states) * one,
    )


def likeliest(series: Series, states: int) -> Floats:
    """[F, 1 + M]: the variances of greatest likelihood, all sensors searched side by side.

    The scale of the variances has a closed form; their log ratios are searched by compass: a try in
    each direction, the best one is gone to, and where none is better the stride is halved.
    """
    sensors = len(series.values)
    starts = np.stack(np.meshgrid(*[STARTS] * states), axis=-1).reshape(-1, 1, states)
    first = [_likelihoods(start * np.ones((1, sensors, 1)), series) for start in starts]
    place = starts[np.concatenate(first).argmax(axis=0), 0]
    best, stride = np.concatenate(first).max(axis=0), np.full(sensors, STRIDE)
    moves = np.concatenate([np.eye(states), -np.eye(states)])[:, None]
    for _ in range(ROUNDS):
        tried = np.clip(place + stride[:, None] * moves, -REACH, REACH)
        found = _likelihoods(tried, series)
        better = found.max(axis=0) > best
        place = np.where(better[:, None], tried[found.argmax(axis=0), range(sensors)], place)
        best, stride = np.maximum(best, found.max(axis=0)), np.where(better, stride, stride / 2)
    ratios = shares(place)
    scale = steady_scale(judge(wandering(ratios), series, states).scale, series)
    return np.asarray(ratios * scale[:, None])


def together(series: Series) -> Levels:
    """Covariances of all sensors together, from healthy series.

    Moments tell which mixtures of the sensors are independent of each other; the variances of each
    mixture are then its likeliest.
    """
    apart = Apart.of(by_moments(series))
    return apart.join(likeliest(apart.split(series), 1))


def _likelihoods(logs: Floats, series: Series) -> Floats:
    """[C, F, M] log ratios -> [C, F]."""
    model = wandering(shares(logs).reshape(-1, logs.shape[2] + 1))
    return judge(model, series, logs.shape[2]).log_likelihood.reshape(logs.shape[:2])


def shares(logs: Floats) -> Floats:
    """Variances that add up to 1, from log ratios to the first: [..., M] -> [..., 1 + M].

    >>> shares(np.log([[1.0, 2.0]])).round(3).tolist()
    [[0.25, 0.25, 0.5]]
    """
    parts = np.exp(np.insert(logs, 0, 0.0, axis=-1))
    return np.asarray(parts / parts.sum(axis=-1, keepdims=True))
