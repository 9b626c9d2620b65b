"""Score a file with what was trained."""

from collections.abc import Iterator
from typing import Any

import pandas as pd

from matts.causes.explainer import CauseSettings, Explainer
from matts.channels import Channels
from matts.detect.roster import Detectors
from matts.diagnose.novelty import Novelty
from matts.diagnose.roster import Diagnosers
from matts.ingest import check_input
from matts.long_tables import RawFile, StoredTable
from matts.serve.batch import Deployed, Schema
from matts.serve.summary import summarise_stored
from matts.source.files import RawData
from matts.source.settings import SourceSettings

Tree = dict[str, Any]


def read_channels(
    raw: RawFile | RawData | None,
    path: str | None,
    settings: SourceSettings,
    channel_maker: dict[str, Channels],
    quality: Tree,
) -> Iterator[pd.DataFrame]:
    """What the detector looks at, a chunk at a time."""
    checked = check_input(raw, path, settings, quality["left_out"])
    return channel_maker["channels"].follow(checked)


def deploy(
    detectors: Detectors,
    diagnosers: Diagnosers,
    novelty: dict[str, Novelty],
    calibration: Tree,
    explainers: dict[str, Explainer],
    settings: CauseSettings,
) -> Deployed:
    """What training left, with the method that says which sensors are to blame."""
    deployed = Deployed.choose(detectors, diagnosers, calibration, novelty["novelty"])
    return deployed.explained_by(explainers, settings)


def judge_file(channels: Iterator[pd.DataFrame], deployed: Deployed) -> Iterator[pd.DataFrame]:
    """Score, alert, fault probabilities and contributions of each reading, a chunk at a time."""
    return deployed.judge_chunks(channels)


def copy_verdicts(verdicts: StoredTable) -> StoredTable:
    """The verdicts for a spreadsheet."""
    return verdicts


def summarise_verdicts(verdicts: StoredTable, calibration: Tree) -> Tree:
    """What was found, and how right it was where the file has labels."""
    return summarise_stored(verdicts, Schema.read(calibration["expects"]))
