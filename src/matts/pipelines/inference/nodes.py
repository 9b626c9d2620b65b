"""Score a file with what was trained."""

from typing import Any

import pandas as pd

from matts.detect.roster import Detectors
from matts.diagnose.roster import Diagnosers
from matts.ingest import IngestSettings, check_input
from matts.readings import to_readings
from matts.serve.batch import Deployed, Schema, summarise

Tree = dict[str, Any]


def check_file(
    raw: pd.DataFrame | None, path: str | None, settings: IngestSettings
) -> pd.DataFrame:
    """Readings, with labels or without, or one sentence about what is wrong with the file."""
    return check_input(raw, path, settings.layout)


def judge_readings(
    table: pd.DataFrame,
    detectors: Detectors,
    diagnosers: Diagnosers,
    calibration: Tree,
) -> pd.DataFrame:
    """Score, alert, fault probabilities and contributions of each reading."""
    return Deployed.choose(detectors, diagnosers, calibration).judge(to_readings(table))


def write_twice(verdicts: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The same verdicts for a program and for a spreadsheet."""
    return verdicts, verdicts


def summarise_verdicts(verdicts: pd.DataFrame, table: pd.DataFrame, calibration: Tree) -> Tree:
    """What was found, and how right it was where the file has labels."""
    return summarise(verdicts, to_readings(table), Schema.read(calibration["expects"]))
