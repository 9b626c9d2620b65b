"""Get readings: the real file where there is one, else a simulated machine."""

from typing import Any

import pandas as pd

from matts.ingest import get_readings
from matts.source.files import RawData
from matts.source.settings import SourceSettings


def ingest(
    raw: RawData | None, settings: SourceSettings
) -> tuple[pd.DataFrame, pd.DataFrame, dict[str, Any]]:
    """Readings with their fault labels, the fault episodes, and where they come from."""
    ingested = get_readings(raw, settings)
    return ingested.readings, ingested.episodes, ingested.describe()
