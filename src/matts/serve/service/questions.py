"""What is read from the journal's database: the past of an asset, alarms, audit, labels."""

import json
import sqlite3
from collections.abc import Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, NamedTuple

from matts.serve.alarms.feedback import by_time
from matts.serve.service.schema import reading
from matts.serve.service.verdicts import Layout, Past, unpack

VERDICT = "body, fault, note, parts, chances, told"
Tree = dict[str, Any]


class Span(NamedTuple):
    """Which verdicts of an asset: by time, both ends in it, and at most so many, the last ones."""

    asset: str
    start: float
    stop: float
    rows: int


class Questions:
    """Answers from the database; each sees all that was committed, and changes nothing."""

    def __init__(self, path: Path, layout: Layout, shape: int) -> None:
        self.path, self.layout, self.shape = path, layout, shape

    def _ask(self) -> AbstractContextManager[sqlite3.Connection]:
        return reading(self.path)

    def past(self, span: Span) -> Past:
        """Verdicts in the order of time; those of models with other sensors are left out."""
        question = (
            f"SELECT {VERDICT} FROM verdicts WHERE asset = ? AND time >= ? AND time <= ? "  # noqa: S608 (our own names)
            "AND layout = ? ORDER BY time DESC LIMIT ?"
        )
        asked = (span.asset, span.start, span.stop, self.shape, span.rows)
        with self._ask() as database:
            rows = database.execute(question, asked).fetchall()
        return unpack(rows[::-1], self.layout)

    def told_between(self, asset: str, number: int, last: int, rows: int) -> Past:
        """Verdicts told after one number and up to another, the last ones, in that order."""
        question = (
            f"SELECT {VERDICT} FROM verdicts WHERE asset = ? AND told > ? AND told <= ? "  # noqa: S608 (our own names)
            "AND layout = ? ORDER BY told DESC, number DESC LIMIT ?"
        )
        with self._ask() as database:
            asked = (asset, number, last, self.shape, rows)
            found = database.execute(question, asked).fetchall()
        return unpack(found[::-1], self.layout)

    def alarms(self, state: str, asset: str, limit: int) -> tuple[list[Tree], int]:
        """Alarms, the last first, and how many there are; empty words ask for all."""
        where = "(? = '' OR state = ?) AND (? = '' OR asset = ?)"
        asked = (state, state, asset, asset)
        with self._ask() as database:
            total = database.execute(
                f"SELECT count(*) FROM alarms WHERE {where}",  # noqa: S608 (our own words)
                asked,
            ).fetchone()[0]
            rows = database.execute(
                f"SELECT body FROM alarms WHERE {where} ORDER BY id DESC LIMIT ?",  # noqa: S608
                (*asked, limit),
            ).fetchall()
        return [json.loads(body) for (body,) in rows], total

    def anomalies(self, asset: str, limit: int) -> list[Tree]:
        """Alarms of the detector, the last first."""
        question = (
            "SELECT body FROM alarms WHERE (? = '' OR asset = ?) "
            "AND json_extract(body, '$.key') = 'anomaly' ORDER BY id DESC LIMIT ?"
        )
        return self._bodies(question, (asset, asset, limit))

    def alarm(self, number: int) -> Tree | None:
        """One alarm; None: there is none."""
        found = self._bodies("SELECT body FROM alarms WHERE id = ?", (number,))
        return found[0] if found else None

    def audit(self, alarm: int | None = None) -> list[Tree]:
        """Lines of the audit trail, of one alarm or of all, in their order."""
        return self._lines("WHERE ? IS NULL OR alarm = ? ORDER BY line", (alarm, alarm))

    def last_lines(self, asset: str, limit: int) -> list[Tree]:
        """Lines of the audit trail, the last first; of an asset, or of the whole plant."""
        asked = (asset, asset, limit)
        return self._lines("WHERE ? = '' OR asset = ? ORDER BY line DESC LIMIT ?", asked)

    def _lines(self, which: str, asked: Sequence[Any]) -> list[Tree]:
        names = ("number", "time", "alarm", "asset", "kind", "who", "text")
        question = f"SELECT {', '.join(names)} FROM audit {which}"  # noqa: S608 (our own words)
        with self._ask() as database:
            rows = database.execute(question, asked).fetchall()
        return [dict(zip(names, row, strict=True)) for row in rows]

    def similar(self, alarm: int) -> list[Tree]:
        """The past events that an alarm was most like when it came."""
        found = self._bodies("SELECT body FROM similar WHERE alarm = ?", (alarm,))
        events: list[Tree] = found[0] if found else []
        return events

    def labels(self) -> list[Tree]:
        """What operators said, as labels, by time of the readings."""
        return sorted(self._bodies("SELECT body FROM labels ORDER BY line", ()), key=by_time)

    def completed(self, limit: int) -> list[Tree]:
        """Completed units, the last first."""
        question = "SELECT number, asset, body FROM completed ORDER BY number DESC LIMIT ?"
        with self._ask() as database:
            rows = database.execute(question, (limit,)).fetchall()
        return [{"number": n, "asset": asset, **json.loads(body)} for n, asset, body in rows]

    def _bodies(self, question: str, asked: Sequence[Any]) -> list[Any]:
        with self._ask() as database:
            return [json.loads(body) for (body,) in database.execute(question, asked).fetchall()]
