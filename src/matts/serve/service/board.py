"""How each asset is: the latest of all that is known of it."""

import math
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from matts.domain import State
from matts.serve.alarms.alarm import Alarm
from matts.serve.live.judged import Judged

ORDER = ("bad", "watch", "silent", "filling", "good", "completed")
DRIFT = ("ok", "warning", "drift")
NEAR = 0.5  # below the limit on the surprise axis: three times as usual
HIDDEN = ("normal", "shelved", "suppressed", "out_of_service")


@dataclass
class Row:
    """One asset."""

    name: str
    score: float = math.nan  # surprise of the deployed detector
    limit: float = math.nan
    fault: str = ""
    alert: bool = False
    first_time: float = math.nan
    last_time: float = math.nan
    received: float = 0.0
    readings: int = 0
    alerts: int = 0
    peak: float = 0.0
    quality: float = 1.0  # share of sensors that said something usable
    silent: bool = False
    completed: bool = False
    kinds: dict[str, str] = field(default_factory=dict)  # of drift, and how each stands
    mode: str = ""
    active: int = 0
    unacknowledged: int = 0

    @property
    def drift(self) -> str:
        """The worst of all kinds of drift."""
        return max(self.kinds.values(), key=DRIFT.index, default="ok")

    @property
    def health(self) -> str:
        """One word for the asset; what no detector has judged yet is not good, it is filling."""
        if self.completed:
            return "completed"
        if self.silent:
            return "silent"
        if self.alert or self.active:
            return "bad"
        near = self.score >= self.limit - NEAR
        worn = self.unacknowledged or self.drift != "ok" or self.quality < 0.9  # noqa: PLR2004
        calm = "filling" if math.isnan(self.score) else "good"
        return "watch" if near or worn else calm

    def to_tree(self) -> dict[str, Any]:
        """As the overview shows it."""
        plain = asdict(self)
        shown = ("name", "fault", "readings", "quality", "mode", "completed")
        return {name: plain[name] for name in shown} | {
            "drift": self.drift,
            "health": self.health,
            "score": number(self.score),
            "limit": number(self.limit),
            "last_time": number(self.last_time),
            "alarms": {"active": self.active, "unacknowledged": self.unacknowledged},
        }


def number(value: float) -> float | None:
    """A number that JSON can hold; None where it is none."""
    return float(value) if math.isfinite(value) else None


class Board:
    """Every asset that has spoken; a fold like all else."""

    def __init__(self, names: Iterable[str] = ()) -> None:
        self.rows = {name: Row(name) for name in names}
        self.changed: set[str] = set(self.rows)

    def row(self, name: str) -> Row:
        """The row of an asset, which is about to change."""
        self.changed.add(name)
        return self.rows.setdefault(name, Row(name))

    def arrive(self, asset: str, received: float) -> None:
        """A reading of it has come, though it may be judged later."""
        row = self.row(asset)
        row.received = max(row.received, received)

    def forget(self, asset: str) -> None:
        """An asset has gone, but for what somebody said of it."""
        if asset in self.rows and not self.rows[asset].mode:
            del self.rows[asset]
            self.changed.add(asset)

    def hear(self, judged: Judged, score: float, quality: float) -> None:
        """What one reading says."""
        row = self.row(judged.asset)
        if row.completed:  # another unit of the same name begins
            row = replace(Row(row.name), received=row.received, mode=row.mode, kinds=row.kinds)
            self.rows[row.name] = row
        row.readings += 1
        row.first_time = judged.time if math.isnan(row.first_time) else row.first_time
        row.silent, row.completed, row.quality = False, judged.end, quality
        if not judged.time < row.last_time:  # of a late one only its count is news
            row.last_time, row.score, row.limit = judged.time, score, judged.limit
            row.alert, row.fault = judged.alert, judged.fault
        row.alerts += int(judged.alert)
        row.peak = max(row.peak, score) if score == score else row.peak  # noqa: PLR0124

    def count(self, alarms: Iterable[Alarm]) -> None:
        """How many alarms each asset has now."""
        found: dict[str, list[int]] = {}
        for alarm in alarms:
            if alarm.state not in HIDDEN:
                counts = found.setdefault(alarm.asset, [0, 0])
                counts[0] += alarm.returned is None
                counts[1] += alarm.acknowledged is None
        for name, row in list(self.rows.items()):
            active, unacknowledged = found.get(name, (0, 0))
            if (active, unacknowledged) != (row.active, row.unacknowledged):
                self.changed.add(name)
                row.active, row.unacknowledged = active, unacknowledged

    def state(self) -> State:
        """All that it takes to go on."""
        return State({}, {"rows": [_plain(asdict(row)) for row in self.rows.values()]})

    def restore(self, state: State) -> None:
        """Go on from there."""
        self.rows = {each["name"]: Row(**_known(each)) for each in state.config["rows"]}
        self.changed = set(self.rows)


def rank(tree: dict[str, Any]) -> tuple[int, float, str]:
    """The place of a row of the overview: the worst first."""
    above = (tree["score"] or 0.0) - (tree["limit"] or 0.0)
    return ORDER.index(tree["health"]), -above, tree["name"]


def _plain(tree: dict[str, Any]) -> dict[str, Any]:
    """NaN as None, for JSON has none."""
    return {k: number(v) if isinstance(v, float) else v for k, v in tree.items()}


def _known(tree: dict[str, Any]) -> dict[str, Any]:
    return {k: v for k, v in tree.items() if v is not None}
