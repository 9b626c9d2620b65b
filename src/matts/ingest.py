"""Where readings come from: checked files, or a machine that can be run for free."""

import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal

import numpy as np
import pandas as pd

from matts.domain import BadInputError, Ints, Readings
from matts.download.catalogue import how_to_get
from matts.groups import SensorSettings
from matts.long_tables import RawFile
from matts.readings import Layout, check, find_episodes, to_readings
from matts.simulate.machines import simulate
from matts.source.described import Described, names_of, to_table
from matts.source.files import RawData
from matts.source.label_settings import ColumnLabels
from matts.source.quality import Quality, describe_quality, grade_sensors, tell, unusable
from matts.source.settings import SourceSettings
from matts.source.units import units_of
from matts.source.validation import validate
from matts.splitting import rows_of_parts
from matts.windows import WindowSettings

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Ingested:
    """Checked readings, the fault episodes in them and where both come from."""

    readings: pd.DataFrame
    episodes: pd.DataFrame
    source: Literal["real", "simulated"]
    file: str | None = None
    found: dict[str, Any] = field(default_factory=dict)  # files, rows and times, as they came
    odd: dict[str, dict[str, Any]] = field(default_factory=dict)  # cells, by sensor

    def describe(self) -> dict[str, Any]:
        """Where the readings come from, for logs, reports and plots."""
        log.info("%d %s readings", len(self.readings), self.source)
        return {
            "data_source": self.source,
            "file": self.file,
            "readings": len(self.readings),
            "episodes": len(self.episodes),
        }


def get_readings(raw: RawData | None, settings: SourceSettings) -> Ingested:
    """Check and label what was read, or simulate where there is nothing."""
    if raw is not None:
        readings, found, odd = _to_table(raw, settings)
        names = names_of(raw.tables)
        return Ingested(readings, find_episodes(readings), "real", names, found, odd)
    if settings.simulate is not None:
        run = simulate(settings.simulate)
        return Ingested(run.readings, run.episodes, "simulated")
    where = ", ".join(settings.paths)
    how = how_to_get(settings.paths[0])
    msg = f"{where} is needed, or settings to simulate it, and there is neither{how}"
    raise BadInputError(msg)


def _to_table(raw: RawData, settings: SourceSettings) -> Described:
    """The typed table: by the description, or one strict file."""
    if settings.layout == "described":
        for table in raw.tables:
            validate(table, settings)
        return to_table(raw, settings)
    if len(raw.tables) > 1:
        msg = f"the {settings.layout} layout is one file, got {len(raw.tables)}"
        raise BadInputError(msg)
    checked = _check_file(raw.tables[0].cells, raw.tables[0].path, settings.layout)
    return Described(checked, {"files": 1, "rows": len(checked)}, {})


def grade(
    ingested: Ingested, settings: SourceSettings, windows: WindowSettings, sensors: SensorSettings
) -> tuple[Ingested, Quality]:
    """How good the record is, and the record without the sensors that nothing is learnt from.

    Only a described file loses sensors: the strict layouts say which there have to be.
    """
    readings = to_readings(ingested.readings)
    units = units_of(readings.sensors, settings.layout, sensors)
    graded = grade_sensors(
        readings, _training_rows(readings, windows), ingested.odd, units, settings.quality
    )
    strict = settings.layout != "described" or not settings.quality.leave_out
    left_out = [] if strict else unusable(graded)
    if left_out and len(left_out) == len(readings.sensors):
        msg = f"at least one sensor that something can be learnt from is needed: {tell(graded)}"
        raise BadInputError(msg)
    quality = describe_quality(ingested.found, graded, left_out, len(readings))
    kept = replace(ingested, readings=ingested.readings.drop(columns=left_out))
    return kept, quality


def _training_rows(readings: Readings, windows: WindowSettings) -> Ints:
    """The rows that train; all of them where the split is impossible, which a later stage says."""
    try:
        return rows_of_parts(readings, windows.split, windows.length)[0]
    except BadInputError:
        return np.arange(len(readings))


def check_input(
    raw: RawFile | RawData | None,
    path: str | None,
    settings: SourceSettings,
    left_out: Sequence[str] = (),
) -> Iterator[pd.DataFrame]:
    """The typed table of what is to be scored, with labels or without.

    Sensors that nothing was learnt from are left out, as they were in training.

    A strict layout is checked chunk by chunk as they come; what has to be described first is read
    whole, for its readings may be in any order.
    """
    if raw is None:
        came = f"there is no file {path}" if path else "none was named"
        msg = f"inference needs a file, --params input=<csv>, and {came}"
        raise BadInputError(msg)
    if isinstance(raw, RawData):
        table = to_table(raw, _as_labelled(settings), to_learn=False).table
        return iter([table.drop(columns=list(left_out), errors="ignore")])
    layout = settings.layout
    return (_check_file(chunk, str(path), layout, labels_needed=False) for chunk in raw)


def _as_labelled(settings: SourceSettings) -> SourceSettings:
    """What was learnt without labels may be judged on readings that have some."""
    unlabelled = settings.labels.kind == "none"
    return settings.model_copy(update={"labels": ColumnLabels()}) if unlabelled else settings


def _check_file(
    raw: pd.DataFrame, path: str, layout: Layout, *, labels_needed: bool = True
) -> pd.DataFrame:
    """Check a table and say of which file it is, should it be refused."""
    try:
        return check(raw, layout, labels_needed=labels_needed)
    except BadInputError as error:
        msg = f"{path}: {error}"
        raise BadInputError(msg) from None
