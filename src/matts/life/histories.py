"""What is known of a unit at each of its readings: its past, padded to a full window.

A unit is a segment: one unbroken run of readings of one asset, from new to failure or until now.
"""

from dataclasses import replace

import numpy as np

from matts.domain import Floats, Ints, Windows
from matts.features import begins


def every_reading(windows: Windows) -> Windows:
    """A window at each reading that has a full one in its unit, also where health is unknown."""
    last = np.arange(windows.length - 1, len(windows.rows))
    within = begins(windows)[last] <= last - (windows.length - 1)
    return replace(windows, last=last[within])


def with_known_life(windows: Windows) -> Windows:
    """The windows whose remaining life somebody knows."""
    life = windows.life
    return windows.where(np.zeros(len(windows), bool) if life is None else ~np.isnan(life))


def capped_life(windows: Windows, cap: float) -> Floats:
    """Readings left after each window, at most `cap`: nobody can see farther ahead, [N]."""
    life = windows.life
    return np.full(len(windows), np.nan) if life is None else np.minimum(life, cap)


def units(windows: Windows) -> Ints:
    """The row that each window's unit begins at: a number for the unit, [N]."""
    return np.asarray(begins(windows)[windows.last])


def groups(windows: Windows) -> Ints:
    """A number for each window's asset, or for its unit where assets have no names: [N]."""
    if windows.assets is None:
        return units(windows)
    return np.unique(windows.assets, return_inverse=True)[1].astype(np.int64)


def even_weights(windows: Windows) -> Floats:
    """What makes every unit count the same, however long it lived; the mean is 1: [N]."""
    _, which, counts = np.unique(units(windows), return_inverse=True, return_counts=True)
    return np.asarray(len(windows) / (len(counts) * counts[which]))


def padded(windows: Windows, channels: Floats, sensors: tuple[str, ...], length: int) -> Windows:
    """Windows of any length at the same readings; what was before a unit began is its first one.

    `channels` [R, C] stand for the rows. The padding is of a unit of its own (a negative number),
    so that a unit begins where it began.
    """
    pad = length - 1
    first = np.flatnonzero(np.diff(begins(windows), prepend=-1))
    counts = np.diff(np.r_[first, len(windows.rows)])
    number = np.repeat(np.arange(len(first)), counts)
    rows = np.empty((len(channels) + pad * len(first), channels.shape[1]))
    segments = np.empty(len(rows), np.int64)
    shifted = np.arange(len(channels)) + pad * (number + 1)
    before = (shifted[first][:, None] - pad + np.arange(pad)).ravel()
    rows[shifted], segments[shifted] = channels, number
    rows[before] = np.repeat(channels[first], pad, axis=0)
    segments[before] = -1 - np.repeat(np.arange(len(first)), pad)
    none = np.zeros((len(rows), len(windows.fault_names)), bool)
    return Windows(
        rows, none, shifted[windows.last], length, sensors, windows.fault_names, segments=segments
    )


def join(*parts: Windows) -> Windows:
    """Windows of several parts of a record as one; no unit of one goes on in another."""
    starts = np.cumsum([0, *(len(part.rows) for part in parts)])
    segments = [begins(part) + start for part, start in zip(parts, starts, strict=False)]
    lives = [part.row_life for part in parts]
    names = [part.row_assets for part in parts]
    return replace(
        parts[0],
        rows=np.concatenate([part.rows for part in parts]),
        row_faults=np.concatenate([part.row_faults for part in parts]),
        last=np.concatenate([part.last + s for part, s in zip(parts, starts, strict=False)]),
        row_numbers=np.concatenate([part.row_places for part in parts]),
        segments=np.concatenate(segments),
        row_assets=None if any(n is None for n in names) else np.concatenate(names),  # type: ignore[arg-type]
        row_life=None if any(v is None for v in lives) else np.concatenate(lives),  # type: ignore[arg-type]
        row_known=None,
    )
