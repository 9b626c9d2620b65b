"""A first description of files that nobody described, with a comment beside what is a guess."""

import json
import re
from collections.abc import Iterator
from typing import Any, NamedTuple

import yaml

from matts.domain import BadInputError
from matts.drafting.columns import judge, sentences
from matts.drafting.meaning import Meaning
from matts.drafting.presets import choose
from matts.drafting.written import Look, look_at
from matts.readings import to_readings
from matts.source.described import to_table
from matts.source.settings import SourceSettings

SHOWN = 8  # sensors that are named


class Draft(NamedTuple):
    """A parameter file, what was seen, and what to look at before it is trusted."""

    text: str
    seen: list[str]
    doubts: list[str]


def draft(name: str, path: str) -> Draft:
    """Look at files and describe them.

    Raises:
        BadInputError: there are none, or nothing in them can be a sensor.
    """
    look = look_at(path)
    meaning = judge(look)
    if not meaning.sensors:
        names = ", ".join(look.columns)
        msg = f"at least one column of numbers is needed, got {names}"
        raise BadInputError(msg)
    source = describe(look, meaning)
    described = to_table(look.raw, SourceSettings.model_validate(source))
    presets = choose(to_readings(described.table))
    files, rows = len(look.raw.tables), len(look.cells)
    seen = [f"{files} file{'s' * (files > 1)}, {rows:,} rows, {len(meaning.sensors)} sensors"]
    seen += sentences(meaning)
    found = described.found
    lines = [
        f"# {name}, drafted by `make new-dataset` from {_line(path)}: {seen[0]}. Look through it.",
        *_source(source, meaning, found),
        "",
        *_block("windows", presets.windows),
        "",
        "# For a first run of about a minute; without these lines a run takes its time.",
        *(line for key, value in presets.others.items() for line in _block(key, value)),
    ]
    return Draft("\n".join(lines) + "\n", seen, [*_doubts(look, meaning, found), *presets.remarks])


def describe(look: Look, meaning: Meaning) -> dict[str, Any]:
    """The settings of the source that the draft says."""
    columns: dict[str, Any] = {"leave_out": [re.escape(name) for name in meaning.leave_out]}
    columns["words"] = meaning.words
    missing = {"missing": meaning.missing} if meaning.missing else {}
    parts = {
        "path": look.path,
        "files": list(look.files),
        "read": {**look.how, **missing},
        "time": meaning.time,
        "asset": meaning.asset,
        "columns": {key: value for key, value in columns.items() if value},
        "labels": meaning.labels,
    }
    return {key: value for key, value in parts.items() if value}


def _source(source: dict[str, Any], meaning: Meaning, found: dict[str, Any]) -> Iterator[str]:
    yield "source:"
    for key in ("path", "files", "read"):
        if key in source:
            yield f"  {key}: {_flow(source[key])}"
    yield from _time(source.get("time"), found)
    if "asset" in source:
        yield f"  asset: {_flow(source['asset'])}   # no window crosses from one to the next"
    yield f"  # every column is a sensor but those named here: {_names(meaning)}"
    if "columns" in source:
        yield "  columns:"
    if meaning.leave_out:
        yield "    leave_out:"
    for name, why in meaning.leave_out.items():
        yield f"      - {_flow(re.escape(name))}   # {_line(why)}"
    if meaning.words:
        yield f"    words: {_flow(meaning.words)}   # is this their order?"
    labels = source["labels"]
    yield f"  labels: {_flow(labels)}" + _hint(labels["kind"])
    yield '  # ranges: {".*temperature.*": [-50, 500]}   # other readings count as missing'


def _time(time: dict[str, Any] | None, found: dict[str, Any]) -> Iterator[str]:
    if not time:
        yield "  # time: {column: …}   # rows are taken to be in order"
        return
    step = str(found["step"]).removeprefix("0 days ")
    yield f"  time: {_flow(time)}   # usual step {step}, {found['pauses']} pauses"
    if changes := found.get("clock_changes"):
        yield f"  # its clock seems to jump ({changes[0]}): say `zone: Europe/Berlin`, or yours"


def _names(meaning: Meaning) -> str:
    more = len(meaning.sensors) - SHOWN
    return _line(", ".join(meaning.sensors[:SHOWN])) + (f" and {more} more" if more > 0 else "")


def _hint(kind: str) -> str:
    return {
        "none": "   # columns, class, intervals or run_to_failure, should anybody know",
        "class": "   # all that is not healthy is a fault",
        "columns": "   # fault: column",
        "run_to_failure": "   # each machine runs until it fails",
    }[kind]


def _doubts(look: Look, meaning: Meaning, found: dict[str, Any]) -> Iterator[str]:
    """What somebody who knows the machine should look at."""
    for name, cell in look.unsure.items():
        sign = "the decimal sign" if look.how.get("decimal") == "," else "of thousands"
        yield f"the comma of {cell} in {name} is taken to be {sign}: source.read.decimal says so"
    if meaning.labels["kind"] == "none":
        yield "no labels were found: without any nobody can say how many faults are found"
    if faults := found.get("never_healthy"):
        yield f"no reading is healthy by {', '.join(faults)}: say in source.labels what is"
    if meaning.missing:
        yield f"no reading is where {', '.join(meaning.missing[:SHOWN])} stands"
    if again := found.get("rows_of_a_time_again"):
        yield f"{again:,} rows have a time that comes again: the last of each is kept"
    if changes := found.get("clock_changes"):
        yield f"the clock seems to jump by an hour ({changes[0]}): say source.time.zone"
    if not meaning.time:
        yield "no times were found: rows that are not in order must not be split by time"


def _block(key: str, value: dict[str, Any]) -> Iterator[str]:
    yield f"{key}:"
    for name, each in value.items():
        yield f"  {name}: {_flow(each)}"


def _flow(value: Any) -> str:
    """A value in one line of YAML."""
    dumped = yaml.safe_dump(
        value, default_flow_style=True, allow_unicode=True, sort_keys=False, width=10**6
    )
    text = str(dumped).strip().removesuffix("...").strip()
    return json.dumps(value, ensure_ascii=False) if "\n" in text else text  # which is YAML, too


def _line(text: str) -> str:
    """A text as a comment may hold it: all in one line."""
    return " ".join(text.split())
