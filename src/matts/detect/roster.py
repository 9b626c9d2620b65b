"""Who is fitted: the MATTS network once a seed, and every detector that it is set beside."""

import time
from collections.abc import Mapping
from functools import partial
from hashlib import sha256
from typing import Any, Self

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator
from sklearn.metrics import average_precision_score

from matts.detect import DETECTORS
from matts.detect.alarms import Scored
from matts.detect.autoencoder import AutoencoderDetector
from matts.detect.objective import DetectorSettings, Score
from matts.detect.threshold import PROMISING, Threshold, ThresholdSettings, find_threshold
from matts.domain import BadInputError, Detector, Diagnoser, State, Windows
from matts.groups import SensorSettings
from matts.parallel import run_all
from matts.training import TrainingSettings, pick_device
from matts.windows import schema_of

Detectors = dict[str, Detector]  # by name and seed: "matts/0"
Seconds = dict[str, float]  # how long each took to fit

OTHER: dict[Score, Score] = {"head": "reconstruction", "reconstruction": "head"}


class BaselineSettings(BaseModel):
    """Which registered detectors to fit beside the MATTS network, each with its settings."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    detectors: dict[str, dict[str, Any]] = Field(default_factory=dict)

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


def fingerprint(model: Detector | Diagnoser) -> str:
    """The sha256 of a model's numbers: equal models, equal fingerprints.

    Packed bytes stay out: a forest written twice differs in them.
    """
    digest = sha256()
    numbers = {name: a for name, a in model.state().arrays.items() if a.dtype.kind == "f"}
    for name, array in sorted(numbers.items()):
        digest.update(name.encode() + np.ascontiguousarray(array).tobytes())
    return digest.hexdigest()


class Calibration(BaseModel):
    """What validation windows decided: each threshold, and which seed is deployed.

    It says which models it was found for, and what readings they expect.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    thresholds: dict[str, Threshold]
    validation_pr_auc: dict[str, float]
    fingerprints: dict[str, str]
    expects: dict[str, Any]

    @classmethod
    def join(cls, *trees: Mapping[str, Any]) -> Self:
        """One calibration from those of several stages, as JSON holds them."""
        parts = [cls.model_validate(tree) for tree in trees]
        if any(part.expects != parts[0].expects for part in parts):
            msg = "the detectors were trained on different windows: run the whole pipeline again"
            raise BadInputError(msg)
        return cls(
            thresholds={k: v for part in parts for k, v in part.thresholds.items()},
            validation_pr_auc={k: v for part in parts for k, v in part.validation_pr_auc.items()},
            fingerprints={k: v for part in parts for k, v in part.fingerprints.items()},
            expects=parts[0].expects,
        )

    def best_seed(self, name: str) -> str:
        """The full name of a detector's best seed on validation, say "matts/3" of "matts"."""
        own = {key: v for key, v in self.validation_pr_auc.items() if key.split("/")[0] == name}
        return max(own, key=own.__getitem__)

    def best_seeds(self) -> list[str]:
        """The full name of the best seed of each detector."""
        kinds = dict.fromkeys(key.split("/")[0] for key in self.validation_pr_auc)
        return [self.best_seed(kind) for kind in kinds]


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
    """Train the network once a seed; each gives two detectors, by either of its scores."""
    fitted: Detectors = {}
    seconds: Seconds = {}
    other = OTHER[settings.score]
    tasks = [training.model_copy(update={"seed": training.seed + n}) for n in range(seeds)]
    shared = pick_device(training.device).type != "cpu"  # a GPU does one training at a time
    fit = partial(_fit_network, windows, validation, settings)
    found = run_all(fit, tasks, 1 if shared else workers, "seeds")
    for own, (state, took) in zip(tasks, found, strict=True):
        detector = AutoencoderDetector.from_state(state)
        pair = {
            f"matts/{own.seed}": detector,
            f"matts_{other}/{own.seed}": detector.rescored(other),
        }
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
    renamed = {name.replace("matts", "untrained"): each for name, each in fitted.items()}
    return renamed, dict.fromkeys(renamed, 0.0)


def fit_baselines(
    windows: Windows,
    validation: Windows,
    settings: BaselineSettings,
    sensors: SensorSettings,
    seeds: int,
) -> tuple[Detectors, Seconds]:
    """Fit each registered baseline; one that has a seed is fitted for each seed.

    One whose settings have `sensors` is told what is known of the machine.
    One after another: to send a forest home takes as long as to grow it.
    """
    fitted: Detectors = {}
    seconds: Seconds = {}
    for name, values in settings.detectors.items():
        fields = settings_of(name).model_fields
        told = {"sensors": sensors, **values} if "sensors" in fields else values
        has_seed = "seed" in fields
        first = values.get("seed", 0)
        for seed in range(first, first + (seeds if has_seed else 1)):
            own, started = {**told, "seed": seed} if has_seed else told, time.perf_counter()
            fitted[f"{name}/{seed}"] = build(name, own).fit(windows, validation)
            seconds[f"{name}/{seed}"] = time.perf_counter() - started
    return fitted, seconds


def calibrate_all(
    detectors: Detectors,
    validation: Windows,
    settings: ThresholdSettings,
    train: Windows | None = None,
) -> Calibration:
    """Find every detector's threshold, and its ranking on validation windows alone.

    A fixed threshold is for probabilities; any other score then gets the one with the best F1.
    One that promises a rate also looks at healthy training windows, if they are given.
    """
    thresholds, quality = {}, {}
    faulty = validation.faulty
    searched = settings.model_copy(update={"method": "best_f1"})
    promises = settings.method in PROMISING and settings.training != "never"
    for name, detector in detectors.items():
        scores = detector.score(validation)
        fixed = settings.method == "fixed" and not getattr(detector, "probabilistic", False)
        own = searched if fixed else settings
        past = Scored.of(train, detector.score(train)) if train and promises else None
        thresholds[name] = find_threshold(Scored.of(validation, scores), past, own)
        known = faulty.any() and np.isfinite(scores).all()
        quality[name] = float(average_precision_score(faulty, scores)) if known else 0.0
    return Calibration(
        thresholds=thresholds,
        validation_pr_auc=quality,
        fingerprints={name: fingerprint(detector) for name, detector in detectors.items()},
        expects=schema_of(validation),
    )
