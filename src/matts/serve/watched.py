"""What is watched for drift: a file that is named, or the test part."""

from collections.abc import Iterable, Iterator, Sequence

import pandas as pd

from matts.channels import Channels
from matts.domain import Windows
from matts.ingest import check_input
from matts.long_tables import RawFile
from matts.readings import to_readings
from matts.serve.batch import Schema
from matts.source.files import RawData
from matts.source.settings import SourceSettings


def read_watched(
    raw: RawFile | RawData | None,
    path: str | None,
    settings: SourceSettings,
    channels: Channels,
    left_out: Sequence[str],
) -> Iterator[pd.DataFrame]:
    """The chunks of the file that was named; none where none was."""
    return channels.follow(check_input(raw, path, settings, left_out)) if path else iter(())


def to_watch(test: Windows, tables: Iterable[pd.DataFrame], schema: Schema) -> Windows:
    """The windows of these chunks; those of the test part where there are none."""
    whole = list(tables)
    return schema.windows(to_readings(pd.concat(whole, ignore_index=True))) if whole else test
