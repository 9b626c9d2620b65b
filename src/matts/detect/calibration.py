"""What validation windows decide: thresholds, one scale for all scores, the deployed seed."""

import logging
from collections.abc import Mapping
from hashlib import sha256
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field
from sklearn.metrics import average_precision_score

from matts.detect.alarms import Scored
from matts.detect.limits import needed_readings
from matts.detect.mixing import Choice
from matts.detect.tail import Surprise
from matts.detect.threshold import (
    PROMISING,
    Threshold,
    ThresholdSettings,
    find_threshold,
    looked_at,
)
from matts.domain import BadInputError, Detector, Diagnoser, Floats, Windows
from matts.windows import schema_of

log = logging.getLogger(__name__)


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
    """What validation windows decided: each threshold, each scale, and which seed is deployed.

    It says which models it was found for, what readings they expect, and how the combination mixes.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    thresholds: dict[str, Threshold]
    validation_pr_auc: dict[str, float | None]  # None where validation has no fault
    fingerprints: dict[str, str]
    expects: dict[str, Any]
    scales: dict[str, Surprise] = Field(default_factory=dict)
    choice: Choice | None = None

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
            scales={k: v for part in parts for k, v in part.scales.items()},
            choice=next((part.choice for part in parts if part.choice), None),
        )

    def surprise(self, name: str, scores: Floats, assets: NDArray[Any] | None = None) -> Floats:
        """A detector's scores on the scale that all share: [N], [N] names of assets -> [N].

        It is -log10 of how often healthy windows score as high: 3 is one in a thousand.
        """
        return self.scales[name](scores, assets)

    def best_seed(self, name: str) -> str:
        """The full name of a detector's best seed on validation, say "matts/3" of "matts".

        The first, where validation has no fault to choose by.
        """
        own = {k: v or 0.0 for k, v in self.validation_pr_auc.items() if k.split("/")[0] == name}
        return max(own, key=own.__getitem__)

    def best_seeds(self) -> list[str]:
        """The full name of the best seed of each detector."""
        kinds = dict.fromkeys(key.split("/")[0] for key in self.validation_pr_auc)
        return [self.best_seed(kind) for kind in kinds]


def calibrate_all(
    detectors: Mapping[str, Detector],
    validation: Windows,
    settings: ThresholdSettings,
    train: Windows | None = None,
    held_out: Mapping[str, Floats] | None = None,
) -> Calibration:
    """Find every detector's threshold, scale and ranking on validation windows alone.

    A fixed threshold is for probabilities; any other score then gets the one with the best F1.
    One that promises a rate also looks at healthy training windows, if they are given. Of what
    learned from these validation windows, `held_out` has the scores that it is to be judged by.
    """
    thresholds, scales, quality, told = {}, {}, {}, held_out or {}
    promises = settings.method in PROMISING and settings.training != "never"
    for name, detector in detectors.items():
        scored = Scored.of(validation, told[name] if name in told else detector.score(validation))
        past = Scored.of(train, detector.score(train)) if train and promises else None
        thresholds[name] = find_threshold(scored, past, _own(detector, settings))
        parts = looked_at(scored, past, settings)
        scales[name] = Surprise.of(parts, settings.enough)
        _tell_if_too_few(name, sum(len(part.ordinary) for part in parts), settings)
        quality[name] = _rank(scored)
    return Calibration(
        thresholds=thresholds,
        validation_pr_auc=quality,
        fingerprints={name: fingerprint(detector) for name, detector in detectors.items()},
        expects=schema_of(validation),
        scales=scales,
    )


def _own(detector: Detector, settings: ThresholdSettings) -> ThresholdSettings:
    """The settings of one detector: a fixed threshold does not fit a score of its own kind."""
    fixed = settings.method == "fixed" and not getattr(detector, "probabilistic", False)
    return settings.model_copy(update={"method": "best_f1"}) if fixed else settings


def _tell_if_too_few(name: str, came: int, settings: ThresholdSettings) -> None:
    """A budget takes so many healthy readings that even no alarm on them promises too little."""
    needed = needed_readings(settings.budget)
    if settings.method == "budget" and came < needed:
        words = (
            "%s: %g alarms per 1,000 need %d healthy readings to promise, got %d: above them all"
        )
        log.warning(words, name, settings.budget, needed, came)


def _rank(scored: Scored) -> float | None:
    """PR-AUC on validation; None where there is no fault, 0 where a score is no number."""
    if not scored.faulty.any():
        return None
    known = np.isfinite(scored.scores).all()
    return float(average_precision_score(scored.faulty, scored.scores)) if known else 0.0
