"""What a detector is asked, checked: the task, the model, and what they are told."""

from collections.abc import Mapping
from typing import Any, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from matts.domain import BadInputError
from matts.groups import SensorSettings
from matts.source.settings import SourceSettings
from matts.tabular.description import Description
from matts.tabular.features import FeatureSettings
from matts.tabular.folds import FoldSettings
from matts.tabular.guard import GuardSettings
from matts.tabular.lesson import Lesson
from matts.tabular.model import TabularModel, fit_model
from matts.tabular.tasks import Name


class DetectorSettings(BaseModel):
    """What is told beside the task: all of it may be left out.

    `model` is what the model is told beside its defaults. `source` says how to read a table, as the
    key `source` of a dataset file; without it a table is typed. `sensors` is what is known of the
    sensors, as the key `sensors` of a dataset file. `features` says which are left out, as the key
    `tabular.features`; `guard` what is too much for a sensor to tell, as `tabular.guard`.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    model: dict[str, Any] = Field(default_factory=dict)
    source: SourceSettings | None = None
    sensors: SensorSettings = SensorSettings()
    features: FeatureSettings = FeatureSettings()
    guard: GuardSettings = GuardSettings()

    @field_validator("source", mode="before")
    @classmethod
    def _needs_no_path(cls, given: Any) -> Any:
        """A table comes by itself: where it lies is nobody's business."""
        return {"path": "", **given} if isinstance(given, Mapping) else given


class Question(BaseModel):
    """The arguments of a detector."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    task: Name
    horizon: int = Field(ge=0)
    model: str
    settings: DetectorSettings
    seed: int = Field(ge=0, lt=2**31)

    @classmethod
    def of(cls, given: Mapping[str, Any]) -> Self:
        """Check them.

        Raises:
            BadInputError: one of them cannot be; the sentence names the first.
        """
        own = given["settings"]
        try:
            return cls.model_validate({**given, "settings": {} if own is None else own})
        except ValidationError as error:
            raise BadInputError(_sentence(error)) from None

    def describe(self) -> Description:
        """The question, and how a table is read and engineered."""
        return Description(
            name=self.task,
            horizon=self.horizon,
            groups=self.settings.sensors,
            features=self.settings.features,
            guard=self.settings.guard,
            source=self.settings.source,
        )

    def fit(self, lesson: Lesson) -> TabularModel:
        """The model that is asked for, fitted."""
        return fit_model(self.model, self.settings.model, lesson)


def folds_asked(given: Any) -> FoldSettings:
    """How many folds, or all that there is to say of them, checked.

    Raises:
        BadInputError: there cannot be such folds.
    """
    try:
        return FoldSettings.model_validate(given)
    except ValidationError as error:
        msg = f"folds needs a number from 2 to 10, or by, count and seed: {_sentence(error)}"
        raise BadInputError(msg) from None


def _sentence(error: ValidationError) -> str:
    first = error.errors()[0]
    where = ".".join(map(str, first["loc"]))
    if first["type"] == "extra_forbidden" and first["loc"][:-1] == ("settings",):
        return f"settings needs keys of {', '.join(DetectorSettings.model_fields)}, got {where[9:]}"
    return f"{where + ': ' if where else ''}{first['msg']}, got {first['input']!r}"
