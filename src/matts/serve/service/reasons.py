"""Why a reading is an alert, from what is in the history."""

import math
from typing import Any

import numpy as np

from matts.serve.service.board import number
from matts.serve.service.hub import plain
from matts.serve.service.questions import Span
from matts.serve.service.service import Service
from matts.serve.service.verdicts import Past

SHOWN = 60  # readings of the heat-map
Tree = dict[str, Any]


def analysis(service: Service, asset: str, known: Tree | None, time: float | None) -> Tree:
    """The last alert of an asset, up to a time or that of an alarm, and what led to it."""
    until = math.inf if time is None else time
    if known:
        until = known["last"] or known["raised"]
    past = service.questions.past(Span(asset, -math.inf, until, SHOWN))
    alerts = np.flatnonzero(past.records["alert"])
    row = int(alerts[-1]) if len(alerts) else len(past) - 1
    tree = {"asset": asset, **_of_row(service, past, row)}
    return tree | {"heatmap": _heatmap(past), "similar": _similar(service, asset, known)}


def _of_row(service: Service, past: Past, row: int) -> Tree:
    if row < 0:
        blank: Tree = {"time": None, "fault": "", "probabilities": {}, "contributions": []}
        return blank | {"components": [], "actual": {}, "expected": {}}
    names, record = past.layout.sensors, past.records[row]
    shares = past.shares(row)
    ranked = [] if shares is None else sorted(zip(names, shares, strict=True), key=_share)
    return {
        "time": float(record["time"]),
        "fault": past.faults[row],
        "probabilities": {k: number(v) for k, v in past.probabilities(row).items()},
        "contributions": [[name, round(float(share), 6)] for name, share in ranked],
        "components": _components(service, ranked),
        "actual": dict(zip(names, plain(record["values"]), strict=True)),
        "expected": dict(zip(names, plain(record["expected"]), strict=True)),
    }


def _share(pair: tuple[str, float]) -> float:
    return -pair[1]


def _components(service: Service, ranked: list[tuple[str, float]]) -> list[list[Any]]:
    """The same by part of the machine; sensors of the whole machine stand together."""
    total: dict[str, float] = {}
    for name, share in ranked:
        place = service.deployment.sensors.place_of(name)
        part = place.component if place else "machine"
        total[part] = total.get(part, 0.0) + float(share)
    return [[name, round(share, 6)] for name, share in sorted(total.items(), key=_share)]


def _heatmap(past: Past) -> Tree:
    """Shares of the last readings, nothing where there was no alert."""
    rows = [past.shares(row) for row in range(len(past))]
    blank = np.full(len(past.layout.sensors), np.nan, np.float32)
    table = np.array([blank if shares is None else shares for shares in rows])
    columns = table.reshape(len(past), len(blank)).T
    times = past.records["time"].tolist()
    return {
        "times": times,
        "sensors": list(past.layout.sensors),
        "shares": [plain(each) for each in columns],
    }


def _similar(service: Service, asset: str, alarm: Tree | None) -> list[Tree]:
    """The past events like that alarm, or like the last anomaly of the asset."""
    if alarm is None:
        found = service.questions.anomalies(asset, 1)
        alarm = found[0] if found else None
    return service.questions.similar(alarm["id"]) if alarm else []


def events(service: Service, asset: str, limit: int) -> list[Tree]:
    """A card for each anomaly that became an alarm, the last first."""
    return [
        {
            "id": alarm["id"],
            "alarm": alarm["id"],
            "asset": alarm["asset"],
            "start": alarm["began"] or alarm["raised"],
            "stop": alarm["returned"],
            "peak": alarm["peak"],
            "fault": alarm["fault"],
            "sensors": alarm["sensors"],
            "similar": service.questions.similar(alarm["id"]),
        }
        for alarm in service.questions.anomalies(asset, limit)
    ]
