"""Hold readings against training."""

from collections.abc import Iterator
from typing import Any

import pandas as pd

from matts.channels import Channels
from matts.detect.roster import Detectors
from matts.diagnose.roster import Diagnosers
from matts.domain import Windows
from matts.evaluate.charts import Chart
from matts.evaluate.drift_views import drift_chart, drift_page
from matts.evaluate.gallery import source_of
from matts.long_tables import RawFile
from matts.monitor.follow import follow
from matts.monitor.reference import TrainingReference
from matts.serve.batch import Deployed
from matts.serve.settings import ServeSettings
from matts.serve.watched import read_watched, to_watch
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
    """What the detector looks at, of the file that is named."""
    return read_watched(raw, path, settings, channel_maker["channels"], quality["left_out"])


def deploy(detectors: Detectors, diagnosers: Diagnosers, calibration: Tree) -> Deployed:
    """What training left."""
    return Deployed.choose(detectors, diagnosers, calibration)


def watch(
    train: Windows,
    validation: Windows,
    test: Windows,
    channels: Iterator[pd.DataFrame],
    deployed: Deployed,
    settings: ServeSettings,
) -> Tree:
    """How each asset stands against training, and what changed on the way."""
    detector = deployed.detector
    reference = TrainingReference.fit(train, validation, detector)
    windows = to_watch(test, channels, deployed.schema)
    return follow(windows, detector, deployed.threshold, reference, settings.drift)


def draw(found: Tree, dataset: Any, source: Tree) -> tuple[str, Chart]:
    """A page and a picture."""
    where = source_of({"dataset": dataset, "data_source": source["data_source"]})
    return drift_page(found, where), drift_chart(found, where)
