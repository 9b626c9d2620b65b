"""What each reading says of wear: sensors in spreads of their regime, health, and age."""

from typing import Self

import numpy as np
from sklearn.linear_model import Ridge

from matts.domain import BadInputError, Floats, Ints, State, Windows
from matts.features import ages
from matts.groups import SensorSettings
from matts.life.histories import even_weights
from matts.life.settings import LifeSettings
from matts.windows import Scaler

DECADE = 100.0  # readings that count as one unit of age
PULL = 1.0  # ridge of health, in readings


class LifeChannels:
    """Scale sensors within their regime, add health and age: windows -> [R, C].

    A regime is a cluster of what the sensors of `sensors.mode` say. Health is the straight-line
    guess of capped life from one reading: the direction in which wear moves all sensors at once.
    """

    centres: Floats  # [G, M], where each regime is
    middle: Floats  # [M], of what tells the regime; a missing reading is as the middle
    unit: Floats  # [M], what counts as 1 between regimes
    means: Floats  # [G, kept sensors]
    spreads: Floats  # [G, kept sensors]
    weights: Floats  # [kept sensors + 1], health

    def __init__(self, settings: LifeSettings, sensors: SensorSettings) -> None:
        self.settings, self.sensors = settings, sensors

    def fit(self, windows: Windows, left: Floats) -> Self:
        """Learn regimes, scales and health from readings with so many left [N]."""
        self._name(windows.sensors)
        rows = windows.last_rows
        self.centres = self._cluster(rows)
        which = self._regime(rows)
        kinds = range(len(self.centres))
        scalers = [Scaler.fit(rows[which == kind][:, self.kept]) for kind in kinds]
        self.means = np.stack([each.mean for each in scalers])
        self.spreads = np.stack([each.spread for each in scalers])
        self.weights = self._learn_health(windows, left)
        return self

    def _name(self, sensors: tuple[str, ...]) -> None:
        self.given = sensors
        modes = self.sensors.mode_sensors(sensors)
        several = self.settings.regimes > 1
        if several and not modes:
            msg = f"life.regimes={self.settings.regimes} needs sensors.mode, which names none of: "
            raise BadInputError(msg + ", ".join(sensors))
        self.mode = np.array([sensors.index(each) for each in modes if several], np.int64)
        self.kept = np.setdiff1d(np.arange(len(sensors)), self.mode)
        extra = ["health"] * self.settings.health + ["age"] * self.settings.age
        self.names = (*(sensors[k] for k in self.kept), *extra)

    def _cluster(self, rows: Floats) -> Floats:
        """Centres of the regimes: [G, M]."""
        from sklearn.cluster import KMeans  # noqa: PLC0415 (few machines have regimes)

        scaler = Scaler.fit(rows[:, self.mode])
        self.middle, self.unit = scaler.mean, scaler.spread
        if self.settings.regimes == 1:
            return np.zeros((1, 0))
        found = KMeans(self.settings.regimes, n_init=10, random_state=0)
        return np.asarray(found.fit(self._modes(rows)).cluster_centers_)

    def _regime(self, rows: Floats) -> Ints:
        """The regime of each row: [R]."""
        if len(self.centres) == 1:
            return np.zeros(len(rows), np.int64)
        off = self._modes(rows)[:, None, :] - self.centres
        return np.asarray(np.square(off).sum(axis=2).argmin(axis=1), np.int64)

    def _modes(self, rows: Floats) -> Floats:
        """What tells the regime: [R, M]."""
        return Scaler(self.middle, self.unit)(rows[:, self.mode]).astype(np.float64)

    def _scale(self, rows: Floats) -> Floats:
        """[R, F] -> [R, kept sensors]: a missing reading is no evidence."""
        which, kept = self._regime(rows), rows[:, self.kept]
        return Scaler(self.means[which], self.spreads[which])(kept).astype(np.float64)

    def _learn_health(self, windows: Windows, left: Floats) -> Floats:
        """Weights of the sensors, then the constant, in spreads of capped life."""
        scaled = self._scale(windows.last_rows)
        target = (left - left.mean()) / max(left.std(), 1e-12)
        line = Ridge(PULL).fit(scaled, target, sample_weight=even_weights(windows))
        raw = scaled @ line.coef_
        return np.asarray(np.r_[line.coef_, -raw.mean()] / max(raw.std(), 1e-12))

    def __call__(self, windows: Windows) -> Floats:
        """What each row says: [R, C]."""
        scaled = self._scale(windows.rows)
        columns = [scaled]
        if self.settings.health:
            columns.append((scaled @ self.weights[:-1] + self.weights[-1])[:, None])
        if self.settings.age:
            columns.append(ages(windows)[:, None] / DECADE)
        return np.concatenate(columns, axis=1)

    def state(self) -> State:
        """Everything learnt, and the sensors that it was learnt from."""
        arrays = {
            "centres": self.centres,
            "middle": self.middle,
            "unit": self.unit,
            "means": self.means,
            "spreads": self.spreads,
            "weights": self.weights,
        }
        return State(arrays, {"sensors": self.given})

    @classmethod
    def from_state(cls, state: State, settings: LifeSettings, sensors: SensorSettings) -> Self:
        """Rebuild what was learnt."""
        channels = cls(settings, sensors)
        channels._name(tuple(state.config["sensors"]))
        for name, array in state.arrays.items():
            setattr(channels, name, array)
        return channels
