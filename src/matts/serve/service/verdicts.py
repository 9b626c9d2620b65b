"""How verdicts are laid out in the database: one record of fixed size for each reading."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cached_property
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from matts.domain import Floats, Ints
from matts.serve.live.judged import Judged


@dataclass(frozen=True)
class Layout:
    """The names that the numbers of a verdict belong to."""

    sensors: tuple[str, ...]  # [F]
    detectors: tuple[str, ...]  # [D]

    @classmethod
    def read(cls, tree: Mapping[str, Any]) -> Self:
        """From its JSON form."""
        return cls(tuple(tree["sensors"]), tuple(tree["detectors"]))

    def to_tree(self) -> dict[str, Any]:
        """As JSON holds it."""
        return asdict(self)

    @cached_property
    def record(self) -> np.dtype[np.void]:
        """One verdict in bytes."""
        sensors, detectors = len(self.sensors), len(self.detectors)
        return np.dtype(
            [
                ("number", "<i8"),
                ("time", "<f8"),
                ("values", "<f8", (sensors,)),
                ("expected", "<f4", (sensors,)),
                ("grades", "u1", (sensors,)),
                ("scores", "<f8", (detectors,)),
                ("surprises", "<f4", (detectors,)),
                ("limit", "<f4"),
                ("alert", "?"),
            ]
        )

    def pack(self, judged: Sequence[Judged]) -> NDArray[np.void]:
        """[N] records of what was judged."""
        records = np.zeros(len(judged), self.record)
        silent = np.full(len(self.sensors), np.nan)
        names = self.detectors
        records["number"] = [each.number for each in judged]
        records["time"] = [each.time for each in judged]
        records["values"] = [each.values for each in judged]
        expected = [silent if each.expected is None else each.expected for each in judged]
        records["expected"] = expected
        records["grades"] = [each.grades for each in judged]
        records["scores"] = [[each.scores.get(n, np.nan) for n in names] for each in judged]
        records["surprises"] = [[each.surprises.get(n, np.nan) for n in names] for each in judged]
        records["limit"] = [each.limit for each in judged]
        records["alert"] = [each.alert for each in judged]
        return records


def rows_of(
    judged: Sequence[Judged], layout: Layout, shape: int, told: int
) -> list[tuple[Any, ...]]:
    """The rows of the table of verdicts."""
    records = layout.pack(judged)
    size, packed = layout.record.itemsize, records.tobytes()
    return [
        (
            *(each.number, told, each.asset, each.time, shape, int(each.alert)),
            *(each.fault, each.note, packed[k * size : (k + 1) * size]),
            None if each.contributions is None else np.asarray(each.contributions, "<f4").tobytes(),
            json.dumps(each.probabilities) if each.probabilities else None,
        )
        for k, each in enumerate(judged)
    ]


@dataclass(frozen=True)
class Past:
    """N verdicts on one asset in the order of time, all of one layout."""

    layout: Layout
    records: NDArray[np.void]  # [N]
    faults: list[str]
    notes: list[str]
    parts: list[bytes | None]
    chances: list[str | None]
    told: list[int]

    def __len__(self) -> int:
        return len(self.records)

    def shares(self, row: int) -> Floats | None:
        """Each sensor's share of a score [F]; None where there was no alert."""
        packed = self.parts[row]
        return None if packed is None else np.frombuffer(packed, "<f4")

    def probabilities(self, row: int) -> dict[str, float]:
        """How likely each fault is; nothing where there was no alert."""
        told = self.chances[row]
        found: dict[str, float] = json.loads(told) if told else {}
        return found

    def take(self, rows: Ints) -> "Past":
        """These verdicts."""
        columns = (self.faults, self.notes, self.parts, self.chances, self.told)
        lists: list[Any] = [[column[k] for k in rows] for column in columns]
        return Past(self.layout, self.records[rows], *lists)


def unpack(rows: Sequence[tuple[Any, ...]], layout: Layout) -> Past:
    """Verdicts from rows of body, fault, note, parts, chances, told."""
    bodies, faults, notes, parts, chances, told = zip(*rows, strict=True) if rows else ([],) * 6
    records = np.frombuffer(b"".join(bodies), layout.record)
    return Past(layout, records, *map(list, (faults, notes, parts, chances, told)))
