"""Everything that came, in the order in which it was taken; committed before it is answered."""

import sqlite3
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from threading import Lock
from typing import Any

from matts.serve.alarms.actions import Action
from matts.serve.live.reading import Reading
from matts.serve.service.entries import (
    END,
    RESET,
    TICK,
    Entry,
    Shapes,
    pack_action,
    pack_reading,
    unpack,
)
from matts.serve.service.schema import lock, open_database, transaction

INSERT = (
    "INSERT OR IGNORE INTO journal (kind, received, asset, time, source, shape, body) "
    "VALUES (?, ?, ?, ?, ?, ?, ?)"
)
COLUMNS = "number, kind, received, asset, time, source, shape, body"


class _Ticket:
    """Readings that wait for the next commit, and what came of it."""

    def __init__(self, readings: Sequence[Reading]) -> None:
        self.readings = readings
        self.new: list[bool] | None = None
        self.error: BaseException | None = None


class Journal:
    """The database of one service: one file, one process, one writer at a time.

    Whoever comes while another commits waits, and the next one commits for all that wait: a disk
    that takes its time for each commit is asked once, not once a request.
    """

    def __init__(self, path: Path, *, durable: bool = True) -> None:
        self.path = path
        self.held = lock(path)
        try:
            self.database = open_database(path, durable=durable)
        except BaseException:
            self.held.close()
            raise
        self.writing, self.waiting = Lock(), deque[_Ticket]()
        self.shapes = Shapes(self.database)
        self.last = self._last()

    def _last(self) -> int:
        """The highest number given so far, even where its entry is pruned."""
        found = self.database.execute(
            "SELECT max(seq) FROM sqlite_sequence WHERE name = 'journal'"
        ).fetchone()[0]
        return int(found or 0)

    def close(self) -> None:
        """Give the file back."""
        with self.writing:
            self.database.close()
            self.held.close()

    @contextmanager
    def write(self) -> Iterator[sqlite3.Connection]:
        """All that is written inside, or nothing; nobody else writes meanwhile."""
        with self.writing, transaction(self.database) as database:
            yield database

    def append(self, readings: Sequence[Reading]) -> list[bool]:
        """Write readings for good; False for one whose asset has one of that time already."""
        ticket = _Ticket(readings)
        self.waiting.append(ticket)
        with self.writing:
            if ticket.new is None and ticket.error is None:
                self._commit_waiting()
        if ticket.error is not None:
            raise ticket.error
        return ticket.new or []

    def _commit_waiting(self) -> None:
        """One transaction for all that wait."""
        tickets = [self.waiting.popleft() for _ in range(len(self.waiting))]
        try:
            with transaction(self.database):
                found = [[self._put(reading) for reading in t.readings] for t in tickets]
        except BaseException as error:
            for ticket in tickets:
                ticket.error = error
            self.shapes.forget()
            return
        for ticket, new in zip(tickets, found, strict=True):
            ticket.new = new
        self.last = self._last()

    def _put(self, reading: Reading) -> bool:
        return self.database.execute(INSERT, pack_reading(reading, self.shapes)).rowcount == 1

    def append_action(self, action: Action) -> int:
        """Write what somebody does: its number."""
        return self._append(pack_action(action))

    def append_tick(self, time: float) -> int:
        """Write that the clock says the time: its number."""
        return self._append((TICK, time, None, time, None, None, None))

    def append_reset(self, time: float, who: str) -> int:
        """Write that windows and alarms are to be forgotten: its number."""
        return self._append((RESET, time, None, time, who, None, None))

    def _append(self, row: tuple[Any, ...]) -> int:
        with self.writing:
            self.last = int(self.database.execute(INSERT, row).lastrowid or 0)
            return self.last

    def after(self, number: int, count: int) -> list[Entry]:
        """The entries that follow a number, at most so many."""
        question = f"SELECT {COLUMNS} FROM journal WHERE number > ? ORDER BY number LIMIT ?"  # noqa: S608
        with self.writing:
            rows = self.database.execute(question, (number, count)).fetchall()
        return [unpack(row, self.shapes.bodies) for row in rows]

    def newest(self) -> dict[str, float]:
        """The latest time of each asset."""
        question = "SELECT asset, max(time) FROM journal WHERE kind <= 1 GROUP BY asset"  # an index
        with self.writing:
            return dict(self.database.execute(question).fetchall())

    def prune(self, folded: int, keep: int, oldest: float) -> None:
        """Forget readings, and what was said of them, but the last ones; actions stay.

        Only what was folded goes: beyond `keep` entries, or received before `oldest`, up to the
        first that was not: a clock that was wrong for a while takes nothing with it.
        """
        young = self.database.execute(
            "SELECT number FROM journal WHERE kind <= ? AND received >= ? ORDER BY number LIMIT 1",
            (END, oldest),
        ).fetchone()
        old = young[0] - 1 if young else folded
        border = min(folded, max(self.last - keep, old))
        self.database.execute("DELETE FROM journal WHERE number <= ? AND kind <= ?", (border, END))
        self.database.execute("DELETE FROM journal WHERE number <= ? AND kind = ?", (folded, TICK))
        self.database.execute("DELETE FROM verdicts WHERE number <= ?", (border,))
