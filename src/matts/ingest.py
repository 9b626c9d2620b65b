"""Where readings come from: checked files, or a machine that can be run for free."""

import logging
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

import pandas as pd

from matts.domain import BadInputError
from matts.download.catalogue import how_to_get
from matts.long_tables import RawFile
from matts.readings import Layout, check, find_episodes
from matts.simulate.machines import simulate
from matts.source.described import names_of, to_table
from matts.source.files import RawData
from matts.source.settings import SourceSettings

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Ingested:
    """Checked readings, the fault episodes in them and where both come from."""

    readings: pd.DataFrame
    episodes: pd.DataFrame
    source: Literal["real", "simulated"]
    file: str | None = None

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
        readings = _to_table(raw, settings)
        return Ingested(readings, find_episodes(readings), "real", names_of(raw.tables))
    if settings.simulate is not None:
        run = simulate(settings.simulate)
        return Ingested(run.readings, run.episodes, "simulated")
    where = ", ".join(settings.paths)
    how = how_to_get(settings.paths[0])
    msg = f"{where} is needed, or settings to simulate it, and there is neither{how}"
    raise BadInputError(msg)


def _to_table(raw: RawData, settings: SourceSettings) -> pd.DataFrame:
    """The typed table: by the description, or one strict file."""
    if settings.layout == "described":
        return to_table(raw, settings)
    if len(raw.tables) > 1:
        msg = f"the {settings.layout} layout is one file, got {len(raw.tables)}"
        raise BadInputError(msg)
    return _check_file(raw.tables[0].cells, raw.tables[0].path, settings.layout)


def check_input(
    raw: RawFile | RawData | None, path: str | None, settings: SourceSettings
) -> Iterator[pd.DataFrame]:
    """The typed table of what is to be scored, with labels or without.

    A strict layout is checked chunk by chunk as they come; what has to be described first is read
    whole, for its readings may be in any order.
    """
    if raw is None:
        came = f"there is no file {path}" if path else "none was named"
        msg = f"inference needs a file, --params input=<csv>, and {came}"
        raise BadInputError(msg)
    if isinstance(raw, RawData):
        return iter([to_table(raw, settings, to_learn=False)])
    layout = settings.layout
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
