"""All that makes one training: how windows are cut, and what is fitted to them."""

from collections.abc import Mapping
from typing import Any, Self

from pydantic import BaseModel, ConfigDict

from matts.detect.objective import DetectorSettings
from matts.domain import BadInputError
from matts.training import TrainingSettings
from matts.windows import WindowSettings

Value = int | float
Values = Mapping[str, Value]  # by the path of the parameter: "detector.hidden"


class Recipe(BaseModel):
    """The settings of a training, as the tree of parameters has them."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    windows: WindowSettings
    detector: DetectorSettings
    training: TrainingSettings

    def __getitem__(self, path: str) -> Any:
        """The setting at a path."""
        found: Any = self
        for key in path.split("."):
            found = getattr(found, key)
        return found

    def varied(self, values: Mapping[str, Any]) -> Self:
        """The same but for these settings.

        >>> parts = WindowSettings(), DetectorSettings(), TrainingSettings()
        >>> recipe = Recipe(windows=parts[0], detector=parts[1], training=parts[2])
        >>> recipe.varied({"detector.weights.anomaly": 7})["detector.weights.anomaly"]
        7.0
        """
        tree = self.model_dump()
        for path, value in values.items():
            *parents, key = path.split(".")
            below = tree
            for parent in parents:
                below = below[parent]
            below[key] = value
        return type(self).model_validate(tree)

    def judged_alike(self, epochs: int) -> Self:
        """As every trial is trained: for so many epochs, ended by the figure that ranks trials."""
        if self.detector.score != "head":
            msg = f"a search ranks by detector.score=head, got {self.detector.score}"
            raise BadInputError(msg)
        judged = {"training.epochs": epochs, "detector.monitor": "pr_auc"}
        return self.varied({**judged, "training.save_every": 0})  # trials would share the files
