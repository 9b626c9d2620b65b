"""What is wrong with a record, in words and a table."""

import logging
from collections.abc import Iterator, Mapping
from typing import Any

from matts.formats import table
from matts.source.quality import many, summarise

log = logging.getLogger(__name__)

Quality = Mapping[str, Any]

MOST = 20  # sensors in the report; `quality.md` has all
HEADINGS = ("sensor", "grade", "why", "missing in training", "anywhere", "range", "unit")


def write_quality(quality: Quality) -> str:
    """The whole page: the record, then every sensor, the worst first; a line of it for the log."""
    log.info("%s", summarise(quality))
    order = list(quality["grades"])[::-1]
    rows = sorted(quality["sensors"], key=lambda row: order.index(row["grade"]))
    parts = [
        "# Data quality",
        "\n".join(f"- {line}" for line in tell_record(quality)),
        f"{summarise(quality)}. Grades follow from the training part alone.",
        table(HEADINGS, [_cells(row) for row in rows]),
    ]
    return "\n\n".join(parts) + "\n"


def quality_section(quality: Quality) -> str:
    """A few lines for the report: what was read, and every sensor that is not good."""
    lines = [f"{summarise(quality)}. All in `quality.md`."]
    lines += [line for line in tell_record(quality) if not line.startswith("read ")]
    bad = [row for row in quality["sensors"] if row["grade"] != "good"]
    lines += [f"`{row['sensor']}` is {row['grade']}: {'; '.join(row['why'])}" for row in bad[:MOST]]
    lines += [f"and {len(bad) - MOST} more that are not good"] * (len(bad) > MOST)
    return "\n".join(f"- {line}" for line in lines)


def tell_record(quality: Quality) -> Iterator[str]:
    """What happened to files, rows and times, as far as there is anything to say."""
    files, rows = quality.get("files", 0), quality.get("rows", quality["readings"])
    kept = many(quality["readings"], "reading")
    yield f"read {many(files, 'file')}, {many(rows, 'row')}; kept {kept}"
    if unnamed := quality.get("rows_without_asset"):
        yield f"left out {many(unnamed, 'row')}: nothing says of which asset"
    if lost := quality.get("rows_without_time"):
        yield f"left out {many(lost, 'row')}: no time can be read, as {quality['unread_time']!r}"
    if again := quality.get("rows_of_a_time_again"):
        yield f"left out {many(again, 'row')}: a later one is of the same time"
    if back := quality.get("steps_back"):
        yield f"put {many(back, 'row')} into the order of time"
    if pauses := quality.get("pauses"):
        longest, step = quality["longest_pause"], quality["step"]
        yield f"{many(pauses, 'pause')}, the longest {longest}; the usual step is {step}"
    if faults := quality.get("never_healthy"):
        yield f"no reading is healthy by {', '.join(faults)}: `source.labels` says what is"
    if changes := quality.get("clock_changes"):
        when = ", ".join(changes[:3])
        yield f"local times seem to jump by an hour ({when}): `source.time.zone` mends it"


def _cells(row: Mapping[str, Any]) -> list[str]:
    span = "" if row["low"] is None else f"{row['low']:.4g} to {row['high']:.4g}"
    missing = [f"{row[key]:.1%}" for key in ("missing", "missing_anywhere")]
    why = "; ".join(row["why"]).replace("|", "\\|")
    return [row["sensor"].replace("|", "\\|"), row["grade"], why, *missing, span, row["unit"]]
