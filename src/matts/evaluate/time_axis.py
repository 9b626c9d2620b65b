"""Every detector on one axis of time, above the true faults."""

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np

from matts.domain import BadInputError, Bools, Floats, Ints
from matts.evaluate.charts import Bands, Chart, Layer, Line, Panel, Points
from matts.evaluate.plots import BLACK, BLUE, GREY, VERMILLION, fault_lanes

MOST_STEPS = 1200  # of readings that are drawn as one: no more fit on a screen
TOP = 5.0  # of a row: as high as one healthy window in 100,000
SHADE = "#E9E2D0"
TALL = 0.42  # inches of a detector's row


class Course(NamedTuple):
    """What one detector said of N readings."""

    scores: Floats  # [N], surprises: -log10 of how often a healthy window scores as high
    threshold: float  # on that scale
    alerts: Bools  # [N]


def detectors_over_time(
    courses: Mapping[str, Course],
    positions: Ints,
    faults: Bools,
    fault_names: tuple[str, ...],
    source: str,
) -> Chart:
    """A row a detector: its scores on the one scale, its threshold, its alerts true and false.

    Where there are too many readings for a screen, the highest score of several is drawn.
    """
    if not courses or not len(positions):
        msg = f"a time axis needs detectors and readings, got {len(courses)} and {len(positions)}"
        raise BadInputError(msg)
    every = -(-len(positions) // MOST_STEPS)
    faulty = np.asarray(faults.any(axis=1))
    lanes = fault_lanes(positions, faults, fault_names)
    names = [f"{lane.name} ({len(lane.spans)})" for lane in lanes]
    layers: list[Layer] = [_shade(positions, faulty, len(courses))]
    for row, course in enumerate(courses.values()):
        layers += _row(course, positions, faulty if fault_names else course.alerts, row, every)
    scored = Panel("", layers, list(courses), height=0.6 + TALL * len(courses))
    truth = Panel("true faults", lanes, names, height=0.4 + 0.3 * len(lanes))
    drawn = "" if every == 1 else f", the highest of {every} readings"
    title = f"How rarely a healthy window scores as high: from 1 to 1 in {10**TOP:,.0f}{drawn}"
    return Chart(f"{title}\n{source}", "reading", (scored, *([truth] if lanes else [])), whole=True)


def _shade(positions: Ints, faulty: Bools, rows: int) -> Bands:
    """The true events, behind all rows."""
    (lane,) = fault_lanes(positions, faulty[:, None], ("true faults",))
    return Bands(lane.spans, lane.name, SHADE, lane=(rows - 1) / 2, height=float(rows))


def _row(course: Course, positions: Ints, faulty: Bools, row: int, every: int) -> list[Layer]:
    """The line of a detector in its row, the threshold, and its alerts."""
    starts = np.arange(0, len(positions), every)
    highest = np.maximum.reduceat(course.scores, starts)
    alerts = np.asarray(np.logical_or.reduceat(course.alerts, starts))
    true = np.asarray(np.logical_or.reduceat(course.alerts & faulty, starts))
    x, y = positions[starts], places(highest, row)
    limit = places(np.full(2, course.threshold), row)
    return [
        Line(x, y, "score", GREY, width=0.7),
        Line(positions[[0, -1]], limit, "threshold", BLACK, dashed=True, width=0.6),
        Points(x[alerts & ~true], y[alerts & ~true], "false alert", VERMILLION, "x", 3),
        Points(x[true], y[true], "true alert", BLUE, "circle", 4),
    ]


def places(surprises: Floats, row: int) -> Floats:
    """Where surprises [N] are drawn in a row, which counts downwards: 0 at its foot.

    >>> places(np.array([0.0, 2.5, 9.0]), row=1).round(3).tolist()
    [1.4, 1.0, 0.6]
    """
    return np.asarray(row + 0.4 - 0.8 * np.clip(surprises / TOP, 0, 1))
