"""Watch readings that are all there already, as the live stream is watched."""

from typing import Any

import numpy as np

from matts.detect.threshold import Threshold
from matts.domain import Detector, Windows
from matts.monitor.drift import DriftMonitor, Heard
from matts.monitor.reference import TrainingReference, latents_of
from matts.monitor.settings import DriftSettings

ALONE = "machine"  # where there is but one


def follow(
    windows: Windows,
    detector: Detector,
    threshold: Threshold,
    reference: TrainingReference,
    settings: DriftSettings,
) -> dict[str, Any]:
    """How each asset stood at the end, and what changed at which reading on the way."""
    monitor = DriftMonitor(reference, settings)
    scores = detector.score(windows)
    alerts = threshold.alerts(scores, windows.assets)
    latents, numbers = latents_of(detector, windows), windows.positions
    assets = windows.assets if windows.assets is not None else np.full(len(windows), ALONE)
    changes = []
    for asset in dict.fromkeys(assets.tolist()):
        own = np.flatnonzero(assets == asset)
        given, times = windows.last_rows[own], numbers[own].astype(float)
        heard = Heard(times, given, scores[own], latents[own], alerts[own], numbers[own])
        changes += monitor.watch(asset, heard)
    status = {asset: each.to_tree() for asset, each in monitor.status().items()}
    ends = [int(numbers.min()), int(numbers.max())] if len(numbers) else [0, 0]
    told = [change._asdict() | {"sensors": list(change.sensors)} for change in changes]
    return {"readings": ends, "assets": status, "changes": told}
