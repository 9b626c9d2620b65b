"""What training leaves for the live service beside its models."""

from dataclasses import dataclass, replace
from typing import Any, Self

import numpy as np

from matts.detect.controls import ConstantDetector
from matts.domain import Detector, State, Windows
from matts.evaluate.similar import PastEvents
from matts.groups import SensorSettings, sensor_of
from matts.monitor.reference import TrainingReference
from matts.source.settings import MissingSettings

REFERENCE = "reference."  # before the arrays of the training reference


@dataclass(frozen=True)
class LiveProfile:
    """What is known of a machine when its readings come in one by one.

    The reference is of the sensors as they come, even where the detector looks at residuals.
    """

    name: str  # of the dataset
    reference: TrainingReference
    past: PastEvents
    sensors: SensorSettings
    cause: str  # the method that explains alerts
    missing: MissingSettings
    assets: tuple[str, ...]  # those of training, none where it was one machine without a name

    def state(self) -> State:
        """All of it in one state."""
        reference = self.reference.state()
        arrays = {REFERENCE + name: array for name, array in reference.arrays.items()}
        config = {
            "name": self.name,
            "reference": reference.config,
            "past": list(self.past.events),
            "sensors": self.sensors.model_dump(mode="json"),
            "cause": self.cause,
            "missing": self.missing.model_dump(),
            "assets": list(self.assets),
        }
        return State({**arrays, "ways": self.past.ways}, config)

    @classmethod
    def from_state(cls, state: State) -> Self:
        """The same again."""
        config, arrays = state.config, state.arrays
        own = {k.removeprefix(REFERENCE): a for k, a in arrays.items() if k.startswith(REFERENCE)}
        return cls(
            config["name"],
            TrainingReference.from_state(State(own, config["reference"])),
            PastEvents(config["past"], arrays["ways"]),
            SensorSettings.model_validate(config["sensors"]),
            config["cause"],
            MissingSettings.model_validate(config["missing"]),
            tuple(config["assets"]),
        )


def refer(
    raw: tuple[Windows, Windows], train: Windows, validation: Windows, detector: Detector
) -> TrainingReference:
    """The training reference of the sensors as they come, with what the detector makes of them.

    `raw` is the same training and validation part before any channel is made of it; readings that
    channels have not, as those that a level is learnt from, are left out.
    """
    seen = TrainingReference.fit(train, validation, detector)
    if train.sensors == raw[0].sensors:
        return seen
    sensors = raw[0].sensors
    own = _at(raw[0], train), _at(raw[1], validation)
    errors = np.zeros(len(sensors))
    for channel, error in zip(seen.sensors, seen.errors, strict=True):
        errors[sensors.index(sensor_of(channel))] += error
    kept: dict[str, Any] = {
        "latents": seen.latents,
        "latent_memory": seen.latent_memory,
        "scores": seen.scores,
        "score_memory": seen.score_memory,
        "errors": errors,
    }
    return replace(TrainingReference.fit(*own, ConstantDetector()), **kept)


def _at(raw: Windows, channels: Windows) -> Windows:
    """Those that end where one of the channels does."""
    return raw.where(np.isin(raw.positions, channels.positions))


def assets_of(windows: Windows) -> tuple[str, ...]:
    """The machines of windows by name; none where there is one without."""
    if windows.row_assets is None:
        return ()
    return tuple(np.unique(windows.row_assets).tolist())
