"""What stands in the journal: readings, actions, ticks, and how each is packed."""

import json
import sqlite3
from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np

from matts.serve.alarms.actions import Action
from matts.serve.live.reading import Reading

READING, END, ACTION, TICK, RESET = range(5)
MOST_SHAPES = 1000  # sets of sensor names that are kept once; a reading of others spells its own


class Entry(NamedTuple):
    """One entry: a reading, what somebody did, a tick of the clock, or a reset."""

    number: int
    kind: int
    received: float
    what: Reading | Action | None = None
    who: str = ""  # asked for a reset


class Shapes:
    """What many entries share, kept once: the names of their sensors, or how verdicts are laid."""

    def __init__(self, database: sqlite3.Connection) -> None:
        self.database = database
        rows = database.execute("SELECT id, body FROM shapes").fetchall()
        self.bodies: dict[int, Any] = {number: json.loads(body) for number, body in rows}
        self.numbers = {body: number for number, body in rows}
        self.quick: dict[tuple[str, ...], int] = {}

    def of_names(self, names: tuple[str, ...]) -> int | None:
        """The number of a set of names; None where there are too many already."""
        number = self.quick.get(names)
        if number is None and len(self.numbers) < MOST_SHAPES:
            number = self.quick[names] = self.of(list(names))
        return number

    def of(self, body: Any) -> int:
        """The number of a shape, which is kept from now on."""
        text = json.dumps(body)
        if text not in self.numbers:
            made = self.database.execute("INSERT INTO shapes (body) VALUES (?)", (text,))
            number = int(made.lastrowid or 0)
            self.numbers[text], self.bodies[number] = number, body
        return int(self.numbers[text])

    def forget(self) -> None:
        """Read them again: what was kept in a transaction that failed is not there."""
        self.__init__(self.database)  # type: ignore[misc]


def pack_reading(reading: Reading, shapes: Shapes) -> tuple[Any, ...]:
    """The columns of a reading: kind, received, asset, time, source, shape, body."""
    shape = shapes.of_names(tuple(reading.values))
    values = [np.nan if value is None else value for value in reading.values.values()]
    body = json.dumps(reading.values) if shape is None else np.array(values, "<f8").tobytes()
    kind = END if reading.end else READING
    return kind, reading.received, reading.asset, reading.time, reading.source, shape, body


def pack_action(action: Action) -> tuple[Any, ...]:
    """The same columns of an action."""
    body = json.dumps(action._asdict())
    return ACTION, action.time, action.asset, action.time, None, None, body


def unpack(row: tuple[Any, ...], shapes: Mapping[int, Any]) -> Entry:
    """An entry from its number and its columns."""
    number, kind, received, asset, time, source, shape, body = row
    what: Reading | Action | None = None
    if kind <= END:
        values = _values(shape, body, shapes)
        what = Reading(asset, time, values, number, received, source, kind == END)
    elif kind == ACTION:
        what = Action(**{**json.loads(body), "number": number})
    return Entry(number, kind, received, what, (source or "") if kind == RESET else "")


def _values(shape: int | None, body: bytes, shapes: Mapping[int, Any]) -> dict[str, float | None]:
    if shape is None:
        spelt: dict[str, float | None] = json.loads(body)
        return spelt
    values = np.frombuffer(body, "<f8").tolist()
    pairs = zip(shapes[shape], values, strict=True)
    return {name: None if value != value else value for name, value in pairs}  # noqa: PLR0124
