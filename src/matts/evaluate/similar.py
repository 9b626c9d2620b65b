"""Events of the past that a new one is like."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from sklearn.neighbors import NearestNeighbors

from matts.diagnose.directions import Directions
from matts.domain import Floats, Ints, Windows
from matts.evaluate.runs import runs

Tree = dict[str, Any]


class PastEvents(NamedTuple):
    """The labelled events of the past: where each was, its faults, and which way it went."""

    events: Sequence[Tree]  # [M]: first_reading, last_reading, asset, faults
    ways: Floats  # [M, F]


def recall(directions: Directions, *parts: Windows) -> PastEvents:
    """Every run of faulty windows in these parts of the record."""
    events: list[Tree] = []
    ways: list[Floats] = [np.empty((0, len(parts[0].sensors)))]
    for windows in parts:
        spans = runs(windows.faulty, segments_of(windows))
        events += [{**place_of(windows, *span), "faults": names(windows, *span)} for span in spans]
        ways.append(mean_ways(directions(windows), spans))
    return PastEvents(events, np.concatenate(ways))


def nearest(past: PastEvents, ways: Floats, count: int = 3) -> list[list[Tree]]:
    """The most similar events of the past, the nearest first, with their distances: [N, F] -> N."""
    count = min(count, len(past.events))
    if not count or not len(ways):
        return [[] for _ in ways]
    search = NearestNeighbors(n_neighbors=count, algorithm="brute").fit(past.ways)
    distances, which = search.kneighbors(ways)
    return [
        [{**past.events[event], "distance": float(far)} for event, far in zip(*row, strict=True)]
        for row in zip(which, distances, strict=True)
    ]


def mean_ways(ways: Floats, spans: Ints) -> Floats:
    """The mean way of each event: [N, F], [M, 2] -> [M, F]."""
    means = [ways[start:stop].mean(axis=0) for start, stop in spans]
    return np.array(means).reshape(len(spans), ways.shape[1])


def segments_of(windows: Windows) -> Ints:
    """Which unbroken run each window is of: [N]."""
    if windows.segments is None:
        return np.zeros(len(windows), np.int64)
    return np.asarray(windows.segments[windows.last])


def place_of(windows: Windows, start: int, stop: int) -> Tree:
    """Where an event is in the record, and on which machine."""
    places, assets = windows.positions, windows.assets
    return {
        "first_reading": int(places[start]),
        "last_reading": int(places[stop - 1]),
        "asset": "" if assets is None else str(assets[start]),
    }


def names(windows: Windows, start: int, stop: int) -> list[str]:
    """The true faults of an event."""
    found = np.any(windows.faults[start:stop], axis=0)
    return [name for name, true in zip(windows.fault_names, found, strict=True) if true]
