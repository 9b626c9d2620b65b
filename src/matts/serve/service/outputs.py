"""What follows from the journal, written so that writing it again changes nothing."""

import json
import sqlite3
from dataclasses import dataclass, field
from typing import Any

from safetensors.numpy import load, save

from matts.domain import State
from matts.serve.alarms.alarm import MOST_COMINGS, Alarm, Record
from matts.serve.live.judged import Judged
from matts.serve.service.verdicts import Layout, rows_of

KEPT = 2  # snapshots
VERDICT = (  # judged again after a crash, a reading was told when it was told first
    "INSERT INTO verdicts VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (number) DO UPDATE "
    "SET layout = excluded.layout, alert = excluded.alert, fault = excluded.fault, "
    "note = excluded.note, body = excluded.body, parts = excluded.parts, chances = excluded.chances"
)


@dataclass
class Outputs:
    """What some entries led to."""

    number: int  # of the last entry
    judged: list[Judged] = field(default_factory=list)
    records: list[Record] = field(default_factory=list)
    alarms: list[Alarm] = field(default_factory=list)
    completed: list[tuple[int, str, dict[str, Any]]] = field(default_factory=list)
    labels: dict[int, list[dict[str, Any]]] = field(default_factory=dict)  # that changed, by alarm
    similar: dict[int, list[dict[str, Any]]] = field(default_factory=dict)  # past events, by alarm
    refused: dict[int, str] = field(default_factory=dict)  # actions that made no sense
    drifted: set[str] = field(default_factory=set)  # assets whose drift changed
    reset: str | None = None  # who asked for it; None: nobody
    first_line: int = 0  # of the audit


def write_outputs(database: sqlite3.Connection, out: Outputs, layout: Layout, shape: int) -> None:
    """Put all of it where it belongs; each row has a key that follows from the journal alone."""
    if out.reset is not None:
        database.execute("DELETE FROM alarms")
        database.execute("DELETE FROM similar")
    put = database.executemany
    rows = rows_of(out.judged, layout, shape, out.number) if out.judged else []
    put(VERDICT, rows)
    alarms = [(a.id, a.asset, a.state, a.raised, json.dumps(a.to_tree())) for a in out.alarms]
    put("INSERT OR REPLACE INTO alarms VALUES (?, ?, ?, ?, ?)", alarms)
    like = [(number, json.dumps(events)) for number, events in out.similar.items()]
    put("INSERT OR IGNORE INTO similar VALUES (?, ?)", like)  # as it was when the alarm came
    lines = [(out.first_line + k, *record) for k, record in enumerate(out.records)]
    put("INSERT OR REPLACE INTO audit VALUES (?, ?, ?, ?, ?, ?, ?, ?)", lines)
    done = [(number, asset, json.dumps(tree)) for number, asset, tree in out.completed]
    put("INSERT OR REPLACE INTO completed VALUES (?, ?, ?)", done)
    for alarm, labels in out.labels.items():
        first = alarm * (MOST_COMINGS + 1)  # so many lines an alarm, for it has no more labels
        last = first + MOST_COMINGS
        database.execute("DELETE FROM labels WHERE line BETWEEN ? AND ?", (first, last))
        put("INSERT INTO labels VALUES (?, ?)", [*enumerate(map(json.dumps, labels), first)])


def last_told(database: sqlite3.Connection) -> int:
    """The last entry whose verdicts were told to those who listen."""
    return int(database.execute("SELECT max(told) FROM verdicts").fetchone()[0] or 0)


def save_snapshot(
    database: sqlite3.Connection, number: int, version: str, states: dict[str, State]
) -> None:
    """Keep what the fold has come to after an entry."""
    arrays = {f"{name}:{k}": a for name, state in states.items() for k, a in state.arrays.items()}
    config = json.dumps({name: state.config for name, state in states.items()})
    row = (number, version, config, save(arrays))
    database.execute("INSERT OR REPLACE INTO snapshots VALUES (?, ?, ?, ?)", row)
    database.execute(
        "DELETE FROM snapshots WHERE number NOT IN "
        "(SELECT number FROM snapshots ORDER BY number DESC LIMIT ?)",
        (KEPT,),
    )


def load_snapshot(database: sqlite3.Connection) -> tuple[int, str, dict[str, State]] | None:
    """The last one: its entry, the version of the models, and the states; None: there is none."""
    row = database.execute("SELECT * FROM snapshots ORDER BY number DESC LIMIT 1").fetchone()
    if row is None:
        return None
    number, version, config, body = row
    states = {name: State({}, each) for name, each in json.loads(config).items()}
    for key, array in load(body).items():
        name, _, own = key.partition(":")
        states[name].arrays[own] = array
    return number, version, states
