"""Settings with which a first run of a new data set takes about a minute."""

from typing import Any, NamedTuple

import numpy as np

from matts.domain import BadInputError, Readings
from matts.splitting import PARTS, SEVERAL
from matts.windows import Split, WindowSettings, split_readings

LENGTH = 5  # readings a window
WINDOWS = 10_000  # to train with, about
STEPS, BATCH = 3_000, 32  # of training
CELLS = 400_000  # readings times sensors, from which on slow detectors wait
SLOW = ("arima", "kalman", "cva", "isolation_forest")


class Presets(NamedTuple):
    """What differs from `parameters.yml`, and what the parts hold."""

    windows: dict[str, Any]
    others: dict[str, Any]
    remarks: list[str]


def choose(readings: Readings) -> Presets:
    """Window, split and training by the size of a record and where its faults are.

    Raises:
        BadInputError: there are too few readings for three parts.
    """
    windows, split = _cut(readings)
    count = len(split.train)
    if count > 2 * WINDOWS:
        windows["stride"] = round(count / WINDOWS)
    epochs = int(np.clip(STEPS * BATCH / min(count, WINDOWS), 5, 50))
    training = {"epochs": epochs, "batch_size": BATCH, "learning_rate": 0.003}
    detectors: dict[str, Any] = {"vae": {"epochs": min(epochs, 10)}}
    if count * len(readings.sensors) > CELLS:
        detectors |= dict.fromkeys(SLOW)
    others = {"training": training, "baselines": {"detectors": detectors}, "evaluate": {"seeds": 1}}
    return Presets(windows, others, _remarks(split))


def _cut(readings: Readings) -> tuple[dict[str, Any], Split]:
    """The longest window up to LENGTH, by time or by asset.

    By asset if that leaves more kinds of faults in all parts, or in training and test.
    """
    several = readings.assets is not None and len(np.unique(readings.assets)) >= SEVERAL
    for length in range(LENGTH, 0, -1):
        tried = []
        for by in ("time", "asset")[: 1 + several]:
            settings = {"length": length, "split": {"by": by}}
            try:
                split = split_readings(readings, WindowSettings.model_validate(settings))
            except BadInputError:
                continue
            held = np.array([part.faults.any(axis=0) for part in split.parts])
            worth = int(held.all(axis=0).sum()), int(held[[0, 2]].all(axis=0).sum())
            tried.append((worth, settings, split))
        if tried:
            return max(tried, key=lambda each: each[0])[1:]
    msg = f"too few readings to split into parts, got {len(readings)}"
    raise BadInputError(msg)


def _remarks(split: Split) -> list[str]:
    """What no setting can mend: faults that a part does not have."""
    found = []
    for k, fault in enumerate(split.train.fault_names):
        parts = zip(PARTS, split.parts, strict=True)
        absent = [name for name, part in parts if not part.faults[:, k].any()]
        if absent:
            found.append(f"fault {fault} is not in the part for {', '.join(absent)}")
    return found
