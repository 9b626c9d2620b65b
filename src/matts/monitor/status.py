"""What is told of drift: how an asset stands, and each change of it."""

from dataclasses import dataclass
from typing import Any, NamedTuple

Tree = dict[str, Any]


class DriftChange(NamedTuple):
    """An asset went from one state to another, or a new training is asked for."""

    asset: str
    time: float
    number: int
    kind: str  # error, input, latent, missing, or retrain
    before: str
    after: str
    sensors: tuple[str, ...]  # those concerned, the most moved first
    text: str


@dataclass(frozen=True)
class DriftStatus:
    """How an asset stands, with the sensors concerned, the most moved first."""

    state: str  # ok, warning or drift
    kinds: dict[str, Tree]
    sensors: tuple[str, ...]
    since: float | None  # when it was no longer ok
    retrain: bool
    counted: int  # readings that looked healthy
    left_out: int  # alerts and their neighbours

    def to_tree(self) -> Tree:
        """As JSON shows it."""
        return {
            "state": self.state,
            "kinds": self.kinds,
            "sensors": list(self.sensors),
            "since": self.since,
            "retrain": self.retrain,
            "counted": self.counted,
            "left_out": self.left_out,
        }
