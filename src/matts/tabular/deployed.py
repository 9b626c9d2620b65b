"""A model that is kept for use: beside it stands how a table is read that it is asked about."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from matts.groups import SensorSettings
from matts.source.settings import SourceSettings
from matts.tabular.description import Description
from matts.tabular.model import TabularModel
from matts.tabular.settings import TabularSettings
from matts.tabular.study import Study


@dataclass(frozen=True)
class Deployed:
    """What `SmartFactoryDetector.load` and `quick_predict` read."""

    model: TabularModel
    about: Description

    def save(self, folder: Path) -> None:
        """Write both into a folder of their own."""
        self.model.save(folder)
        self.about.save(folder)

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Read what `save` wrote."""
        return cls(TabularModel.load(folder), Description.load(folder))


def describe(
    study: Study,
    models: Mapping[str, TabularModel],
    source: SourceSettings,
    sensors: SensorSettings,
    settings: TabularSettings,
) -> dict[str, Deployed]:
    """Models by the key of their task, with all that they have to know of tables."""
    return {
        key: Deployed(
            model,
            Description(
                name=study.subjects[key].task.name,
                horizon=study.subjects[key].task.horizon,
                sensors=study.rows.sensors,
                groups=sensors,
                features=settings.features,
                guard=settings.guard,
                source=source,
            ),
        )
        for key, model in models.items()
    }
