"""What a saved model has to know of the tables that it is asked about: beside it, as JSON."""

from pathlib import Path
from typing import Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from matts.domain import BadInputError
from matts.files import replacing
from matts.groups import SensorSettings
from matts.source.settings import SourceSettings
from matts.tabular.features import FeatureSettings
from matts.tabular.guard import GuardSettings
from matts.tabular.tasks import Name, Task

FILE = "description.json"


class Description(BaseModel):
    """The question, the sensors in their order, and how a table is read and engineered.

    Without a `source` a table is taken as typed: asset, time, sensors, Anomaly_ and Target_. The
    guard looks at a table that is learnt from.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: Name
    horizon: int = Field(0, ge=0)
    sensors: tuple[str, ...] = ()
    groups: SensorSettings = SensorSettings()
    features: FeatureSettings = FeatureSettings()
    guard: GuardSettings = GuardSettings()
    source: SourceSettings | None = None

    @property
    def task(self) -> Task:
        """The question."""
        return Task(self.name, self.horizon)

    def save(self, folder: Path) -> None:
        """Write it into the folder of a model."""
        with replacing(folder / FILE) as path:
            path.write_text(self.model_dump_json(indent=1, by_alias=True))

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Read what `save` wrote.

        Raises:
            BadInputError: there is none, or it is damaged.
        """
        if not (folder / FILE).is_file():
            msg = f"a model needs a {FILE} beside it, got {folder.name} without one"
            raise BadInputError(msg)
        try:
            return cls.model_validate_json((folder / FILE).read_text())
        except ValidationError as error:
            msg = f"{folder.name}/{FILE} is damaged: {error.errors()[0]['msg']}"
            raise BadInputError(msg) from None
