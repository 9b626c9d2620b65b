"""What readings that were judged say of drift: to the alarms, the overview and the audit."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np

from matts.monitor.drift import DriftMonitor, Heard
from matts.monitor.status import DriftChange
from matts.serve.alarms.alarm import Record, Signal
from matts.serve.live.deployment import Deployment
from matts.serve.live.judged import Judged
from matts.serve.service.board import DRIFT, Board


class Drifted(NamedTuple):
    """What one reading says of drift: to the alarms, and to the audit."""

    signals: list[Signal]
    records: list[Record]


def listen(
    judged: Sequence[Judged], monitor: DriftMonitor, deployment: Deployment, board: Board
) -> dict[int, Drifted]:
    """What readings say of drift, by the reading that says it."""
    found: dict[int, Drifted] = {}
    for asset, own in _by_asset(each for each in judged if not each.dropped).items():
        for change in monitor.watch(asset, _heard(own, deployment)):
            drifted = found.setdefault(change.number, Drifted([], []))
            if change.kind == "retrain":
                drifted.records.append(_asked(change))
            else:
                drifted.signals.append(_changed(change, board))
    return found


def _by_asset(judged: Iterable[Judged]) -> dict[str, list[Judged]]:
    found: dict[str, list[Judged]] = {}
    for each in judged:
        found.setdefault(each.asset, []).append(each)
    return found


def _heard(judged: Sequence[Judged], deployment: Deployment) -> Heard:
    """Readings of one asset as the monitor hears them."""
    scores = [each.scores.get(deployment.deployed_name, np.nan) for each in judged]
    hidden = deployment.reference.latents.shape[1]
    blank = np.full(hidden, np.nan)
    latents = [blank if each.latent is None else each.latent for each in judged]
    return Heard(
        np.array([each.time for each in judged]),
        np.array([each.given for each in judged]),
        np.array(scores),
        np.array(latents).reshape(len(judged), hidden) if hidden else None,
        np.array([each.alert for each in judged]),
        np.array([each.number for each in judged]),
    )


def _changed(change: DriftChange, board: Board) -> Signal:
    """A kind of drift came or went: what the alarms hear is the worst of all kinds."""
    row = board.row(change.asset)
    row.kinds[change.kind] = change.after
    value = DRIFT.index(row.drift) / (len(DRIFT) - 1)
    sensors = tuple((name, 0.0) for name in change.sensors)
    at = (change.asset, change.time, change.number)
    return Signal(*at, "drift", value, 1.0, sensors=sensors, text=change.text)


def _asked(change: DriftChange) -> Record:
    at = (change.number, change.time)
    return Record(*at, None, change.asset, "retrain", "", change.text)
