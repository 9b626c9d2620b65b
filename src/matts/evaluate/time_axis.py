"""Every detector on one axis of time, above the true faults."""

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np

from matts.domain import BadInputError, Bools, Floats, Ints
from matts.evaluate.charts import Bands, Chart, Layer, Line, Panel, Points
from matts.evaluate.plots import BLUE, GREY, VERMILLION, fault_lanes

MOST_STEPS = 1200  # of readings that are drawn as one: no more fit on a screen
HIGHEST = 2.0  # times as far from the middle as the threshold is: the top of a row
SHADE = "#E9E2D0"
TALL = 0.42  # inches of a detector's row


class Course(NamedTuple):
    """What one detector said of N readings."""

    scores: Floats  # [N]
    threshold: float


def detectors_over_time(
    courses: Mapping[str, Course],
    positions: Ints,
    faults: Bools,
    fault_names: tuple[str, ...],
    source: str,
) -> Chart:
    """A row a detector: its scores in units of its own threshold, its alerts true and false.

    In a row of height 1 the middle of the scores lies at the bottom, the threshold half way up.
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
        layers += _row(course, positions, faulty, row, every)
    scored = Panel("", layers, list(courses), height=0.6 + TALL * len(courses))
    truth = Panel("true faults", lanes, names, height=0.4 + 0.3 * len(lanes))
    drawn = "" if every == 1 else f", the highest of {every} readings"
    title = f"All detectors on one axis: scores from their middle to twice the threshold{drawn}"
    return Chart(f"{title}\n{source}", "reading", (scored, *([truth] if lanes else [])), whole=True)


def _shade(positions: Ints, faulty: Bools, rows: int) -> Bands:
    """The true events, behind all rows."""
    (lane,) = fault_lanes(positions, faulty[:, None], ("true faults",))
    return Bands(lane.spans, lane.name, SHADE, lane=(rows - 1) / 2, height=float(rows))


def _row(course: Course, positions: Ints, faulty: Bools, row: int, every: int) -> list[Layer]:
    """The line of a detector in its row, the threshold, and its alerts."""
    starts = np.arange(0, len(positions), every)
    highest = np.maximum.reduceat(course.scores, starts)
    alerts = highest >= course.threshold
    true = np.asarray(np.logical_or.reduceat(faulty & (course.scores >= course.threshold), starts))
    x, y = positions[starts], row + 0.4 - 0.8 * heights(course, highest)
    limit = row + 0.4 - 0.8 * heights(course, np.full(2, course.threshold))
    return [
        Line(positions[[0, -1]], limit, "threshold", GREY, dashed=True, width=0.6),
        Line(x, y, "score", GREY, width=0.7),
        Points(x[alerts & ~true], y[alerts & ~true], "false alert", VERMILLION, "circle", 2),
        Points(x[true], y[true], "true alert", BLUE, "circle", 4),
    ]


def heights(course: Course, scores: Floats) -> Floats:
    """Scores as heights in a row: 0 at the middle of all, a half at the threshold, 1 at most.

    >>> course = Course(np.array([1.0, 2.0, 3.0]), threshold=4.0)
    >>> heights(course, np.array([0.0, 2.0, 4.0, 9.0])).tolist()
    [0.0, 0.0, 0.5, 1.0]
    """
    middle = float(np.median(course.scores))
    reach = course.threshold - middle
    if not np.isfinite(reach) or reach <= 0:
        middle, reach = float(course.scores.min()), float(np.ptp(course.scores)) / HIGHEST or 1.0
    return np.asarray(np.clip((scores - middle) / reach, 0, HIGHEST) / HIGHEST)
