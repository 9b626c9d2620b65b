"""ok, warning or drift: what several comparisons in a row say together."""

from dataclasses import asdict, dataclass, field
from typing import Any, Self

STATES = ("ok", "warning", "drift")


@dataclass
class Finding:
    """What one kind of drift has come to; `detail` is what the last comparison found."""

    state: str = "ok"
    hits: int = 0  # comparisons that found it
    clear: int = 0  # in a row that did not
    since: float | None = None  # when it was no longer ok
    sensors: list[str] = field(default_factory=list)
    detail: dict[str, Any] = field(default_factory=dict)

    def hear(self, found: bool, time: float, confirm: int, calm: int) -> None:  # noqa: FBT001
        """One more comparison; `confirm` make a drift, `calm` without one end it.

        >>> finding = Finding()
        >>> for found in (True, False, True, False, False):
        ...     finding.hear(found, 7.0, confirm=2, calm=2)
        ...     print(finding.state)

        Warning:
        warning
        drift
        drift
        ok
        """
        self.hits, self.clear = (self.hits + 1, 0) if found else (self.hits, self.clear + 1)
        if not found and self.clear >= calm:
            self.hits, self.since = 0, None
        elif self.since is None and self.hits:
            self.since = time
        self.state = STATES[0 if not self.hits else 2 if self.hits >= confirm else 1]

    def to_tree(self) -> dict[str, Any]:
        """As JSON shows it."""
        return {
            "state": self.state,
            "since": self.since,
            "sensors": self.sensors,
            **self.detail,
        }

    def state_tree(self) -> dict[str, Any]:
        """All of it, to be saved."""
        return asdict(self)

    @classmethod
    def from_tree(cls, tree: dict[str, Any]) -> Self:
        """The same again."""
        return cls(**tree)


def worst(states: list[str]) -> str:
    """The worst of several states.

    >>> worst(["ok", "warning"])
    'warning'
    """
    return max(states, key=STATES.index, default="ok")
