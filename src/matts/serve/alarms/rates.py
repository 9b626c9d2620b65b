"""What the alarm layer makes of alerts: how many alarms fewer, and what that costs."""

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from matts.detect.alarms import forgiven
from matts.detect.calibration import Calibration
from matts.domain import Bools, Floats, Ints
from matts.evaluate.runs import runs
from matts.evaluate.tables import alerts_of, fault_names, truth_of
from matts.serve.alarms.alarm import Signal
from matts.serve.alarms.book import AlarmBook
from matts.serve.alarms.settings import AlarmSettings

Tree = dict[str, Any]
DAY = 86_400.0


class Heard(NamedTuple):
    """What operators hear of one detector: from each coming of an alarm to its last alert."""

    spans: Ints  # [M, 2] start and stop (exclusive), over all readings
    standing: Bools  # [N]


def readings_a_day(quality: Mapping[str, Any], settings: AlarmSettings) -> Tree:
    """How many readings of an asset make a day: by the record's times, or by the setting.

    >>> readings_a_day({"step": "0 days 00:05:00"}, AlarmSettings())
    {'readings_a_day': 288.0, 'by': 'times'}
    """
    step = _seconds(quality.get("every") or quality.get("step"))
    if step:
        return {"readings_a_day": DAY / step, "by": "times"}
    return {"readings_a_day": settings.readings_a_day, "by": "serve.alarms.readings_a_day"}


def _seconds(step: Any) -> float:
    """A step of dates in seconds; 0 where there is none, or it counts in an unknown unit."""
    if step is None or pd.notna(pd.to_numeric(step, errors="coerce")):
        return 0.0
    return float(pd.Timedelta(step).total_seconds())


def alarm_rates(
    scores: pd.DataFrame,
    calibration: Calibration,
    quality: Mapping[str, Any],
    settings: AlarmSettings,
) -> Tree:
    """Alarms per asset-day of the test part, before and after the layer, of each detector.

    A detector whose threshold moves is left out: nothing judges live by one.
    """
    test = scores[scores["part"] == "test"]
    pace = readings_a_day(quality, settings)
    days = len(test) / pace["readings_a_day"]
    names = [n for n in calibration.best_seeds() if not calibration.thresholds[n].memory]
    judged = {name.split("/")[0]: _judge(test, name, calibration, settings, days) for name in names}
    return {**pace, "asset_days": days, "detectors": judged}


def _judge(
    test: pd.DataFrame, name: str, calibration: Calibration, settings: AlarmSettings, days: float
) -> Tree:
    """One detector: runs of alerts, then what is heard of them."""
    alerts = alerts_of(test, name, calibration.thresholds[name])
    segments = test["segment"].to_numpy()
    heard = hear(_signals(test, name, calibration, alerts, DAY * days / len(test)), settings)
    faulty = np.asarray(truth_of(test).any(axis=1)) if fault_names(test) else None
    before = Heard(runs(alerts, segments), alerts)
    told = {
        "before": _judge_heard(before, alerts, faulty, segments, days),
        "after": _judge_heard(heard, alerts, faulty, segments, days),
    }
    if faulty is None:
        return {**told, "delay_added": None}
    events = runs(faulty, segments)
    return {**told, "delay_added": _added(before, heard, alerts & faulty, events)}


def _signals(
    test: pd.DataFrame, name: str, calibration: Calibration, alerts: Bools, step: float
) -> list[Signal]:
    """What the book hears: each segment as a machine of its own, for no window crosses one.

    An alert is one by its score, even where two scores are the same surprise to rounding.
    """
    assets = test["asset"].to_numpy(np.str_)
    threshold = calibration.thresholds[name]
    limits = np.array([threshold.by_asset.get(str(asset), threshold.limit) for asset in assets])
    values = calibration.surprise(name, test[name].to_numpy(), assets)
    levels = calibration.surprise(name, limits, assets)
    values = np.where(alerts, np.maximum(values, levels), values)
    values = np.where(alerts, values, np.minimum(values, np.nextafter(levels, -np.inf)))
    machines = [
        f"{asset}/{segment}" for asset, segment in zip(assets, test["segment"], strict=True)
    ]
    return [
        Signal(machine, row * step, row, "anomaly", value, level)
        for row, (machine, value, level) in enumerate(
            zip(machines, values.tolist(), levels.tolist(), strict=True)
        )
    ]


def hear(signals: list[Signal], settings: AlarmSettings) -> Heard:
    """Let the book hear signals numbered from 0: each coming is an alarm, were it the same one."""
    book, standing = AlarmBook(settings), np.zeros(len(signals), np.bool_)
    came: dict[str, int] = {}
    spans: list[tuple[int, int]] = []
    last: dict[str, int] = {}
    for row, signal in enumerate(signals):
        if signal.value >= signal.limit:
            last[signal.asset] = row
        for record in book.hear([signal]):
            if record.kind in ("raised", "again"):
                came[signal.asset] = row
            elif record.kind == "returned":
                spans.append((came.pop(signal.asset), last[signal.asset] + 1))
    spans = sorted([*spans, *((row, last[asset] + 1) for asset, row in came.items())])
    for start, stop in spans:
        standing[start:stop] = True
    return Heard(np.array(spans, np.int64).reshape(-1, 2), standing)


def _judge_heard(
    heard: Heard, alerts: Bools, faulty: Bools | None, segments: Ints, days: float
) -> Tree:
    """How many alarms there were, and what they are worth; None where nobody knows.

    An alarm is false if it has an alert that is neither in an event nor up to four readings after.
    """
    spans = heard.spans
    told: Tree = {
        "alarms": len(spans),
        "alarms_per_asset_day": len(spans) / days,
        "standing": float(heard.standing.mean()),
    }
    if faulty is None:
        return {**told, **dict.fromkeys(("false", "false_per_asset_day", "found", "events"))}
    wrong = alerts & ~forgiven(faulty, segments)
    false = sum(bool(wrong[start:stop].any()) for start, stop in spans.tolist())
    delays = find_events(spans, alerts & faulty, runs(faulty, segments))
    return {
        **told,
        "false": false,
        "false_per_asset_day": false / days,
        "found": int(np.isfinite(delays).sum()),
        "events": len(delays),
    }


def find_events(spans: Ints, hits: Bools, events: Ints) -> Floats:
    """Readings from each event's start to the alarm that finds it: [M]; NaN where none does.

    An alarm finds the first event that it has an alert in and no other, for it told nobody of a
    second one: an alarm that always stands finds one.

    >>> hits = np.array([False, True, True, False, True])
    >>> find_events(np.array([[2, 5]]), hits, np.array([[1, 3], [4, 5]])).tolist()
    [1.0, nan]
    """
    delays = np.full(len(events), np.nan)
    for start, stop in spans.tolist():
        rows = start + np.flatnonzero(hits[start:stop])
        if len(rows):
            event = np.searchsorted(events[:, 0], rows[0], side="right") - 1
            delays[event] = np.fmin(delays[event], rows[0] - events[event, 0])
    return delays


def _added(before: Heard, after: Heard, hits: Bools, events: Ints) -> float | None:
    """Readings that the layer adds to the delay: the mean of the events found before and after."""
    early, late = (find_events(each.spans, hits, events) for each in (before, after))
    both = np.isfinite(early) & np.isfinite(late)
    return float((late - early)[both].mean()) if both.any() else None
