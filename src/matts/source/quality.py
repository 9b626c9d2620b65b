"""Grade every sensor good, suspect or unusable, and say why.

What is left out follows from the training part alone: to drop a sensor for what it does in the test
part would be to learn from it. What is found later is told, and nothing follows.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Literal, NamedTuple

import numpy as np

from matts.domain import Floats, Ints, Readings
from matts.source.quality_settings import QualitySettings

Grade = Literal["good", "suspect", "unusable"]
Odd = Mapping[str, Any]  # of one sensor: cells with text, an example, readings out of range
Quality = dict[str, Any]  # what quality.json holds
Reasons = dict[Grade, list[str]]

WORST: tuple[Grade, ...] = ("unusable", "suspect", "good")
SEVERAL = 8  # names in a sentence
TO_SPREAD = 1.4826  # of a normal distribution, from the median distance to the median


class Trained(NamedTuple):
    """One sensor's readings in the training part."""

    values: Floats  # [R], nan where missing
    healthy: Floats  # [H], those without a fault: a fault may well hold a sensor, or shake it
    runs: Ints  # [H]: the unbroken run that each of these is in

    @property
    def known(self) -> Floats:
        """Those that are not missing."""
        known: Floats = self.values[np.isfinite(self.values)]
        return known

    @property
    def missing(self) -> float:
        """The share of them that is missing."""
        return 1 - len(self.known) / max(len(self.values), 1)

    @property
    def distinct(self) -> int:
        """How many different numbers there are."""
        return len(np.unique(self.known))


def grade_sensors(
    readings: Readings,
    train: Ints,
    odd: Mapping[str, Odd],
    units: Mapping[str, str],
    settings: QualitySettings,
) -> list[dict[str, Any]]:
    """A row a sensor, in their order: sensor, grade, why, shares missing, range, unit."""
    values = readings.values
    healthy = train[readings.healthy[train]]
    breaks = (np.diff(healthy) != 1) | (np.diff(readings.segments[healthy]) != 0)
    runs = np.concatenate([[0], np.cumsum(breaks)])[: len(healthy)]
    rows = []
    for f, name in enumerate(readings.sensors):
        trained = Trained(values[train, f], values[healthy, f], runs)
        anywhere = float(np.isnan(values[:, f]).mean())
        reasons = _reasons(trained, odd.get(name, {}), anywhere, settings)
        row = {"sensor": name, **_grade(reasons), "missing": trained.missing}
        row |= {"missing_anywhere": anywhere, **_span(trained.known)}
        rows.append(row | {"unit": units.get(name, "unknown")})
    return rows


def _grade(reasons: Reasons) -> dict[str, Any]:
    """The worst grade that there is a reason for, and all reasons."""
    worst = next(each for each in WORST if reasons[each] or each == "good")
    return {"grade": worst, "why": [why for each in WORST for why in reasons[each]]}


def _span(known: Floats) -> dict[str, float | None]:
    if not len(known):
        return {"low": None, "high": None}
    return {"low": float(known.min()), "high": float(known.max())}


def unusable(grades: Sequence[Mapping[str, Any]]) -> list[str]:
    """The sensors that nothing can be learnt from."""
    return [str(row["sensor"]) for row in grades if row["grade"] == "unusable"]


def describe_quality(
    found: Mapping[str, Any], graded: Sequence[dict[str, Any]], left_out: Sequence[str], kept: int
) -> Quality:
    """The record and its sensors as one plain tree."""
    return {
        **found,
        "readings": kept,
        "grades": {each: sum(row["grade"] == each for row in graded) for each in WORST[::-1]},
        "left_out": list(left_out),
        "sensors": list(graded),
    }


