"""Scores shared out: over sensors, over the readings of a window, over parts of the machine."""

from collections.abc import Sequence

import numpy as np

from matts.domain import Floats
from matts.groups import SensorSettings

HUGE = float(np.finfo(np.float64).max)


def share_out(blame: Floats, scores: Floats) -> Floats:
    """Parts that add up to each score, as large as the blame: [N, ...] >= 0, [N] -> [N, ...].

    Where nothing is to blame, all are alike.

    >>> share_out(np.array([[1.0, 3.0], [0.0, 0.0]]), np.array([8.0, 1.0])).tolist()
    [[2.0, 6.0], [0.5, 0.5]]
    """
    flat = np.nan_to_num(blame.reshape(len(blame), -1), nan=0.0, posinf=HUGE)
    flat = np.maximum(flat, 0.0)
    most = flat.max(axis=1, keepdims=True, initial=0.0)
    flat = np.divide(flat, most, out=np.ones_like(flat), where=most > 0)  # no sum overflows
    shares = flat / flat.sum(axis=1, keepdims=True)
    return np.asarray((shares * scores[:, None]).reshape(blame.shape))


def by_component(
    parts: Floats, sensors: Sequence[str], settings: SensorSettings
) -> tuple[tuple[str, ...], Floats]:
    """The components, and each one's part of the score: [N, F] -> [C] names, [N, C].

    Sensors of the whole machine count for no component.

    >>> stands = SensorSettings(component=r"(?P<channel>.+)_(?P<component>[12])")
    >>> by_component(np.array([[1.0, 2.0, 4.0]]), ["force_1", "speed_1", "force_2"], stands)
    (('1', '2'), array([[3., 4.]]))
    """
    places = [settings.place_of(sensor) for sensor in sensors]
    return _summed(parts, [place.component if place else None for place in places])


def by_channel(
    parts: Floats, sensors: Sequence[str], settings: SensorSettings
) -> tuple[tuple[str, ...], Floats]:
    """What is measured, whatever the component, and its part: [N, F] -> [C] names, [N, C].

    A sensor of the whole machine is a channel of its own.
    """
    places = [settings.place_of(sensor) for sensor in sensors]
    channels = [place.channel if place else s for place, s in zip(places, sensors, strict=True)]
    return _summed(parts, channels)


def _summed(parts: Floats, labels: Sequence[str | None]) -> tuple[tuple[str, ...], Floats]:
    """The sum over the sensors of each label: [N, F], [F] -> [C], [N, C]."""
    names = tuple(dict.fromkeys(label for label in labels if label is not None))
    belongs = np.array([[label == name for name in names] for label in labels], np.float64)
    return names, np.asarray(parts @ belongs.reshape(len(labels), len(names)))
