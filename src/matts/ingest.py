"""Where readings come from: a checked file, or a machine that can be run for free."""

import logging
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Literal

import pandas as pd
from pydantic import BaseModel

from matts.domain import BadInputError
from matts.readings import Layout, check, find_episodes
from matts.simulate.tandem_mill import MillSettings, simulate_tandem_mill

log = logging.getLogger(__name__)


class IngestSettings(BaseModel, frozen=True, extra="forbid"):
    """Where the readings come from: a file, or a machine that we can run for free."""

    file: str
    layout: Layout = "tcm5"
    simulate: MillSettings | None = None  # what to run where the file does not exist


@dataclass(frozen=True)
class Ingested:
    """Checked readings, the fault episodes in them and where both come from."""

    readings: pd.DataFrame
    episodes: pd.DataFrame
    source: Literal["real", "simulated"]

    def describe(self, settings: IngestSettings) -> dict[str, Any]:
        """Where the readings come from, for logs, reports and plots."""
        log.info("%d %s readings", len(self.readings), self.source)
        return {
            "data_source": self.source,
            "file": settings.file if self.source == "real" else None,
            "readings": len(self.readings),
            "episodes": len(self.episodes),
        }


def get_readings(raw: pd.DataFrame | None, settings: IngestSettings) -> Ingested:
    """Check the labelled file that was read as text, or simulate where there is none."""
    if raw is not None:
        readings = _check_file(raw, settings.file, settings.layout)
        return Ingested(readings, find_episodes(readings), "real")
    if settings.simulate is not None:
        run = simulate_tandem_mill(settings.simulate)
        return Ingested(run.readings, run.episodes, "simulated")
    msg = f"{settings.file} is needed, or settings to simulate it, and there is neither"
    raise BadInputError(msg)


def check_input(
    raw: Iterable[pd.DataFrame] | None, path: str | None, layout: Layout
) -> Iterator[pd.DataFrame]:
    """Check the chunks of a file to be scored as they come, with labels or without."""
    if raw is None:
        came = f"there is no file {path}" if path else "none was named"
        msg = f"inference needs a file, --params input=<csv>, and {came}"
        raise BadInputError(msg)
    return (_check_file(chunk, str(path), layout, labels_needed=False) for chunk in raw)


def _check_file(
    raw: pd.DataFrame, path: str, layout: Layout, *, labels_needed: bool = True
) -> pd.DataFrame:
    """Check a table and say of which file it is, should it be refused."""
    try:
        return check(raw, layout, labels_needed=labels_needed)
    except BadInputError as error:
        msg = f"{path}: {error}"
        raise BadInputError(msg) from None
