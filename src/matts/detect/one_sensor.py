"""The rule that a person would write: one sensor, and how far it is off where it belongs."""

from typing import ClassVar, Self

import numpy as np
from pydantic import BaseModel, ConfigDict
from sklearn.metrics import average_precision_score

from matts.domain import BadInputError, Floats, State, Windows
from matts.features import ages, scaled_means
from matts.windows import Scaler


class OneSensorSettings(BaseModel):
    """Which sensor; null has the windows choose."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    sensor: str | None = None


class OneSensorDetector:
    """Score a window by one sensor: its mean in the window, in spreads off its healthy mean.

    Validation PR-AUC chooses the sensor. Where no validation window is faulty it is the one that
    drifts most: of all sensors, its healthy training readings follow their age in the segment best.
    """

    Settings: ClassVar = OneSensorSettings
    scaler: Scaler
    chosen: int

    def __init__(self, settings: OneSensorSettings | None = None) -> None:
        self.settings = settings or OneSensorSettings()

    def fit(self, windows: Windows, validation: Windows) -> Self:
        """Measure healthy means and spreads, and choose."""
        self.scaler = Scaler.fit(windows.healthy.last_rows)
        if self.settings.sensor is not None:
            self.chosen = _place(self.settings.sensor, windows)
        elif validation.faulty.any():
            off = self._off(validation)
            self.chosen = int(
                np.argmax([average_precision_score(validation.faulty, one) for one in off.T])
            )
        else:
            self.chosen = int(np.argmax(follows_age(windows.healthy, self.scaler)))
        return self

    def _off(self, windows: Windows) -> Floats:
        """[N, F]: the mean of each sensor over a window, in spreads off the healthy mean."""
        return np.abs(scaled_means(windows, self.scaler))

    def score(self, windows: Windows) -> Floats:
        """Score each window: [N]."""
        return np.asarray(self.contributions(windows)[:, self.chosen])

    def contributions(self, windows: Windows) -> Floats:
        """All of the score is the one sensor's: [N, F]."""
        parts = np.zeros((len(windows), len(windows.sensors)))
        parts[:, self.chosen] = self._off(windows)[:, self.chosen]
        return parts

    def state(self) -> State:
        """The scale, and which sensor."""
        config = {"settings": self.settings.model_dump(), "chosen": self.chosen}
        return State(dict(self.scaler.arrays), config)

    @classmethod
    def from_state(cls, state: State) -> Self:
        """Rebuild from scale and sensor."""
        detector = cls(OneSensorSettings(**state.config["settings"]))
        detector.scaler = Scaler.from_arrays(state.arrays)
        detector.chosen = state.config["chosen"]
        return detector


def _place(sensor: str, windows: Windows) -> int:
    """Where the sensor is among those of the windows."""
    if sensor not in windows.sensors:
        msg = f"one_sensor.sensor needs one of {', '.join(windows.sensors)}, got {sensor!r}"
        raise BadInputError(msg)
    return windows.sensors.index(sensor)


def follows_age(windows: Windows, scaler: Scaler) -> Floats:
    """|correlation| of each sensor's readings with their age in the segment: [N] windows -> [F].

    >>> rows, none = np.array([[1.0, 3.0], [2.0, 1.0], [3.0, 2.0]]), np.zeros((3, 1), bool)
    >>> windows = Windows(rows, none, np.arange(3), 1, ("force", "speed"), ("Bearing",))
    >>> follows_age(windows, Scaler.fit(rows)).round(2).tolist()
    [1.0, 0.5]
    """
    age = ages(windows)[windows.last].astype(np.float64)
    age -= age.mean()
    scaled = scaler(windows.last_rows).astype(np.float64)
    scaled -= scaled.mean(axis=0)
    lengths = np.linalg.norm(age) * np.linalg.norm(scaled, axis=0)
    return np.asarray(np.abs(age @ scaled) / np.maximum(lengths, 1e-30))
