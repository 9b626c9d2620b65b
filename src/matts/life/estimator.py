"""Several models of remaining life as one, with intervals and the courage to say nothing."""

from collections.abc import Mapping
from typing import Any, NamedTuple, Self

import numpy as np
from scipy.optimize import nnls

from matts.domain import Bools, Floats, State, Windows
from matts.groups import SensorSettings
from matts.life.channels import LifeChannels
from matts.life.histories import padded
from matts.life.intervals import Interval
from matts.life.models import LIFE_MODELS, LifeModel
from matts.life.settings import LifeSettings


class Estimate(NamedTuple):
    """Readings left after each window."""

    left: Floats  # [N], at most the cap
    low: Floats  # [N], the interval
    high: Floats  # [N]
    open: Bools  # [N], true: healthy as far as one can see; there are more left than `low`


class LifeEstimator:
    """Channels, one model of each kind on them, what each counts, and the interval."""

    weights: Floats  # [M], what each model counts
    interval: Interval

    def __init__(self, settings: LifeSettings, sensors: SensorSettings, seed: int = 0) -> None:
        self.settings, self.sensors, self.seed = settings, sensors, seed
        self.channels = LifeChannels(settings, sensors)
        self.models: dict[str, LifeModel] = {
            name: LIFE_MODELS[name](LIFE_MODELS[name].Settings(**values), seed)
            for name, values in settings.models.items()
        }
        self.weights = np.full(len(self.models), 1 / len(self.models))
        self.interval = Interval.unknown(settings.cap)

    def fit(self, windows: Windows, left: Floats) -> Self:
        """Learn channels and models from windows with so many readings left [N]."""
        self.channels.fit(windows, left)
        described = self._describe(windows)
        for model in self.models.values():
            model.fit(described, left)
        return self

    def _describe(self, windows: Windows) -> Windows:
        span = max(model.span for model in self.models.values())
        return padded(windows, self.channels(windows), self.channels.names, span)

    def predict_each(self, windows: Windows) -> dict[str, Floats]:
        """What each model foresees: [N] by name, from 0 to the cap."""
        described, cap = self._describe(windows), self.settings.cap
        return {n: np.clip(m.predict(described), 0, cap) for n, m in self.models.items()}

    def mix(self, each: Mapping[str, Floats]) -> Floats:
        """The weighted mean of what each model foresees: [N]."""
        return np.asarray(self.weights @ np.stack([each[name] for name in self.models]))

    def judge(self, left: Floats) -> Estimate:
        """What is foreseen [N] with its interval; one that reaches the cap is open above."""
        low, high = self.interval(left)
        return Estimate(left, low, high, np.asarray(high >= self.settings.cap))

    def predict(self, windows: Windows) -> Estimate:
        """Foresee how many readings are left after each window."""
        return self.judge(self.mix(self.predict_each(windows)))

    def state(self) -> State:
        """Channels, models, weights and interval."""
        parts = {"channels": self.channels.state()}
        parts |= {name: model.state() for name, model in self.models.items()}
        arrays: dict[str, Any] = {"weights": self.weights, **self.interval.arrays}
        for name, part in parts.items():
            arrays |= {f"{name}.{key}": array for key, array in part.arrays.items()}
        config = {
            "settings": self.settings.model_dump(),
            "sensors": self.sensors.model_dump(),
            "seed": self.seed,
            "parts": {name: part.config for name, part in parts.items()},
        }
        return State(arrays, config)

    @classmethod
    def from_state(cls, state: State) -> Self:
        """Rebuild a fitted estimator."""
        config, arrays = state.config, state.arrays
        settings, sensors = LifeSettings(**config["settings"]), SensorSettings(**config["sensors"])
        found = cls(settings, sensors, config["seed"])
        parts = {name: _part(state, name) for name in config["parts"]}
        found.channels = LifeChannels.from_state(parts["channels"], settings, sensors)
        found.models = {n: LIFE_MODELS[n].from_state(parts[n]) for n in settings.models}
        found.weights = arrays["weights"]
        levels, below, above = (arrays[name] for name in ("levels", "below", "above"))
        found.interval = Interval(levels, below, above, settings.cap)
        return found


def _part(state: State, name: str) -> State:
    """The state of one part."""
    arrays = {
        key.removeprefix(f"{name}."): array
        for key, array in state.arrays.items()
        if key.startswith(f"{name}.")
    }
    return State(arrays, state.config["parts"][name])


def weigh(each: Mapping[str, Floats], truth: Floats, even: Floats) -> Floats:
    """What each model counts, 0 or more and 1 in all, by least squares on units held out: [M].

    >>> truth = np.array([10.0, 20.0, 30.0])
    >>> each = {"right": truth, "late": truth + 9}
    >>> weigh(each, truth, np.ones(3)).round(2).tolist()
    [1.0, 0.0]
    """
    root = np.sqrt(even)
    columns = np.stack(list(each.values()), axis=1)
    weights, _ = nnls(columns * root[:, None], truth * root)
    total = weights.sum()
    return np.asarray(weights / total if total else np.full(len(weights), 1 / len(weights)))
