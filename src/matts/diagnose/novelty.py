"""Faults that nobody has seen yet: alerts that no known fault looks like."""

from typing import ClassVar, Self

import numpy as np
from pydantic import BaseModel, ConfigDict, Field
from sklearn.neighbors import NearestNeighbors

from matts.diagnose.directions import Directions
from matts.domain import Bools, Floats, State, Windows

UNKNOWN = "unknown"  # what such a fault is called
NEIGHBOURS = 3  # one alone may be wrongly labelled
FOLDS = 10
FARTHEST, NOWHERE = 2.0, -1.0  # distances: of opposite ways; less than any


class NoveltySettings(BaseModel):
    """How many windows of known faults may wrongly be called unknown."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    rate: float = Field(0.02, ge=0, lt=1)  # of the windows with a known fault; 0: no fault is ever


class Novelty:
    """Call a window's fault unknown where its direction is far from that of every known one.

    Where no fault is known, all of them are unknown.
    The distance is the mean of those to the three nearest faulty training windows. Its limit is
    conformal: found on validation windows and on training windows, each of these judged without
    its own tenth of the record, for its neighbours are of the same event (Vovk, Cross-conformal
    predictors, 2015).
    """

    Settings: ClassVar = NoveltySettings
    directions: Directions
    known: Floats  # [M, F], the directions of faulty training windows
    limit: float  # infinite where no fault is ever called unknown

    def __init__(self, settings: NoveltySettings | None = None) -> None:
        self.settings = settings or NoveltySettings()

    def fit(self, windows: Windows, validation: Windows) -> Self:
        """Remember the directions of the known faults; find how far their like may be."""
        faulty = windows.where(windows.faulty)
        self.directions = Directions.fit(windows)
        self.known = self.directions(faulty)
        if not len(faulty):
            self.limit = NOWHERE
            return self
        held_out = self.distances(validation.where(validation.faulty))
        self.limit = conformal_limit(np.append(_cross_fitted(self.known), held_out), self.settings)
        return self

    def distances(self, windows: Windows) -> Floats:
        """How far each window's direction is from those of known faults: [N], 0 to 2."""
        return nearest_distances(self.known, self.directions(windows))

    def unknown(self, windows: Windows) -> Bools:
        """Which windows are like no known fault: [N]."""
        return np.asarray(self.distances(windows) > self.limit)

    def state(self) -> State:
        """The directions of healthy readings and known faults, and the limit."""
        limit = np.array([self.limit])
        arrays = {**self.directions.arrays, "known": self.known, "limit": limit}
        return State(arrays, {"settings": self.settings.model_dump()})

    @classmethod
    def from_state(cls, state: State) -> Self:
        """The same again; nothing is fitted."""
        novelty = cls(NoveltySettings(**state.config["settings"]))
        novelty.directions = Directions.from_arrays(state.arrays)
        novelty.known, novelty.limit = state.arrays["known"], float(state.arrays["limit"][0])
        return novelty


def nearest_distances(known: Floats, asked: Floats) -> Floats:
    """The mean distance of each asked row to the nearest known ones: [M, F], [N, F] -> [N]."""
    if not len(asked):
        return np.empty(0)
    if not len(known):
        return np.full(len(asked), FARTHEST)
    count = min(NEIGHBOURS, len(known))
    search = NearestNeighbors(n_neighbors=count, algorithm="brute").fit(known)
    return np.asarray(search.kneighbors(asked)[0].mean(axis=1))


def _cross_fitted(known: Floats) -> Floats:
    """The distance of each known row to those of other parts of the record: [M]."""
    parts = np.array_split(np.arange(len(known)), min(FOLDS, len(known)))
    if len(parts) == 1:
        return np.empty(0)  # one window alone has nothing to be compared with
    distances = [nearest_distances(np.delete(known, own, axis=0), known[own]) for own in parts]
    return np.concatenate(distances)


def conformal_limit(distances: Floats, settings: NoveltySettings) -> float:
    """The limit that a new distance like these exceeds with a probability of at most the rate.

    >>> conformal_limit(np.arange(99.0), NoveltySettings(rate=0.1))
    89.0
    >>> conformal_limit(np.arange(5.0), NoveltySettings(rate=0.1))  # too few to promise it
    inf
    """
    place = int(np.ceil((len(distances) + 1) * (1 - settings.rate)))
    return float(np.sort(distances)[place - 1]) if place <= len(distances) else np.inf
