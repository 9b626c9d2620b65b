"""Which sensors an alert blames: a method, the detector that it asks, and what is healthy."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, field_validator

from matts.causes.healthy import Healthy
from matts.causes.methods import METHODS, Blame, Way
from matts.causes.sharing import share_out
from matts.detect import DETECTORS
from matts.detect.calibration import Calibration, fingerprint
from matts.detect.roster import Detectors
from matts.domain import BadInputError, Detector, Floats, State, Windows

log = logging.getLogger(__name__)

DEPLOYED = "matts"  # whose alerts are explained
INSTEAD = "error"  # of a method that cannot be asked
ASKED = "asked."  # before the arrays of the detector that is asked


class CauseSettings(BaseModel):
    """Which method explains alerts, and which others are judged beside it.

    Each is `<method>` or `<method>:<detector>`, the detector that is asked.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    method: str = "residual"
    compare: tuple[str, ...] = Field(("error", "normalised", "latent", "error:pca"))

    @field_validator("method", "compare")
    @classmethod
    def _are_known(cls, given: Any) -> Any:
        for name in (given,) if isinstance(given, str) else given:
            Way.read(name)
        return given

    @property
    def names(self) -> list[str]:
        """All of them, the one that explains alerts first."""
        return list(dict.fromkeys([self.method, *self.compare]))

    @property
    def asked(self) -> list[str]:
        """The detectors that they ask."""
        return list(dict.fromkeys(Way.read(name).detector for name in self.names))


@dataclass(frozen=True)
class Explainer:
    """A method at work: windows in, the blame of each sensor out."""

    method: str
    detector: Detector  # that is asked
    healthy: Healthy
    beside: str = ""  # the fingerprint of the detector whose alerts it explains

    def parts(self, windows: Windows, scores: Floats) -> Floats:
        """Share the scores [N] of any detector out over the sensors: [N, F]."""
        return self._shared(METHODS[self.method].blame, windows, scores)

    def steps(self, windows: Windows, scores: Floats) -> Floats:
        """The same over readings and sensors: [N, T, F].

        Its sum over F says when the window became strange: [N, T]. Its sum over T is `parts`; not
        so of `residual`, whose parts are those of the last reading.
        """
        ask = METHODS[self.method].steps
        if ask is None:
            able = ", ".join(name for name, method in METHODS.items() if method.steps)
            msg = f"which reading is to blame only {able} can say, got {self.method}"
            raise BadInputError(msg)
        shares = self._shared(ask, windows, scores)
        return shares.reshape(len(windows), windows.length, len(windows.sensors))

    def _shared(self, ask: Blame, windows: Windows, scores: Floats) -> Floats:
        """Scores shared out by blame; of no windows there is nothing to ask."""
        if not len(windows):
            return np.zeros((0, len(windows.sensors)))
        return share_out(ask(self.detector, windows, self.healthy), scores)

    def state(self) -> State:
        """All that `from_state` needs, the asked detector with it."""
        kinds = {kind: name for name, kind in DETECTORS.items()}
        inner, healthy = self.detector.state(), self.healthy
        arrays = {f"{ASKED}{name}": array for name, array in inner.arrays.items()}
        arrays |= {"mean": healthy.mean, "spread": healthy.spread, "rows": healthy.background}
        config = {"method": self.method, "beside": self.beside, "config": inner.config}
        return State(arrays, {**config, "asks": kinds[type(self.detector)]})

    @classmethod
    def from_state(cls, state: State) -> Self:
        """Rebuild it; nothing is measured again."""
        given, config = state.arrays, state.config
        arrays = {n.removeprefix(ASKED): a for n, a in given.items() if n.startswith(ASKED)}
        detector = DETECTORS[config["asks"]].from_state(State(arrays, config["config"]))
        healthy = Healthy(given["mean"], given["spread"], given["rows"])
        return cls(config["method"], detector, healthy, config["beside"])


def fit_explainers(
    detectors: Detectors, calibration: Calibration, train: Windows, settings: CauseSettings
) -> dict[str, Explainer]:
    """One explainer a name; each asks the best seed of its detector.

    A method whose detector could not be fitted is left out; if it is what explains alerts, what the
    deployed detector rebuilds badly takes its place.
    """
    beside = fingerprint(detectors[calibration.best_seed(DEPLOYED)])
    there = {key.split("/")[0] for key in detectors}
    fitted = {}
    for name in settings.names:
        method, asked = Way.read(name)
        if asked not in there:
            log.warning("causes: %s asks %s, which was left out", name, asked)
            if name != settings.method:
                continue
            method, asked = INSTEAD, DEPLOYED
        detector = detectors[calibration.best_seed(asked)]
        fitted[name] = Explainer(method, detector, Healthy.of(detector, train), beside)
    return fitted


def pick(explainers: Mapping[str, Explainer], settings: CauseSettings) -> Explainer:
    """The one that explains alerts."""
    if settings.method not in explainers:
        msg = (
            f"causes.method={settings.method} was not prepared in training: choose one of "
            f"{', '.join(explainers)}, or train again"
        )
        raise BadInputError(msg)
    return explainers[settings.method]
