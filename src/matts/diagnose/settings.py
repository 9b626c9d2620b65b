"""What can be set of stage two."""

from pydantic import BaseModel, ConfigDict

from matts.diagnose.novelty import NoveltySettings
from matts.forest import ForestSettings


class DiagnosisSettings(BaseModel):
    """When an alert is of no known fault, and the forest that names faults."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    unknown: NoveltySettings = NoveltySettings()
    trees: ForestSettings = ForestSettings()
