"""Get readings: the real file where there is one, else a simulated machine."""

from typing import Any

import pandas as pd

from matts.groups import SensorSettings
from matts.ingest import get_readings, grade
from matts.source.files import RawData
from matts.source.quality import Quality
from matts.source.quality_report import write_quality
from matts.source.settings import SourceSettings
from matts.windows import WindowSettings


def ingest(
    raw: RawData | None, settings: SourceSettings, windows: WindowSettings, sensors: SensorSettings
) -> tuple[pd.DataFrame, pd.DataFrame, dict[str, Any], Quality]:
    """Readings with their fault labels, the fault episodes, where they come from, how good."""
    ingested, quality = grade(get_readings(raw, settings), settings, windows, sensors)
    return ingested.readings, ingested.episodes, ingested.describe(), quality


def report_quality(quality: Quality) -> str:
    """What is wrong with sensors and times, for people."""
    return write_quality(quality)
