"""What operators say of alarms moves the limit of the asset, within bounds, and can be undone."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any, Self

from matts.domain import State
from matts.serve.alarms.actions import Action
from matts.serve.alarms.alarm import Alarm, Record
from matts.serve.alarms.settings import FeedbackSettings


@dataclass(frozen=True)
class Opinion:
    """What somebody said of one alarm."""

    alarm: int
    asset: str
    key: str
    spans: tuple[tuple[float, float], ...]  # first and last alert of each coming
    verdict: str  # false_alarm or confirmed
    fault: str
    who: str
    time: float

    @classmethod
    def of(cls, action: Action, alarm: Alarm) -> Self:
        """Said by that action of that alarm; a confirmed one keeps its fault if none is named."""
        fault = (action.fault or alarm.fault) if action.verdict == "confirmed" else ""
        return cls(
            *(alarm.id, alarm.asset, alarm.key, alarm.spans),
            *(action.verdict, fault, action.who, action.time),
        )


class Feedback:
    """The opinions that stand; each asset's shift is a fold of them, so that undoing is exact."""

    def __init__(self, settings: FeedbackSettings) -> None:
        self.settings = settings
        self._opinions: dict[int, Opinion] = {}  # by alarm, in the order of the first ones said

    def learn(self, action: Action, alarm: Alarm) -> list[Record]:
        """Hear what the book has accepted: feedback, or that it is undone; nothing else."""
        if action.kind not in ("feedback", "undo_feedback"):
            return []
        before = self.shift(alarm.asset)
        if action.kind == "feedback":
            self._opinions[alarm.id] = Opinion.of(action, alarm)
        else:
            self._opinions.pop(alarm.id, None)
        after = self.shift(alarm.asset)
        told = f"{before:+g} -> {after:+g}{self._why(alarm, before, after)}"
        at = (action.number, action.time, alarm.id, alarm.asset)
        return [Record(*at, "threshold", action.who, told)]

    def follow(self, alarm: Alarm) -> bool:
        """What was said of an alarm holds as long as it stands, and when it comes again.

        Whether its labels are other ones now.
        """
        said = self._opinions.get(alarm.id)
        if said is None or said.spans == alarm.spans:
            return False
        self._opinions[alarm.id] = replace(said, spans=alarm.spans)
        return True

    def _why(self, alarm: Alarm, before: float, after: float) -> str:
        if before != after:
            return ""
        return " (as far as it goes)" if alarm.key == "anomaly" else f" ({alarm.key} has no part)"

    def shift(self, asset: str) -> float:
        """How far the limit of the asset is moved, on the surprise axis; up is less sensitive.

        Only alarms of the detector count: a silent sensor says nothing of its threshold.
        """
        said = [
            each.verdict
            for each in self._opinions.values()
            if each.asset == asset and each.key == "anomaly"
        ]
        return moved(said, self.settings)

    def shifts(self) -> dict[str, float]:
        """The shift of each asset that anybody has spoken of."""
        return {each.asset: self.shift(each.asset) for each in self._opinions.values()}

    def labels(self) -> list[dict[str, Any]]:
        """A row for each coming of an alarm that was judged, by time of the readings.

        Its keys are asset, first, last, label, fault, who, time. The label is `faulty` or
        `healthy`, and a healthy row names no fault.
        """
        rows = [row for own in self.labels_by_alarm().values() for row in own]
        return sorted(rows, key=by_time)

    def labels_of(self, alarm: int) -> list[dict[str, Any]]:
        """The rows of one alarm; none where nobody has judged it."""
        said = self._opinions.get(alarm)
        if said is None or said.key != "anomaly":
            return []
        return [_row(said, *span) for span in said.spans]

    def labels_by_alarm(self) -> dict[int, list[dict[str, Any]]]:
        """The rows of each alarm that was judged."""
        return {alarm: self.labels_of(alarm) for alarm in self._opinions}

    def state(self) -> State:
        """All that it takes to go on from here."""
        return State({}, {"opinions": [asdict(each) for each in self._opinions.values()]})

    def restore(self, state: State) -> None:
        """Go on from a state, as if nothing had been between."""
        self._opinions = {}
        for tree in state.config["opinions"]:
            spans = tuple((first, last) for first, last in tree["spans"])
            self._opinions[tree["alarm"]] = Opinion(**{**tree, "spans": spans})


def moved(verdicts: Sequence[str], settings: FeedbackSettings) -> float:
    """Where verdicts, one after the other, bring a shift that begins at 0 and has bounds.

    >>> moved(["false_alarm"] * 9, FeedbackSettings(step=0.25, most_up=1.0))
    1.0
    """
    shift = 0.0
    for verdict in verdicts:
        step = settings.step if verdict == "false_alarm" else -settings.step
        shift = min(max(shift + step, -settings.most_down), settings.most_up)
    return shift


def by_time(row: dict[str, Any]) -> tuple[float, str]:
    """The place of a label among others."""
    return row["first"], row["asset"]


def _row(said: Opinion, first: float, last: float) -> dict[str, Any]:
    faulty = said.verdict == "confirmed"
    return {
        "asset": said.asset,
        "first": first,
        "last": last,
        "label": "faulty" if faulty else "healthy",
        "fault": (said.fault or "Fault") if faulty else "",
        "who": said.who,
        "time": said.time,
    }
