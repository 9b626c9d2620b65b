"""Labels that operators gave, as a CSV that a described source reads back."""

import csv
import io
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from matts.source.formulas import marked

COLUMNS = ("asset", "first", "last", "label", "fault", "who", "time")
TIMES = ("first", "last", "time")


def label_file(rows: Sequence[Mapping[str, Any]]) -> str:
    """A line a label, its times in ISO 8601 with Z.

    A name that a spreadsheet would take for a formula gets an apostrophe before it, which a
    described source takes away again.

    >>> row = {"asset": "fan", "first": 0.0, "last": 1.5, "label": "healthy", "fault": ""}
    >>> print(label_file([{**row, "who": "Ann", "time": 60.0}]), end="")
    asset,first,last,label,fault,who,time
    fan,1970-01-01T00:00:00.000000Z,1970-01-01T00:00:01.500000Z,healthy,,Ann,1970-01-01T00:01:00.000000Z
    """
    text = io.StringIO()
    writer = csv.DictWriter(text, COLUMNS, lineterminator="\n")
    writer.writeheader()
    for row in rows:
        writer.writerow({name: _cell(name, row[name]) for name in COLUMNS})
    return text.getvalue()


def _cell(name: str, value: Any) -> str:
    if name in TIMES:
        return iso(value)
    return marked(str(value))


def iso(time: float) -> str:
    """A time in ISO 8601: microseconds, which tell readings of 100 kHz apart."""
    return datetime.fromtimestamp(time, UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
