"""What was written after the last snapshot, before it is folded again."""

import sqlite3

from matts.serve.service.fold import Fold
from matts.serve.service.outputs import Outputs, write_outputs
from matts.serve.service.verdicts import Layout


def take_back(database: sqlite3.Connection, number: int, fold: Fold) -> None:
    """Let alarms, audit and labels stand where the fold does, which is after that entry.

    What follows is folded again. By the same models and settings the same comes out; by others
    perhaps fewer alarms, of which none may be left that the book does not know.
    """
    following = fold.book.following
    for table, key, first in (
        ("alarms", "id", following),
        ("similar", "alarm", following),
        ("audit", "line", fold.line),
        ("completed", "number", number + 1),
    ):
        database.execute(f"DELETE FROM {table} WHERE {key} >= ?", (first,))  # noqa: S608 (our own)
    database.execute("DELETE FROM labels")
    labels = fold.feedback.labels_by_alarm()
    write_outputs(database, Outputs(number, alarms=fold.book.alarms, labels=labels), NOTHING, 0)


NOTHING = Layout((), ())  # of verdicts, of which none is written here: each is written over
