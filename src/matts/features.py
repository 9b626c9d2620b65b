"""The engineered columns: what a window says of each sensor, as one table of named functions.

Each function takes windows of readings that are scaled and complete (`Scaler` fills gaps) and gives
one figure a sensor: [N, T, F] -> [N, F].
"""

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np

from matts.domain import BadInputError, Floats, Ints, Windows
from matts.windows import Scaler

Feature = Callable[[Windows], Floats]  # windows [N, T, F] -> [N, F]

START = 20  # readings that tell what a segment was like when it began
BATCH = 4096  # windows that are looked at together


def last(windows: Windows) -> Floats:
    """The last reading."""
    return windows.last_rows


def mean(windows: Windows) -> Floats:
    """The mean of the readings."""
    return np.asarray(windows.values.mean(axis=1))


def deviation(windows: Windows) -> Floats:
    """How far the readings scatter about their mean."""
    return np.asarray(windows.values.std(axis=1))


def slope(windows: Windows) -> Floats:
    """The rise a reading of the straight line of least squares; 0 for a window of one reading."""
    steps = np.arange(windows.length) - (windows.length - 1) / 2
    weights = steps / (np.square(steps).sum() or 1.0)
    return np.asarray(np.einsum("ntf,t->nf", windows.values, weights))


def lowest(windows: Windows) -> Floats:
    """The smallest reading."""
    return np.asarray(windows.values.min(axis=1))


def highest(windows: Windows) -> Floats:
    """The largest reading."""
    return np.asarray(windows.values.max(axis=1))


def ewma(windows: Windows) -> Floats:
    """The mean in which older readings count less: half a fifth of the window back."""
    ages = np.arange(windows.length)[::-1]
    weights = 0.5 ** (5 * ages / windows.length)
    return np.asarray(np.einsum("ntf,t->nf", windows.values, weights / weights.sum()))


def autocovariance(windows: Windows) -> Floats:
    """What neighbouring readings have in common: the mean product of their ways off the mean."""
    off = windows.values - windows.values.mean(axis=1, keepdims=True)
    return np.asarray((off[:, 1:] * off[:, :-1]).sum(axis=1) / max(windows.length - 1, 1))


def off_start(windows: Windows) -> Floats:
    """The mean, less that of the segment's first readings: what changed since it began."""
    return mean(windows) - start(windows)


def start(windows: Windows) -> Floats:
    """The mean of the first `START` readings of each window's segment, none after its own last."""
    first = begins(windows)[windows.last]
    ends = np.minimum(first + START, windows.last + 1)
    pairs, which = np.unique(np.stack([first, ends]), axis=1, return_inverse=True)
    means = [windows.rows[begin:end].mean(axis=0) for begin, end in pairs.T]
    return np.asarray(means).reshape(-1, len(windows.sensors))[which]


def begins(windows: Windows) -> Ints:
    """[R]: the row that the segment of each row begins at."""
    rows = np.arange(len(windows.rows))
    if windows.segments is None:
        return np.zeros_like(rows)
    new = np.r_[True, windows.segments[1:] != windows.segments[:-1]]
    return np.maximum.accumulate(np.where(new, rows, 0))


def ages(windows: Windows) -> Ints:
    """How many readings each row's segment has had, that one included: [R]."""
    return np.asarray(1 + np.arange(len(windows.rows)) - begins(windows))


def scaled_means(windows: Windows, scaler: Scaler) -> Floats:
    """The mean of each window, in spreads of readings: [N, F]."""
    parts = [scaler(b.values).mean(axis=1, dtype=np.float64) for b in windows.batches(BATCH)]
    return np.concatenate([np.empty((0, len(windows.sensors))), *parts])


FEATURES: dict[str, Feature] = {
    "last": last,
    "mean": mean,
    "deviation": deviation,
    "slope": slope,
    "lowest": lowest,
    "highest": highest,
    "ewma": ewma,
    "off_start": off_start,
    "autocovariance": autocovariance,
}


def engineer(windows: Windows, names: Sequence[str]) -> Floats:
    """Every named feature of every sensor, feature by feature: [N, len(names) * F].

    >>> rows = np.array([[0.0], [2.0], [7.0]])
    >>> none = np.zeros((3, 1), bool)
    >>> windows = Windows(rows, none, np.array([1, 2]), 2, ("force",), ("Bearing",))
    >>> engineer(windows, ["last", "mean", "slope"]).tolist()
    [[2.0, 1.0, 2.0], [7.0, 4.5, 5.0]]
    """
    unknown = [name for name in names if name not in FEATURES]
    if unknown or not names:
        msg = f"features are some of {', '.join(FEATURES)}, got {', '.join(unknown) or 'none'}"
        raise BadInputError(msg)
    wide = replace(windows, rows=windows.rows.astype(np.float64))
    blocks = wide.batches(BATCH) if len(windows) else iter([wide])
    return np.concatenate(
        [np.concatenate([FEATURES[name](b) for name in names], axis=1) for b in blocks]
    )


def feature_names(sensors: Sequence[str], names: Sequence[str]) -> list[str]:
    """The columns of `engineer`.

    >>> feature_names(["force", "speed"], ["mean"])
    ['force mean', 'speed mean']
    """
    return [f"{sensor} {name}" for name in names for sensor in sensors]
