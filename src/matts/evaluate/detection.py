"""Detection metrics: of the ranking, of readings, of events and of false alarms.

Nothing is point-adjusted. A metric that does not exist is None, which JSON holds as null.
"""

import numpy as np

from matts.detect.alarms import forgiven
from matts.domain import BadInputError, Bools, Floats, Ints
from matts.evaluate.runs import runs
from matts.evaluate.vus import MAX_BUFFER, vus_pr

Metrics = dict[str, float | None]


def detection_metrics(
    scores: Floats,
    alerts: Bools,
    faulty: Bools,
    segments: Ints | None = None,
    *,
    max_buffer: int = MAX_BUFFER,
) -> Metrics:
    """Every detection metric of N readings, from arrays [N]; no segments means one segment."""
    segments = np.zeros(len(faulty), np.int64) if segments is None else segments
    _check(scores, alerts, faulty, segments)
    return {
        **_ranking(scores, faulty),
        "vus_pr": vus_pr(faulty, scores, segments=segments, max_buffer=max_buffer),
        **_points(alerts, faulty),
        **_events(alerts, faulty, segments),
        **_false_alarms(alerts, faulty, segments),
        **_alarms(alerts, segments),
    }


def unlabelled_metrics(
    scores: Floats, alerts: Bools, segments: Ints, *, max_buffer: int = MAX_BUFFER
) -> Metrics:
    """The same names where nobody labelled anything: how many alarms there are, nothing else."""
    none = np.zeros(len(scores), np.bool_)
    names = detection_metrics(scores, alerts, none, segments, max_buffer=max_buffer)
    return {**dict.fromkeys(names), **_alarms(alerts, segments)}


def _ranking(scores: Floats, faulty: Bools) -> Metrics:
    """Areas under the curves over all thresholds; ROC needs healthy readings too.

    Scikit-learn's average_precision_score and roc_auc_score to rounding, from one sort and in half
    the memory: a file may have ten million readings.
    """
    order = np.argsort(scores)[::-1]
    hits = np.cumsum(faulty[order], dtype=np.int64)
    lowest = np.append(np.flatnonzero(np.diff(scores[order])), len(scores) - 1)  # of equal scores
    del order
    hits, alerted = np.append(0, hits[lowest]), np.append(0, lowest + 1)
    found, healthy = hits[-1], len(scores) - hits[-1]
    gained, wrong = np.diff(hits), np.diff(alerted - hits)
    below = wrong @ (hits[1:] + hits[:-1]) / 2
    return {
        "pr_auc": float(gained @ (hits[1:] / alerted[1:]) / found) if found else None,
        "roc_auc": float(below / found / healthy) if found and healthy else None,
    }


def _points(alerts: Bools, faulty: Bools) -> Metrics:
    """Each reading judged alone."""
    hits = int((alerts & faulty).sum())
    precision, recall = _ratio(hits, alerts.sum()), _ratio(hits, faulty.sum())
    return {
        "accuracy": float((alerts == faulty).mean()),
        "precision": precision,
        "recall": recall,
        "f1": _f1(precision, recall),
        "missed_alarm_rate": None if recall is None else 1 - recall,
    }


def _events(alerts: Bools, faulty: Bools, segments: Ints) -> Metrics:
    """Each event found or missed, found events against false alarms, and the delay in readings."""
    events = runs(faulty, segments)
    delays = _delays(alerts, events)
    precision = _ratio(len(delays), len(delays) + len(false_alarms(alerts, faulty, segments)))
    recall = _ratio(len(delays), len(events))
    return {
        "event_precision": precision,
        "event_recall": recall,
        "event_f1": _f1(precision, recall),
        "events": len(events),
        "events_found": len(delays),
        "events_missed": len(events) - len(delays),
        "delay_median": float(np.median(delays)) if len(delays) else None,
        "delay_p95": float(np.percentile(delays, 95)) if len(delays) else None,
    }


def _false_alarms(alerts: Bools, faulty: Bools, segments: Ints) -> Metrics:
    """Healthy readings alerted, as a share of them, and these and false alarms per 1,000 of all."""
    wrong = false_alarms(alerts, faulty, segments)
    return {
        "false_alarm_rate": _ratio((alerts & ~faulty).sum(), (~faulty).sum()),
        "false_alerts_per_1000": 1000 * float((alerts & ~faulty).mean()),
        "false_alarms_per_1000": 1000 * len(wrong) / len(faulty),
    }


def _alarms(alerts: Bools, segments: Ints) -> Metrics:
    """Alerts, and runs of them, per 1,000 readings: right or wrong."""
    return {
        "alerts_per_1000": 1000 * float(alerts.mean()),
        "alarms_per_1000": 1000 * len(runs(alerts, segments)) / len(alerts),
    }


def false_alarms(alerts: Bools, faulty: Bools, segments: Ints) -> Ints:
    """Runs of alerts on healthy readings: start and stop of each, [M, 2].

    A true alarm may outlast its event by 4 readings, for windows still hold faulty ones; what
    goes on beyond that is a false alarm, so that alerting always is no way to look right.

    >>> faulty, segments = np.array([False, True] + 9 * [False]), np.zeros(11, np.int64)
    >>> false_alarms(np.ones(11, bool), faulty, segments).tolist()
    [[0, 1], [6, 11]]
    """
    return runs(alerts & ~forgiven(faulty, segments), segments)


def _delays(alerts: Bools, events: Ints) -> Ints:
    """Readings from each found event's start to its first alert: 0 is at once, misses left out."""
    starts, stops = events.T
    alerted = np.append(np.flatnonzero(alerts), len(alerts))
    first = alerted[np.searchsorted(alerted, starts)]
    return np.asarray((first - starts)[first < stops])


def _ratio(part: int, whole: int) -> float | None:
    return float(part / whole) if whole else None


def _f1(precision: float | None, recall: float | None) -> float | None:
    """Harmonic mean; None without a fault to find, 0 where nothing or only wrong was alerted."""
    if recall is None:
        return None
    return 2 * precision * recall / (precision + recall) if precision and recall else 0.0


def _check(scores: Floats, alerts: Bools, faulty: Bools, segments: Ints) -> None:
    shapes = [list(array.shape) for array in (scores, alerts, faulty, segments)]
    if not len(faulty) or any(shape != [len(faulty)] for shape in shapes):
        msg = f"scores, alerts, faulty and segments must be [N] each, N >= 1, got {shapes}"
        raise BadInputError(msg)
    if not np.isfinite(scores).all():
        first = int(np.flatnonzero(~np.isfinite(scores))[0])
        msg = f"scores must be finite, got {scores[first]} at reading {first}"
        raise BadInputError(msg)
