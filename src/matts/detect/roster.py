"""Who is fitted: the MATTS network once a seed, and every detector that it is set beside."""

import logging
import time
from functools import partial
from typing import Any, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from matts.detect import DETECTORS
from matts.detect.autoencoder import AutoencoderDetector
from matts.detect.calibration import Calibration, calibrate_all
from matts.detect.combined import CombinedDetector, CombinedSettings
from matts.detect.controls import CONTROLS
from matts.detect.objective import DetectorSettings, Score
from matts.detect.threshold import ThresholdSettings
from matts.domain import BadInputError, Detector, State, Windows
from matts.groups import SensorSettings
from matts.parallel import run_all
from matts.training import TrainingSettings, pick_device

log = logging.getLogger(__name__)

Detectors = dict[str, Detector]  # by name and seed: "matts/0"
Seconds = dict[str, float]  # how long each took to fit
LeftOut = dict[str, str]  # by name: why a detector could not be fitted

MATTS, UNTRAINED, COMBINED = "matts", "untrained", "combined"
OTHER: dict[Score, Score] = {"head": "reconstruction", "reconstruction": "head"}


class BaselineSettings(BaseModel):
    """Which registered detectors to fit beside the MATTS network, each with its settings.

    One that is null is left out: a dataset leaves out one that others have so.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    detectors: dict[str, dict[str, Any]] = Field(default_factory=dict)

    @field_validator("detectors", mode="before")
    @classmethod
    def _leave_out(cls, detectors: Any) -> Any:
        named = isinstance(detectors, dict)
        return {k: v for k, v in detectors.items() if v is not None} if named else detectors

    @model_validator(mode="after")
    def _all_can_be_built(self) -> Self:
        for name, values in self.detectors.items():
            if name not in DETECTORS:
                msg = f"there is no detector {name!r}: choose from {', '.join(DETECTORS)}"
                raise ValueError(msg)
            try:
                build(name, values)
            except ValidationError as error:
                wrong = ".".join(map(str, error.errors()[0]["loc"]))
                allowed = ", ".join(settings_of(name).model_fields) or "nothing"
                msg = (
                    f"detectors.{name}.{wrong} cannot be {error.errors()[0]['input']!r} "
                    f"({error.errors()[0]['msg'].lower()}); allowed there: {allowed}"
                )
                raise ValueError(msg) from None
        return self

    @model_validator(mode="after")
    def _combines_what_is_fitted(self) -> Self:
        there = [MATTS, *(f"{MATTS}_{score}" for score in OTHER), *self.mixable]
        for name in self.combination.parts or ():
            if name not in there:
                msg = f"detectors.combined.parts needs some of {', '.join(there)}, got {name!r}"
                raise ValueError(msg)
        return self

    @property
    def combination(self) -> CombinedSettings:
        """How the combination is made, if there is to be one."""
        return CombinedSettings(**self.detectors.get(COMBINED, {}))

    @property
    def mixable(self) -> list[str]:
        """The baselines that are neither a control nor a combination themselves."""
        return [name for name in self.detectors if name not in (*CONTROLS, COMBINED)]


def settings_of(name: str) -> type[BaseModel]:
    """The settings class of a registered detector."""
    return DETECTORS[name].Settings  # type: ignore[attr-defined, no-any-return]


def build(name: str, values: dict[str, Any]) -> Detector:
    """An unfitted detector from its registered name and settings."""
    kind: Any = DETECTORS[name]
    return kind(settings_of(name)(**values))  # type: ignore[no-any-return]


def fit_matts(
    windows: Windows,
    validation: Windows,
    settings: DetectorSettings,
    training: TrainingSettings,
    seeds: int,
    workers: int = 1,
) -> tuple[Detectors, Seconds]:
    """Train the network once a seed; each gives two detectors, by either of its scores.

    Without a fault in training it has one score, that of what it rebuilds badly.
    """
    fitted: Detectors = {}
    seconds: Seconds = {}
    settings = settings.suited_to(windows)
    other = OTHER[settings.score]
    tasks = [training.model_copy(update={"seed": training.seed + n}) for n in range(seeds)]
    shared = pick_device(training.device).type != "cpu"  # a GPU does one training at a time
    fit = partial(_fit_network, windows, validation, settings)
    found = run_all(fit, tasks, 1 if shared else workers, "seeds")
    for own, (state, took) in zip(tasks, found, strict=True):
        detector = AutoencoderDetector.from_state(state)
        pair: Detectors = {f"matts/{own.seed}": detector}
        if windows.faulty.any():
            pair[f"matts_{other}/{own.seed}"] = detector.rescored(other)
        fitted |= pair
        seconds |= dict.fromkeys(pair, took)
    return fitted, seconds


def _fit_network(
    windows: Windows, validation: Windows, settings: DetectorSettings, training: TrainingSettings
) -> tuple[State, float]:
    """One training, and its seconds."""
    started = time.perf_counter()
    detector = AutoencoderDetector(settings, training).fit(windows, validation)
    return detector.state(), time.perf_counter() - started


def fit_untrained(
    windows: Windows,
    validation: Windows,
    settings: DetectorSettings,
    training: TrainingSettings,
    seeds: int,
) -> tuple[Detectors, Seconds]:
    """The same networks with the weights that they were born with."""
    unborn = training.model_copy(update={"epochs": 0})
    fitted, _ = fit_matts(windows, validation, settings, unborn, seeds)
    renamed = {name.replace(MATTS, UNTRAINED): each for name, each in fitted.items()}
    return renamed, dict.fromkeys(renamed, 0.0)


def fit_baselines(
    windows: Windows,
    validation: Windows,
    settings: BaselineSettings,
    sensors: SensorSettings,
    seeds: int,
    workers: int = 1,
) -> tuple[Detectors, Seconds, LeftOut]:
    """Fit each registered baseline; one that has a seed is fitted for each seed.

    One whose settings have `sensors` is told what is known of the machine. One that cannot learn
    from these windows is left out, and says why. The combination is not fitted here: it is made
    of them.
    """
    fitted: Detectors = {}
    seconds: Seconds = {}
    left_out: LeftOut = {}
    alone = {name: each for name, each in settings.detectors.items() if name != COMBINED}
    for name, values in alone.items():
        fields = settings_of(name).model_fields
        told = told_of(name, values, sensors)
        fit = partial(fit_one, windows, validation, name)
        helped = workers if "epochs" in fields else 1  # sending a forest home takes as long
        tasks = _by_seed(told, seeds) if "seed" in fields else [told]
        try:
            found = run_all(fit, tasks, helped, "seeds")
        except BadInputError as error:
            left_out[name] = str(error)
            log.warning("%s is left out: %s", name, error)
            continue
        for own, (detector, took) in zip(tasks, found, strict=True):
            key = f"{name}/{own.get('seed', 0)}"
            fitted[key], seconds[key] = detector, took
    return fitted, seconds, left_out


def told_of(name: str, values: dict[str, Any], sensors: SensorSettings) -> dict[str, Any]:
    """The settings of a detector; one that asks is told what is known of the machine."""
    return {"sensors": sensors, **values} if "sensors" in settings_of(name).model_fields else values


def _by_seed(values: dict[str, Any], seeds: int) -> list[dict[str, Any]]:
    """The same settings once a seed, from their own on."""
    first = values.get("seed", 0)
    return [{**values, "seed": first + n} for n in range(seeds)]


def fit_one(
    windows: Windows, validation: Windows, name: str, values: dict[str, Any]
) -> tuple[Detector, float]:
    """One baseline, and its seconds."""
    started = time.perf_counter()
    detector = build(name, values).fit(windows, validation)
    return detector, time.perf_counter() - started


def pick_parts(
    fitted: Detectors, calibration: Calibration, settings: BaselineSettings
) -> Detectors:
    """What is to be combined: the best seed of the network and of each baseline but the controls.

    Nothing, where `detectors` names no combination; nor what was left out.
    """
    if COMBINED not in settings.detectors:
        return {}
    names = settings.combination.parts or (MATTS, *settings.mixable)
    there = {key.split("/")[0] for key in fitted}
    chosen = [calibration.best_seed(name) for name in names if name in there]
    return {name: fitted[name] for name in chosen}


def combine(
    parts: Detectors,
    train: Windows,
    validation: Windows,
    settings: BaselineSettings,
    threshold: ThresholdSettings,
) -> tuple[Detectors, Seconds, Calibration]:
    """Mix fitted detectors, and calibrate the mixture on scores that it did not learn from.

    The seconds are those of mixing; its parts have their own. Without parts nothing is made.
    """
    if not parts:
        return {}, {}, calibrate_all({}, validation, threshold)
    started, name = time.perf_counter(), f"{COMBINED}/0"
    detector = CombinedDetector(settings.combination).mix(parts, validation)
    seconds = time.perf_counter() - started
    held_out = {name: detector.held_out}
    found = calibrate_all({name: detector}, validation, threshold, train, held_out)
    return {name: detector}, {name: seconds}, found.model_copy(update={"choice": detector.choice})
