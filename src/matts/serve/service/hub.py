"""Who is told live: bounded queues between the engine's thread and the clients of the stream."""

import json
from collections import deque
from collections.abc import Mapping, Sequence
from threading import Lock
from time import monotonic
from typing import Any

import numpy as np
from numpy.typing import NDArray

from matts.serve.alarms.alarm import Alarm
from matts.serve.live.judged import Judged
from matts.serve.live.quality import GRADES
from matts.serve.service.board import rank
from matts.serve.service.engine import Engine
from matts.serve.service.outputs import Outputs
from matts.serve.service.verdicts import Past, rows_of, unpack

MOST = 20_000  # readings that wait to be told; older ones are in the history
ASSETS_SECONDS = 1.0  # between two changes of the overview

Message = tuple[str, str, Any]  # event, asset or "*", tree


class Hub:
    """Gathers what is to be told until somebody collects it, several times a second."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.lock = Lock()
        self.judged: deque[tuple[int, Judged]] = deque(maxlen=MOST)
        self.others: deque[Message] = deque(maxlen=MOST)
        self.assets_told = 0.0
        self.rows: dict[str, dict[str, Any]] = {}  # each asset as after the last step
        self.changed: set[str] = set()
        self._look()
        self.flood = engine.flood  # as those who listen were told
        self.listened = False  # nothing is gathered while there is no client
        self.number = max(
            engine.number, engine.told
        )  # of the last entry whose outputs are in the history

    def publish(self, out: Outputs) -> None:
        """Take what some entries led to; called on the engine's thread."""
        with self.lock:
            again = out.number <= self.engine.told  # who listened then was told, others can ask
            self.number = max(self.number, out.number)
            if out.reset is not None:
                self.rows = {}
            self._look()
            turned, self.flood = self.engine.flood != self.flood, self.engine.flood
            if not self.listened or again:
                return
            self.judged.extend((out.number, each) for each in out.judged)
            if out.reset is not None:
                self.others.append(("reset", "*", {"who": out.reset}))
            self.others.extend(self._alarms(out.alarms, turned=turned))
            if out.drifted:
                monitor = self.engine.fold.drift.status()
                found = [(name, monitor[name]) for name in out.drifted if name in monitor]
                self.others.extend(("drift", n, {"asset": n, **s.to_tree()}) for n, s in found)

    def _alarms(self, alarms: Sequence[Alarm], *, turned: bool) -> list[Message]:
        """Alarms that changed, each with whether there is a flood now.

        Where a flood ends and no alarm changes, the last alarm is told once more.
        """
        if turned and not alarms:
            alarms = sorted(self.engine.fold.book.alarms, key=_id)[-1:]
        return [("alarm", a.asset, a.to_tree() | {"flood": self.flood}) for a in alarms]

    def _look(self) -> None:
        """Take over the rows that changed; the engine's thread alone may, for it changes them."""
        board = self.engine.fold.board
        changed, board.changed = board.changed, set()
        self.rows |= {name: board.rows[name].to_tree() for name in changed if name in board.rows}
        for name in changed - board.rows.keys():  # it has gone
            self.rows.pop(name, None)
        self.changed |= changed

    def assets(self) -> list[dict[str, Any]]:
        """Every asset, the worst first."""
        with self.lock:
            return sorted(self.rows.values(), key=rank)

    def tell_status(self, tree: dict[str, Any]) -> None:
        """Tell everybody how the service is."""
        with self.lock:
            self.others.append(("status", "*", tree))

    def collect(self, wanted: frozenset[str]) -> tuple[int, list[Message]]:
        """What is new of the assets wanted: the last entry that it follows from, and messages."""
        with self.lock:
            judged, others, number = list(self.judged), list(self.others), self.number
            self.judged.clear()
            self.others.clear()
        by_asset: dict[str, list[tuple[int, Judged]]] = {}
        for told, each in judged:
            if each.asset not in wanted:
                continue
            by_asset.setdefault(each.asset, []).append((told, each))
        readings = [("readings", name, self._tree(name, own)) for name, own in by_asset.items()]
        return number, [*readings, *others, *self._overview()]

    def _overview(self) -> list[Message]:
        """The rows that changed, once a second."""
        if monotonic() < self.assets_told + ASSETS_SECONDS:
            return []
        self.assets_told = monotonic()
        with self.lock:
            changed, self.changed = self.changed, set()
            rows = [self.rows[name] for name in changed if name in self.rows]
        return [("assets", "*", {"assets": rows})] if rows else []

    def _tree(self, asset: str, judged: list[tuple[int, Judged]]) -> dict[str, Any]:
        rows = rows_of([each for _, each in judged], self.engine.layout, 0, 0)
        columns = [(row[8], row[6], row[7], row[9], row[10], row[1]) for row in rows]
        return readings_tree(asset, unpack(columns, self.engine.layout))


def _id(alarm: Alarm) -> int:
    return alarm.id


def readings_tree(asset: str, past: Past) -> dict[str, Any]:
    """Judged readings as the stream tells them."""
    records, layout = past.records, past.layout
    limits = records["limit"]
    return {
        "asset": asset,
        "times": plain(records["time"]),
        "numbers": records["number"].tolist(),
        "values": columns(layout.sensors, records["values"]),
        "expected": columns(layout.sensors, records["expected"]),
        "surprises": columns(layout.detectors, records["surprises"]),
        "limit": plain(limits)[-1] if len(limits) else None,
        "alerts": records["alert"].tolist(),
        "faults": past.faults,
        "quality": plain((records["grades"] == 0).mean(axis=1)),
        "graded": graded(layout.sensors, records["grades"]),
        "notes": past.notes,
    }


def columns(names: tuple[str, ...], table: NDArray[Any]) -> dict[str, list[float | None]]:
    """A list of numbers for each name: [N, F]."""
    return {name: plain(table[:, k]) for k, name in enumerate(names)}


def graded(names: Sequence[str], grades: NDArray[Any]) -> list[list[tuple[str, str]]]:
    """Of each reading the sensors that are not good, and what they are: codes [N, F] -> N lists.

    >>> graded(("force", "torque"), np.array([[0, 0], [0, 3]]))
    [[], [('torque', 'stuck')]]
    """
    found: list[list[tuple[str, str]]] = [[] for _ in grades]
    for row, sensor in np.argwhere(grades).tolist():
        found[row].append((names[sensor], GRADES[grades[row, sensor]]))
    return found


def plain(numbers: NDArray[Any]) -> list[float | None]:
    """Numbers for JSON, short where they are of single precision; None where one is none."""
    short = numbers.dtype.itemsize < 8  # noqa: PLR2004
    exact = np.round(numbers.astype(np.float64), 6) if short else numbers
    found: list[float | None] = exact.tolist()
    if not (known := np.isfinite(exact)).all():
        found = np.where(known, exact.astype(object), np.array(None, object)).tolist()
    return found


def encode(event: str, number: int, tree: Mapping[str, Any]) -> bytes:
    """One server-sent event; its id is the journal number that it stands at."""
    body = json.dumps(tree, separators=(",", ":"), allow_nan=False)
    return f"id: {number}\nevent: {event}\ndata: {body}\n\n".encode()
