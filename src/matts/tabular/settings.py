"""Which models answer which questions about rows, judged on which folds."""

from typing import Any, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from matts.tabular.features import FeatureSettings
from matts.tabular.fitting import settings_of
from matts.tabular.folds import FoldSettings
from matts.tabular.guard import GuardSettings
from matts.tabular.model import entry_of
from matts.tabular.tasks import TASKS, YES_NO, Task, TaskSettings
from matts.tabular.zoo import CLASSIFIERS, REGRESSORS

KNOWN = tuple(dict.fromkeys([*CLASSIFIERS, *REGRESSORS]))


class TabularSettings(BaseModel):
    """What is asked of rows, and of which models.

    Each of `tasks` is asked for now and for so many minutes ahead as `horizons` say. `folds` may be
    a number: so many, by machine. `sample` draws so many rows of all, each from the next equal
    stretch of the machines' times, after the features are made. A model has the `settings` that
    stand below its name, and its own defaults; one that cannot answer a task is not asked it.
    `storage` keeps what is done.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    tasks: tuple[str, ...] = Field(TASKS, min_length=1)
    horizons: tuple[int, ...] = Field((0, 60), min_length=1)
    folds: FoldSettings = FoldSettings()
    sample: int | None = Field(None, ge=100)
    features: FeatureSettings = FeatureSettings()
    guard: GuardSettings = GuardSettings()
    models: tuple[str, ...] = Field(KNOWN, min_length=1)
    settings: dict[str, dict[str, Any]] = Field(default_factory=dict)
    seed: int = Field(0, ge=0, lt=2**31)
    storage: str

    @model_validator(mode="after")
    def _are_known(self) -> Self:
        for where, names in (("models", self.models), ("settings", self.settings)):
            for name in names:
                if name not in KNOWN:
                    msg = f"{where} needs some of {', '.join(KNOWN)}, got {name!r}"
                    raise ValueError(msg)
        for name, own in self.settings.items():
            for is_number in (False, True):
                if name in (REGRESSORS if is_number else CLASSIFIERS):
                    settings_of(name, entry_of(name, is_number=is_number), own)
        return self

    def models_of(self, task: Task, classes: int) -> list[str]:
        """The chosen models that can answer a task of so many classes, each once."""
        known = REGRESSORS if task.is_number else CLASSIFIERS
        chosen = [name for name in dict.fromkeys(self.models) if name in known]
        return [name for name in chosen if not (classes > len(YES_NO) and known[name].yes_no)]

    @property
    def asked(self) -> TaskSettings:
        """The questions."""
        return TaskSettings(tasks=self.tasks, horizons=self.horizons)

    @property
    def told(self) -> dict[str, Any]:
        """What a reader of figures has to know of them."""
        return {"by": self.folds.by, "sample": self.sample, "seed": self.seed}
