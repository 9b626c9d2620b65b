"""Get readings: the real file where there is one, else the simulated mill."""

from typing import Any

import pandas as pd

from matts.ingest import IngestSettings, get_readings


def ingest(
    raw: pd.DataFrame | None, settings: IngestSettings
) -> tuple[pd.DataFrame, pd.DataFrame, dict[str, Any]]:
    """Readings with their fault labels, the fault episodes, and where they come from."""
    ingested = get_readings(raw, settings)
    return ingested.readings, ingested.episodes, ingested.describe(settings)
