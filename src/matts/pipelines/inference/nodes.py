"""Score a file with what was trained."""

from collections.abc import Iterator
from typing import Any

import pandas as pd

from matts.detect.roster import Detectors
from matts.diagnose.novelty import Novelty
from matts.diagnose.roster import Diagnosers
from matts.ingest import IngestSettings, check_input
from matts.long_tables import RawFile, StoredTable
from matts.serve.batch import Deployed, Schema
from matts.serve.summary import summarise_stored

Tree = dict[str, Any]


def deploy(
    detectors: Detectors, diagnosers: Diagnosers, novelty: dict[str, Novelty], calibration: Tree
) -> Deployed:
    """What was trained, put to work."""
    return Deployed.choose(detectors, diagnosers, calibration, novelty["novelty"])


def judge_file(
    raw: RawFile | None, path: str | None, settings: IngestSettings, deployed: Deployed
) -> Iterator[pd.DataFrame]:
    """Score, alert, fault probabilities and contributions of each reading, a chunk at a time."""
    return deployed.judge_chunks(check_input(raw, path, settings.layout))


def copy_verdicts(verdicts: StoredTable) -> StoredTable:
    """The verdicts for a spreadsheet."""
    return verdicts


def summarise_verdicts(verdicts: StoredTable, calibration: Tree) -> Tree:
    """What was found, and how right it was where the file has labels."""
    return summarise_stored(verdicts, Schema.read(calibration["expects"]))
