"""Events: runs of alerts, each with a card that says when, how strong, where, which fault."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from matts.causes.explainer import Explainer
from matts.diagnose.novelty import UNKNOWN, Novelty
from matts.domain import Bools, Diagnoser, Floats, Windows
from matts.evaluate.runs import runs
from matts.evaluate.similar import (
    PastEvents,
    mean_ways,
    names,
    nearest,
    place_of,
    segments_of,
)
from matts.groups import SensorSettings

Card = dict[str, Any]

BEFORE = 4  # readings shown before an event, and after it
MOST_SENSORS = 5  # on a card
WHOLE = ""  # the component of a sensor that belongs to the whole machine


class Told(NamedTuple):
    """What the deployed models say of a part of the record, window by window."""

    windows: Windows  # [N]
    scores: Floats  # [N]
    alerts: Bools  # [N]
    parts: Floats  # [N, F], each sensor's part of the score; NaN far from any alert
    probabilities: Floats  # [N, K] of each fault; NaN where there is no alert
    unknown: Bools  # [N], alerts that no known fault looks like
    ways: Floats  # [N, F], which way the readings went; NaN where there is no alert


def listen(
    explainer: Explainer,
    diagnoser: Diagnoser | None,
    novelty: Novelty,
    windows: Windows,
    scores: Floats,
    alerts: Bools,
) -> Told:
    """Ask for the reasons where there are alerts: scores [N], alerts [N].

    Without a diagnoser no fault has a probability.
    """
    alarmed, near = windows.where(alerts), _near(alerts, windows)
    parts = np.full((len(windows), len(windows.sensors)), np.nan)
    parts[near] = explainer.parts(windows.where(near), scores[near])
    probabilities = np.full((len(windows), len(windows.fault_names)), np.nan)
    if diagnoser:
        probabilities[alerts] = diagnoser.probabilities(alarmed)
    ways = np.full(parts.shape, np.nan)
    ways[alerts] = novelty.directions(alarmed)
    unknown = np.zeros(len(windows), np.bool_)
    unknown[alerts] = novelty.unknown(alarmed)
    return Told(windows, scores, alerts, parts, probabilities, unknown, ways)


def _near(alerts: Bools, windows: Windows) -> Bools:
    """[N]: the alerts and a few windows of the same segment on either side."""
    segments, near = segments_of(windows), alerts.copy()
    for start, stop in runs(alerts, segments):
        around = slice(max(start - BEFORE, 0), stop + BEFORE)
        near[around] |= segments[around] == segments[start]
    return near


def write_cards(told: Told, past: PastEvents, sensors: SensorSettings) -> list[Card]:
    """A card for each run of alerts, the strongest first; of equal peaks the longest."""
    spans = runs(told.alerts, segments_of(told.windows))
    likes = nearest(past, mean_ways(told.ways, spans))
    cards = [
        {**_describe(told, start, stop), **_explain(told, start, stop, sensors), "similar": similar}
        for (start, stop), similar in zip(spans.tolist(), likes, strict=True)
    ]
    return sorted(cards, key=lambda card: (-card["peak"], -card["readings"]))


def _describe(told: Told, start: int, stop: int) -> Card:
    """When it was, how strong, what it was called and what it truly was, None: not labelled."""
    scores = told.scores[start:stop]
    known, probability = _likeliest(told, start, stop)
    peak, labelled = int(scores.argmax()), bool(told.windows.fault_names)
    return {
        **place_of(told.windows, start, stop),
        "readings": stop - start,
        "peak": float(scores[peak]),
        "peak_reading": int(told.windows.positions[start + peak]),
        "fault": UNKNOWN if told.unknown[start:stop].mean() > 0.5 else known,  # noqa: PLR2004
        "likeliest": known,
        "probability": probability,
        "unknown": float(told.unknown[start:stop].mean()),
        "truth": names(told.windows, start, stop) if labelled else None,
    }


def _likeliest(told: Told, start: int, stop: int) -> tuple[str, float | None]:
    """The likeliest fault over an event, and how likely; without a diagnoser there is none."""
    chances = told.probabilities[start:stop].mean(axis=0)
    if not np.isfinite(chances).any():
        return "", None
    return told.windows.fault_names[chances.argmax()], float(chances.max())


def _explain(told: Told, start: int, stop: int, sensors: SensorSettings) -> Card:
    """The sensors that contributed most over the event, and what each component did."""
    shares = shares_of(told.parts[start:stop])
    by_sensor = dict(zip(told.windows.sensors, shares.tolist(), strict=True))
    return {
        "sensors": dict(_largest(by_sensor)[:MOST_SENSORS]),
        "components": dict(_largest(by_component(by_sensor, sensors))),
    }


def shares_of(parts: Floats) -> Floats:
    """Each sensor's share of what made the scores high: [N, F] -> [F]; they add up to 1 or to 0.

    A sensor that made them lower has no share.

    >>> shares_of(np.array([[1.0, 3.0, -1.0], [1.0, 3.0, 0.0]])).tolist()
    [0.25, 0.75, 0.0]
    """
    sums = np.maximum(parts.sum(axis=0), 0)
    return np.asarray(sums / max(sums.sum(), 1e-300))


def by_component(shares: Mapping[str, float], sensors: SensorSettings) -> dict[str, float]:
    """The shares of like parts of the machine; empty where the machine has none."""
    found: dict[str, float] = {}
    for sensor, share in shares.items():
        place = sensors.place_of(sensor)
        component = WHOLE if place is None else place.component
        found[component] = found.get(component, 0.0) + share
    return {} if set(found) == {WHOLE} else found


def _largest(shares: Mapping[str, float]) -> list[tuple[str, float]]:
    return sorted(shares.items(), key=lambda each: -each[1])


def table_of(cards: Sequence[Card]) -> pd.DataFrame:
    """The cards as a table: a row an event, lists as text."""
    rows = [{**card, **in_words(card)} for card in cards]
    return pd.DataFrame(rows, columns=COLUMNS)


COLUMNS = [
    *("first_reading", "last_reading", "asset", "readings", "peak", "peak_reading"),
    *("fault", "likeliest", "probability", "unknown", "truth", "sensors", "components", "similar"),
]


def in_words(card: Mapping[str, Any]) -> dict[str, str]:
    """What a card says in lists, in a few words each."""
    return {
        "truth": " and ".join(card["truth"] or ()),
        "sensors": _told_shares(card["sensors"].items()),
        "components": _told_shares(
            (name or "whole machine", share) for name, share in card["components"].items()
        ),
        "similar": "; ".join(map(_told_past, card["similar"])),
    }


def _told_shares(shares: Iterable[tuple[str, float]]) -> str:
    return ", ".join(f"{name} {share:.0%}" for name, share in shares)


def _told_past(event: Card) -> str:
    """An event of the past: its faults, where it was, how far from this one.

    >>> _told_past(
    ...     {"faults": ["Bearing"], "first_reading": 9, "last_reading": 12, "distance": 0.25}
    ... )
    'Bearing at 9-12 (0.25)'
    """
    asset = f" of {event['asset']}" if event.get("asset") else ""
    return f"{' and '.join(event['faults'])} at {span(event)}{asset} ({event['distance']:.2f})"


def span(event: Mapping[str, Any]) -> str:
    """The first and the last reading of an event, or its only one.

    >>> span({"first_reading": 1200, "last_reading": 1200})
    '1,200'
    """
    first, last = event["first_reading"], event["last_reading"]
    return f"{first:,}" if first == last else f"{first:,}-{last:,}"
