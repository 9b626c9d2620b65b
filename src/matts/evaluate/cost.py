"""What a detector costs: numbers to keep, time to train, time to score."""

import time
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from matts.detect.autoencoder import AutoencoderDetector
from matts.domain import Detector, Windows

REPEATS = 5


def cost_of(detector: Detector, windows: Windows, training_seconds: float) -> dict[str, Any]:
    """Size, training and scoring cost; a megabyte is 2^20 bytes of 32-bit numbers."""
    deployed, total = count_numbers(detector)
    return {
        "parameters_deployed": deployed,
        "parameters_total": total,
        "megabytes": deployed * 4 / 2**20,
        "training_seconds": training_seconds,
        "epochs": len(getattr(detector, "history", [])),
        "ms_per_window": ms_per_window(detector, windows),
        "windows_per_second": len(windows) / _median_seconds(detector, windows),
    }


def ms_per_window(detector: Detector, windows: Windows) -> float:
    """How long one window takes that is scored by itself."""
    first = windows.where(np.arange(len(windows)) == 0)
    end = first.last[0] + 1
    segments = None if first.segments is None else first.segments[:end]
    alone = replace(first, rows=first.rows[:end], segments=segments)
    return 1e3 * _median_seconds(detector, alone)


def count_numbers(detector: Detector) -> tuple[int, int]:
    """The numbers that scoring needs, and all that were fitted."""
    if isinstance(detector, AutoencoderDetector):
        return detector.parameters
    arrays = detector.state().arrays.values()
    kept = sum(array.size for array in arrays if array.dtype != np.uint8)
    kept += getattr(detector, "in_trees", 0)
    return kept, kept


def cost_table(
    detectors: Mapping[str, Detector], windows: Windows, seconds: Mapping[str, float]
) -> dict[str, dict[str, Any]]:
    """The cost of each detector by name, all on the same windows."""
    return {name: cost_of(each, windows, seconds[name]) for name, each in detectors.items()}


def take(things: Mapping[str, Any], names: Iterable[str]) -> dict[str, Any]:
    """Those of these names."""
    return {name: things[name] for name in names}


def _median_seconds(detector: Detector, windows: Windows) -> float:
    """How long scoring takes, the median of a few times after one that does not count."""
    times = []
    for _ in range(REPEATS + 1):
        started = time.perf_counter()
        detector.score(windows)
        times.append(time.perf_counter() - started)
    return float(np.median(times[1:]))
