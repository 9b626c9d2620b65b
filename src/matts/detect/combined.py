"""Several detectors as one: each score on the scale of healthy tails, then mixed."""

from collections.abc import Callable, Mapping, Sequence
from copy import deepcopy
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field

from matts.detect.alarms import Scored
from matts.detect.mixing import Choice, How, learn, mix, surprises_of
from matts.detect.tail import Surprise
from matts.domain import BadInputError, Detector, Floats, State, Windows

ALONE = ("zscore", "pca")  # its parts where nobody fitted any


class CombinedSettings(BaseModel):
    """Which detectors are mixed, by name, and how; null chooses.

    parts: all that were fitted and are no control. how: mean, max or stacking of their surprises,
    or the best part alone; null takes what ranks validation windows best, cross-fitted. `enough`
    healthy windows give an asset a scale of its own.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    parts: tuple[str, ...] | None = Field(None, min_length=1)
    how: How | None = None
    enough: int = Field(200, ge=1)


class CombinedDetector:
    """Score a window by what its parts say, each as the -log10 of how often healthy ones say more.

    Contributions are the parts' own, as shares of their sizes, mixed as the score is.
    """

    Settings: ClassVar = CombinedSettings
    scales: dict[str, Surprise]  # of each part
    choice: Choice
    held_out: Floats  # [N], of the validation windows, each judged by what the others taught

    def __init__(self, settings: CombinedSettings | None = None) -> None:
        self.settings = settings or CombinedSettings()
        self.parts: dict[str, Detector] = {}

    def fit(self, windows: Windows, validation: Windows) -> Self:
        """Fit every part anew, simple ones where it has none yet, and learn to mix them."""
        parts = self.parts or _unfitted(self.settings.parts or ALONE)
        again = {name: deepcopy(part).fit(windows, validation) for name, part in parts.items()}
        return self.mix(again, validation)

    def mix(self, parts: Mapping[str, Detector], validation: Windows) -> Self:
        """Learn to mix fitted detectors; those that then weigh nothing are left out."""
        scored = {name: Scored.of(validation, p.score(validation)) for name, p in parts.items()}
        learned = learn(scored, self.settings.how, self.settings.enough)
        self.choice, scales, self.held_out = learned
        used = [name for name, weight in self.choice.weights.items() if weight > 0]
        self.parts = {name: parts[name] for name in used}
        self.scales = {name: scales[name] for name in used}
        return self

    def reach(self, length: int) -> int:
        """How many readings of the segment a score looks back at: as its parts do."""
        return max([length, *(reach_of(part, length) for part in self.parts.values())])

    @property
    def in_trees(self) -> int:
        """The numbers in the trees of its parts."""
        return sum(getattr(part, "in_trees", 0) for part in self.parts.values())

    @property
    def weights(self) -> Floats:
        """[P]: of the parts."""
        return np.array([self.choice.weights[name] for name in self.parts])

    def score(self, windows: Windows) -> Floats:
        """Score each window: [N]."""
        return self.mixed([p.score(windows) for p in self.parts.values()], windows.assets)

    def mixed(self, scores: Sequence[Floats], assets: NDArray[Any] | None) -> Floats:
        """One score from those of the parts, [N] each, and the assets [N]: [N]."""
        both = zip(scores, self.scales.values(), strict=True)
        surprises = np.column_stack([scale(part, assets) for part, scale in both])
        return mix(self.choice.how, surprises, self.weights)

    def contributions(self, windows: Windows) -> Floats:
        """Split each score over the sensors: [N, F], none negative."""
        surprises = self._surprises(windows)
        amounts = surprises * self.weights
        if self.choice.how == "max":
            highest = np.arange(len(self.parts)) == surprises.argmax(axis=1)[:, None]
            amounts = np.where(highest, surprises, 0)
        shares = [_shares(part.contributions(windows)) for part in self.parts.values()]
        both = zip(amounts.T, shares, strict=True)
        return np.asarray(sum(amount[:, None] * share for amount, share in both))

    def _surprises(self, windows: Windows) -> Floats:
        """[N, P]: what each part says, on the one scale."""
        scored = [Scored.of(windows, part.score(windows)) for part in self.parts.values()]
        return surprises_of(scored, list(self.scales.values()))

    def state(self) -> State:
        """The states of the parts, each array behind its part's number, and how they are mixed."""
        states = [part.state() for part in self.parts.values()]
        arrays = {
            f"{n}.{key}": a for n, state in enumerate(states) for key, a in state.arrays.items()
        }
        names = {kind: name for name, kind in _registry().items()}
        kinds = [names[type(part)] for part in self.parts.values()]
        config = {
            "settings": self.settings.model_dump(mode="json"),
            "choice": self.choice.model_dump(),
            "scales": {name: scale.model_dump() for name, scale in self.scales.items()},
            "parts": [[k, state.config] for k, state in zip(kinds, states, strict=True)],
        }
        return State({**arrays, "weights": self.weights}, config)

    @classmethod
    def from_state(cls, state: State) -> Self:
        """Rebuild every part, and the mixture."""
        config, arrays = state.config, state.arrays
        detector = cls(CombinedSettings.model_validate(config["settings"]))
        detector.choice = Choice.model_validate(config["choice"])
        detector.scales = {n: Surprise.model_validate(s) for n, s in config["scales"].items()}
        for n, (name, (kind, own)) in enumerate(
            zip(config["scales"], config["parts"], strict=True)
        ):
            part = State(_behind(f"{n}.", arrays), own)
            detector.parts[name] = _registry()[kind].from_state(part)
        return detector


def reach_of(detector: Detector, length: int) -> int:
    """How many readings of its segment a score looks back at, those of the window among them."""
    own: Callable[[int], int] | None = getattr(detector, "reach", None)
    return length if own is None else max(length, own(length))


def _shares(contributions: Floats) -> Floats:
    """The share of each sensor in the sizes of a window's contributions: [N, F] -> [N, F]."""
    sizes = np.abs(contributions)
    total = sizes.sum(axis=1, keepdims=True)
    even = np.full(sizes.shape, 1 / sizes.shape[1])
    return np.asarray(np.divide(sizes, total, out=even, where=total > 0))


def _behind(prefix: str, arrays: Mapping[str, NDArray[Any]]) -> dict[str, NDArray[Any]]:
    """The arrays whose names begin so, by the rest of their names."""
    return {k.removeprefix(prefix): a for k, a in arrays.items() if k.startswith(prefix)}


def _unfitted(names: Sequence[str]) -> dict[str, Detector]:
    """Registered detectors as they come."""
    known = _registry()
    for name in names:
        if name not in known:
            msg = f"to be fitted alone, parts need registered detectors, got {name!r}"
            raise BadInputError(msg)
    return {name: known[name]() for name in names}


def _registry() -> dict[str, type[Detector]]:
    from matts.detect import DETECTORS  # noqa: PLC0415 (it holds this class too)

    return DETECTORS
