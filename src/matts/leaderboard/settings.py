"""Which detectors are compared on which datasets, and what a dataset's parameters say of that."""

from typing import Any, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from matts.detect import DETECTORS
from matts.detect.controls import CONTROLS
from matts.detect.objective import DetectorSettings
from matts.detect.roster import COMBINED, MATTS, UNTRAINED, BaselineSettings
from matts.detect.threshold import ThresholdSettings
from matts.evaluate.results import EvaluateSettings
from matts.groups import SensorSettings
from matts.source.settings import SourceSettings
from matts.training import TrainingSettings
from matts.windows import WindowSettings

ALWAYS = (*CONTROLS, UNTRAINED)  # what knows nothing is in every table


class LeaderboardSettings(BaseModel):
    """What the table holds.

    A detector has the settings that each dataset's `baselines.detectors` gives it; controls are
    always there. One that draws lots is fitted `seeds` times. `sources` says where the files of a
    dataset are, in place of its own `source.path`; `storage` keeps what is done.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    datasets: tuple[int | str, ...] = Field(min_length=1)
    detectors: tuple[str, ...] = (MATTS,)
    seeds: int = Field(3, ge=1, le=100)
    sources: dict[str, str] = Field(default_factory=dict)
    storage: str

    @model_validator(mode="after")
    def _can_be_run(self) -> Self:
        """Combinations are made of a run's other detectors, and have no place of their own."""
        known = [MATTS, UNTRAINED, *(name for name in DETECTORS if name != COMBINED)]
        for name in self.detectors:
            if name not in known:
                msg = f"detectors needs some of {', '.join(known)}, got {name!r}"
                raise ValueError(msg)
        for name in self.sources:
            if name not in self.names:
                msg = f"sources needs some of {', '.join(self.names)}, got {name!r}"
                raise ValueError(msg)
        return self

    @property
    def names(self) -> list[str]:
        """The datasets, each once."""
        return list(dict.fromkeys(map(str, self.datasets)))

    @property
    def entrants(self) -> list[str]:
        """The detectors, each once, and the controls."""
        return list(dict.fromkeys([*self.detectors, *ALWAYS]))


class Recipe(BaseModel):
    """What a dataset's parameters say of its cells; the rest of them does not matter here.

    `without` are the detectors that are null among its `baselines.detectors`.
    """

    model_config = ConfigDict(frozen=True, extra="ignore", allow_inf_nan=False)

    source: SourceSettings
    sensors: SensorSettings
    windows: WindowSettings
    detector: DetectorSettings
    training: TrainingSettings
    threshold: ThresholdSettings
    baselines: BaselineSettings
    evaluate: EvaluateSettings
    without: tuple[str, ...] = ()

    @model_validator(mode="before")
    @classmethod
    def _name_the_null(cls, tree: dict[str, Any]) -> dict[str, Any]:
        """Keep the names that `BaselineSettings` forgets."""
        given = tree["baselines"].get("detectors", {})
        null = [name for name in DETECTORS if name in given and given[name] is None]
        return {**tree, "without": [*tree.get("without", ()), *null]}
