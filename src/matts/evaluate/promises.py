"""What thresholds promise on healthy windows, and what they keep on those that nobody has seen."""

from typing import Any, NamedTuple

from matts.detect.alarms import Scored
from matts.detect.threshold import METHODS, PROMISING, ThresholdSettings, find_threshold
from matts.domain import Detector, Windows
from matts.evaluate.detection import false_alarms

Tree = dict[str, Any]


class Kept(NamedTuple):
    """What one threshold did on healthy windows."""

    wrong: int  # false alerts, or false alarms where those were promised
    windows: int


class Record(NamedTuple):
    """A detector's scores of the three parts."""

    train: Scored
    validation: Scored
    test: Scored


def record(detector: Detector, train: Windows, validation: Windows, test: Windows) -> Record:
    """Score the three parts."""
    parts = (train, validation, test)
    return Record(*(Scored.of(part, detector.score(part)) for part in parts))


def promised(settings: ThresholdSettings) -> float | None:
    """What a method promises per 1,000 healthy readings, if it does.

    >>> promised(ThresholdSettings(method="percentile", percentile=99.5))
    5.0
    """
    if settings.method == "budget":
        return settings.budget
    if settings.method == "percentile":
        return 10 * (100 - settings.percentile)
    return 1000 * settings.rate if settings.method in PROMISING else None


def keep(record: Record, settings: ThresholdSettings) -> Kept:
    """Find a threshold on the past and count what it does wrong on what follows."""
    train, validation, test = record
    alerts = find_threshold(validation, train, settings).alerts(test.scores, test.assets)
    healthy = test.quiet & ~test.faulty
    if settings.method == "budget":
        wrong = len(false_alarms(alerts, test.faulty, test.segments))
    else:
        wrong = int((alerts & healthy).sum())
    return Kept(wrong, int(healthy.sum()))


def promises(record: Record, settings: ThresholdSettings) -> list[Tree]:
    """A row for each method, as the run's other settings have it, and one for a moving budget.

    Rates are per 1,000 healthy test readings; `ratio` is kept over promised.
    """
    wanted = [*((method, False) for method in METHODS), ("budget", True)]
    rows = []
    for method, moving in wanted:
        own = settings.model_copy(update={"method": method, "moving": moving})
        rows.append({"method": method, "moving": moving, **_row(keep(record, own), own)})
    return rows


def _row(found: Kept, settings: ThresholdSettings) -> Tree:
    """Promised and kept rates, and the counts behind them; nothing is kept without healthy ones."""
    kept, due = 1000 * found.wrong / found.windows if found.windows else None, promised(settings)
    return {
        "counts": "alarms" if settings.method == "budget" else "alerts",
        "promised_per_1000": due,
        "kept_per_1000": kept,
        "ratio": None if kept is None or not due else kept / due,
        "wrong": found.wrong,
        "healthy": found.windows,
    }