def summarise(quality: Mapping[str, Any]) -> str:
    """The sensors' grades in a line.

    >>> summarise({"grades": {"good": 3, "suspect": 0, "unusable": 1}, "left_out": ["flow"]})
    'Sensors: 3 good, 0 suspect, 1 unusable; left out: flow'
    """
    counts = ", ".join(f"{count} {each}" for each, count in quality["grades"].items())
    names = quality["left_out"]
    left_out = f"; left out: {', '.join(names[:SEVERAL])}" if names else ""
    return f"Sensors: {counts}{left_out}" + (", …" if len(names) > SEVERAL else "")


def many(count: int, noun: str) -> str:
    """A number of things.

    >>> many(1, "row"), many(2000, "row")
    ('1 row', '2,000 rows')
    """
    return f"{count:,} {noun}{'s' * (count != 1)}"


def tell(graded: Sequence[Mapping[str, Any]]) -> str:
    """Why the first few sensors are not good."""
    bad = [f"{row['sensor']} ({row['why'][0]})" for row in graded if row["grade"] != "good"]
    return ", ".join(bad[:SEVERAL]) + (", …" if len(bad) > SEVERAL else "")


def _reasons(trained: Trained, odd: Odd, anywhere: float, settings: QualitySettings) -> Reasons:
    """Everything that there is to say of a sensor, by the grade that it brings."""
    bad = _unusable(trained, settings)
    doubts = [] if bad else _doubts(trained, settings)
    if trained.missing <= settings.missing < anywhere:
        told = f"{trained.missing:.0%} in training"
        doubts.append(f"{anywhere:.0%} missing in the whole record, {told}")
    if "text" in odd:
        doubts.append(f"text in {many(odd['text'], 'cell')}, as {odd['example']!r}")
    if "comma" in odd:
        doubts.append(f"{odd['comma']}: source.read.decimal says if that is right")
    if "outside" in odd:
        doubts.append(f"{many(odd['outside'], 'reading')} out of the possible range")
    few = 0 < trained.distinct <= settings.few and not bad
    return {"unusable": bad, "suspect": doubts, "good": [f"{trained.distinct} values"] * few}


def _unusable(trained: Trained, settings: QualitySettings) -> list[str]:
    if not len(trained.known):
        return ["no reading in training"]
    if trained.distinct == 1:
        return [f"always {trained.known[0]:g} in training"]
    if trained.missing > settings.missing_most:
        return [f"{trained.missing:.0%} missing in training"]
    return []


def _doubts(trained: Trained, settings: QualitySettings) -> list[str]:
    missing = trained.missing
    told = [f"{missing:.0%} missing in training"] if missing > settings.missing else []
    lengths = _still(trained)
    if trained.distinct <= settings.few or not len(lengths):
        return told
    usual, longest = float(np.median(lengths)), int(lengths.max())
    if longest >= settings.stuck * usual:
        told.append(f"stands still for {longest:,} healthy readings, usually for {usual:g}")
    if spikes := _count_spikes(trained, settings.spike):
        told.append(many(spikes, "spike"))
    return told


def _still(trained: Trained) -> Ints:
    """How many healthy readings long each stretch of the same number is."""
    own, runs = trained.healthy, trained.runs
    if not len(own):
        return np.zeros(0, np.int64)
    changes = (own[1:] != own[:-1]) | (runs[1:] != runs[:-1])
    starts = np.concatenate([[0], np.flatnonzero(changes) + 1])
    lengths: Ints = np.diff(starts, append=len(own))[np.isfinite(own[starts])]
    return lengths


def _count_spikes(trained: Trained, limit: float) -> int:
    """How many single readings lie far off the median of themselves and their neighbours.

    Far is `limit` robust spreads of the sensor (the median distance to the median, times 1.48).
    """
    own, runs = trained.healthy, trained.runs
    spread = TO_SPREAD * float(np.nanmedian(np.abs(own - np.nanmedian(own))))
    if len(own) < 3 or not spread:  # noqa: PLR2004
        return 0
    three = np.stack([own[:-2], own[1:-1], own[2:]])
    inside = runs[2:] == runs[:-2]
    return int((np.abs(three[1] - np.median(three, axis=0))[inside] > limit * spread).sum())
