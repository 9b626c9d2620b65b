"""Pictures of events: which sensors made them, and what they were called."""

from collections.abc import Sequence

import numpy as np

from matts.diagnose.novelty import UNKNOWN
from matts.domain import Bools, Floats, Ints
from matts.evaluate.charts import Bands, Chart, Heatmap, Layer, Mark, Panel, Points
from matts.evaluate.event_report import named
from matts.evaluate.events import BEFORE, Card, Told
from matts.evaluate.plots import BLACK, BLUE, GREY, ORANGE, VERMILLION, fault_lanes
from matts.evaluate.runs import runs
from matts.evaluate.similar import segments_of
from matts.evaluate.time_axis import SHADE

MAPPED = 8  # events on a map
LONGEST = 16  # readings of one event on it
ROWS = 20  # sensors on it, the others together in one row
UNLABELLED = "not labelled"
LEAST = 0.1  # of an event's largest part: a sensor that never had so much has no row
OUTCOMES: tuple[tuple[str, str, Mark], ...] = (
    ("named right", BLUE, "circle"),
    ("named wrong", ORANGE, "square"),
    ("called unknown", GREY, "diamond"),
    ("false alarm", VERMILLION, "x"),
)
UNJUDGED: tuple[tuple[str, str, Mark], ...] = ((UNLABELLED, BLUE, "circle"),)


def contribution_map(told: Told, cards: Sequence[Card], source: str) -> Chart:
    """Sensors over the readings of the strongest events, each shaded by its largest part."""
    if not cards:
        nothing = Points(np.empty(0), np.empty(0), "no alert", GREY)
        return Chart(f"There were no alerts\n{source}", "", (Panel("sensor", (nothing,)),))
    columns, names = _columns(told, cards[:MAPPED])
    parts, rows = _largest_rows(columns, told.windows.sensors)
    cells = Heatmap(parts, (), "part of the event's largest contribution")
    panel = Panel("sensor", (cells, _gaps(parts)), rows, height=1 + 0.24 * len(rows))
    count = min(len(cards), MAPPED)
    title = f"What made the {count} strongest events, {BEFORE} readings around each"
    return Chart(f"{title}\n{source}", "first reading of an event", (panel,), names)


def _gaps(parts: Floats) -> Bands:
    """What lies between events."""
    places = np.flatnonzero(np.isnan(parts).all(axis=0))
    spans = np.column_stack([places - 0.5, places + 0.5])
    return Bands(
        spans, "between events", SHADE, lane=(len(parts) - 1) / 2, height=float(len(parts))
    )


def _columns(told: Told, cards: Sequence[Card]) -> tuple[Floats, list[str]]:
    """A column a reading, scaled by event, an empty one between events; and their names."""
    columns, names = [np.empty((0, len(told.windows.sensors)))], []
    gap = np.full((1, len(told.windows.sensors)), np.nan)
    for card in cards:
        start = int(np.flatnonzero(told.windows.positions == card["first_reading"])[0])
        before = min(BEFORE, start)
        around = slice(start - before, start + min(card["readings"], LONGEST) + BEFORE)
        parts = np.maximum(told.parts[around], 0)
        columns += [parts / max(np.nanmax(parts), 1e-300), gap]
        label = f"{card['first_reading']:,}\n{named(card)}".replace(" ", "\n")
        names += [*[""] * before, label, *[""] * (len(parts) - before)]
    return np.concatenate(columns)[:-1], names[:-1]


def _largest_rows(columns: Floats, sensors: Sequence[str]) -> tuple[Floats, list[str]]:
    """The sensors with the largest parts, the largest on top, and the mean of the others."""
    known = np.nan_to_num(columns)
    order = np.argsort(-known.sum(axis=0), kind="stable")
    shown = order[known.max(axis=0)[order] >= LEAST][:ROWS]
    others = np.setdiff1d(order, shown)
    rows, names = columns[:, shown].T, [sensors[k] for k in shown]
    if len(others):
        mean = columns[:, others].mean(axis=1)
        rows, names = np.vstack([rows, mean]), [*names, f"mean of {len(others)} others"]
    return rows, names


def event_timeline(told: Told, cards: Sequence[Card], source: str) -> Chart:
    """When there were events and what they were called, above the true faults."""
    windows = told.windows
    called = [*windows.fault_names, UNKNOWN]
    lanes = fault_lanes(windows.positions, windows.faults, windows.fault_names)
    truth = [f"{lane.name} ({len(lane.spans)})" for lane in lanes]
    rows = [f"{name} ({sum(card['fault'] == name for card in cards)})" for name in called]
    panels = [Panel("called", _events(cards, called), rows, height=0.6 + 0.4 * len(rows))]
    if lanes:
        height = 0.6 + 0.4 * len(lanes)
        panels.append(Panel("true faults", [*lanes, _missed(told)], truth, height=height))
    return Chart(f"Events by what they were called\n{source}", "reading", panels, whole=True)


def _events(cards: Sequence[Card], called: Sequence[str]) -> list[Layer]:
    """A mark an event, by how right it was named."""
    layers: list[Layer] = []
    judged = len(called) > 1  # there are faults with a name
    for outcome, colour, mark in OUTCOMES if judged else UNJUDGED:
        own = [card for card in cards if outcome_of(card) == outcome]
        x = np.array([card["first_reading"] for card in own], np.int64)
        y = np.array([called.index(card["fault"]) for card in own], np.float64)
        layers.append(Points(x, y, f"{outcome} ({len(own)})", colour, mark, 6))
    return layers


def outcome_of(card: Card) -> str:
    """How right an event was named.

    >>> outcome_of({"fault": "Bearing", "truth": ["Electric", "Bearing"]})
    'named right'
    >>> outcome_of({"fault": "unknown", "truth": []})
    'false alarm'
    """
    if card["truth"] is None:
        return UNLABELLED
    if not card["truth"]:
        return "false alarm"
    if card["fault"] == UNKNOWN:
        return "called unknown"
    return "named right" if card["fault"] in card["truth"] else "named wrong"


def _missed(told: Told) -> Points:
    """The true events of each fault without an alert."""
    windows, segments = told.windows, segments_of(told.windows)
    where = [
        (windows.positions[start], fault)
        for fault in range(len(windows.fault_names))
        for start, stop in _without(runs(windows.faults[:, fault], segments), told.alerts)
    ]
    x, y = np.array(where, np.float64).reshape(-1, 2).T
    return Points(x, y, f"missed ({len(x)})", BLACK, "circle-open", 9)


def _without(spans: Ints, alerts: Bools) -> Ints:
    """The spans in which nothing was alerted: [M, 2] -> [L, 2]."""
    return spans[[not alerts[start:stop].any() for start, stop in spans]]
