"""Volume under the precision-recall surface: a ranking metric that forgives a small time shift.

Source: Paparrizos et al., "Volume Under the Surface: A New Accuracy Evaluation Measure for
Time-Series Anomaly Detection", PVLDB 15(11), 2022. The details on which the paper leaves a choice
follow aeon 1.6, so that the figures compare with published ones.
"""

import numpy as np

from matts.domain import BadInputError, Bools, Floats, Ints
from matts.evaluate.runs import runs

THRESHOLDS = 250  # sampled along the sorted scores, as in the paper's own code
MAX_BUFFER = 10  # readings


def vus_pr(
    faulty: Bools, scores: Floats, *, segments: Ints | None = None, max_buffer: int = MAX_BUFFER
) -> float | None:
    """Mean area under the range-based PR curve [0..1] over buffers of 0..max_buffer readings.

    A buffer slopes half its length off each side of an event, never into another segment. The
    literature takes the series' period or the window length; events of a few readings have no
    period, and a window's score trails its event by up to a window. So the default slopes at most
    5 readings, the usual window: a wider one would weigh more than the events themselves.
    Even perfect scores stay below 1 where the buffer is above 1, for the slopes count as missed.
    A constant score gets the share of faulty readings, its precision; without any: None.
    """
    if max_buffer < 0:
        msg = f"the largest buffer must be 0 readings or more, got {max_buffer}"
        raise BadInputError(msg)
    if not faulty.any():
        return None
    levels = _levels(scores)
    if not levels.any():
        return float(faulty.mean())
    segments = np.zeros(len(faulty), np.int64) if segments is None else segments
    buffers = range(max_buffer + 1)
    areas = [_area(faulty, levels, segments, buffer) for buffer in buffers]
    return float(np.mean(areas))


def _levels(scores: Floats) -> Ints:
    """The first of the falling thresholds that each score reaches: [N], 0 is the highest."""
    sampled = np.linspace(0, len(scores) - 1, THRESHOLDS, dtype=np.int64)
    # aeon samples from the top: counted from the bottom, other readings would be hit
    thresholds = np.unique(np.sort(scores)[::-1][sampled])
    return len(thresholds) - np.searchsorted(thresholds, scores, side="right")


def _area(faulty: Bools, levels: Ints, segments: Ints, buffer: int) -> float:
    """Area under the range-based PR curve for one buffer, all thresholds at once."""
    weights = _soften(faulty, segments, buffer)
    positives = (faulty.sum() + weights.sum()) / 2
    alerted = np.cumsum(np.bincount(levels))
    caught = np.cumsum(np.bincount(levels, weights=weights))
    precision = caught / alerted
    recall = np.minimum(caught / positives, 1) * _touched(weights > 0, levels, segments)
    return float(np.trapezoid(np.r_[1, precision], np.r_[0, recall]))


def _touched(extended: Bools, levels: Ints, segments: Ints) -> Floats:
    """Share of the extended events that hold an alert, at each threshold."""
    events = runs(extended, segments)
    # every other slice lies between two events; the appended level lets the last one end at N
    highest = np.minimum.reduceat(np.append(levels, 0), events.ravel())[::2]
    return np.cumsum(np.bincount(highest, minlength=levels.max() + 1)) / len(events)


def _soften(faulty: Bools, segments: Ints, buffer: int) -> Floats:
    """Labels [N] in 0..1 that fall off as sqrt(1 - distance / buffer) beside each event."""
    events, reach = runs(faulty, segments), buffer // 2
    steps = np.r_[-reach:0, 1:reach]  # one reading fewer after an event, as in the paper's code
    edges = np.where(steps < 0, events[:, :1], events[:, 1:] - 1)
    near = (edges + steps).clip(0, len(faulty) - 1)
    inside = (near == edges + steps) & (segments[near] == segments[edges])
    slope = np.broadcast_to(np.sqrt(1 - np.abs(steps) / buffer), near.shape)
    added = np.bincount(near[inside], weights=slope[inside], minlength=len(faulty))
    return np.minimum(faulty + added, 1)
