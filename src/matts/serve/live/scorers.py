"""Detectors at work on readings that keep coming: what each remembers of every asset."""

import json
from collections.abc import Mapping
from hashlib import sha256
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from matts.detect.arima import ArimaDetector
from matts.detect.combined import CombinedDetector
from matts.detect.innovations import Filter, series_of, shares_of
from matts.detect.kalman import KalmanDetector
from matts.detect.virtual_sensors import VirtualSensorsDetector
from matts.domain import Detector, Floats, State
from matts.serve.live.biases import Biases
from matts.serve.live.kept import Chunk
from matts.serve.live.states import joined, parted

Names = NDArray[np.str_]


class Scorer(Protocol):
    """A detector that goes on where it stopped; assets are known by slot and by name."""

    def score(self, chunk: Chunk, names: Names) -> Floats:
        """Score each window of a chunk: [N]; `names` are those of all assets."""
        ...

    def forget(self, slots: list[int], names: Names) -> None:
        """Forget what is remembered of these assets."""
        ...

    def state(self) -> State:
        """What is remembered."""
        ...

    def restore(self, state: State) -> None:
        """Go on from there."""
        ...


class ByWindows:
    """A detector to which the kept readings say all."""

    def __init__(self, detector: Detector) -> None:
        self.detector = detector

    def score(self, chunk: Chunk, names: Names) -> Floats:  # noqa: ARG002
        """[N]."""
        return self.detector.score(chunk.windows)

    def forget(self, slots: list[int], names: Names) -> None:
        """There is nothing to forget."""

    def state(self) -> State:
        """There is nothing to keep."""
        return State({}, {})

    def restore(self, state: State) -> None:
        """There is nothing to go on from."""


class ByFilter:
    """A filter of each asset, which has seen all of its segment."""

    def __init__(self, detector: ArimaDetector | KalmanDetector) -> None:
        self.detector = detector
        self.filters: dict[int, Filter] = {}

    def score(self, chunk: Chunk, names: Names) -> Floats:  # noqa: ARG002
        """[N]."""
        new = series_of(chunk.windows.rows, self.detector.scaler)
        found = np.full_like(new, np.nan)
        for slot, rows in chunk.runs:
            if slot not in self.filters:
                self.filters[slot] = self.detector.filter()
            found[:, rows] = self.filters[slot].squares(new[:, rows], chunk.starts[rows])
        return np.asarray(shares_of(found[:, chunk.windows.last]).sum(axis=1))

    def forget(self, slots: list[int], names: Names) -> None:  # noqa: ARG002
        """The filters of these assets."""
        for slot in slots:
            self.filters.pop(slot, None)

    def state(self) -> State:
        """The memory of each filter, one beside the other."""
        each = [known.memory for known in self.filters.values()]
        arrays = {name: np.stack([memory[name] for memory in each]) for name in (each or [{}])[0]}
        return State(arrays, {"slots": list(self.filters)})

    def restore(self, state: State) -> None:
        """Go on from there."""
        self.filters = {}
        for place, slot in enumerate(state.config["slots"]):
            self.filters[slot] = known = self.detector.filter()
            known.recall({name: array[place] for name, array in state.arrays.items()})


class ByVirtualSensors:
    """Virtual sensors, which follow the bias of each operating mode of each asset."""

    def __init__(self, detector: VirtualSensorsDetector) -> None:
        self.detector, self.biases = detector, Biases(detector.virtual)

    def score(self, chunk: Chunk, names: Names) -> Floats:
        """[N]."""
        new, owners = chunk.new, names[chunk.owners]
        scores = np.zeros(len(chunk.starts))
        residuals = self.biases.residuals(chunk.windows.rows[new], owners)
        scores[new] = self.detector.judge(residuals)
        return scores[chunk.windows.last]

    def forget(self, slots: list[int], names: Names) -> None:
        """Back to what training knew of them."""
        self.biases.forget(set(names[slots].tolist()))

    def state(self) -> State:
        """The biases."""
        return self.biases.state()

    def restore(self, state: State) -> None:
        """Go on from there."""
        self.biases.restore(state)


class Ensemble:
    """Several detectors; one that is also part of a combination works once for both."""

    def __init__(self, detectors: Mapping[str, Detector], apart: Detector) -> None:
        self.detectors, self.apart = dict(detectors), digest(apart)
        self.scorers: dict[str, Scorer] = {}  # by digest
        self.keys: dict[int, str] = {}  # the digest of each detector, parts included
        for detector in detectors.values():
            self._add(detector)

    def _add(self, detector: Detector) -> None:
        """A scorer for a detector, or for each part of a combination."""
        if isinstance(detector, CombinedDetector):
            for part in detector.parts.values():
                self._add(part)
            return
        self.keys[id(detector)] = key = digest(detector)
        if key != self.apart and key not in self.scorers:
            self.scorers[key] = scorer_of(detector)

    def score(self, chunk: Chunk, names: Names, apart: Floats) -> dict[str, Floats]:
        """The scores of each detector by name: [N]; those of the one apart are known."""
        found = {key: scorer.score(chunk, names) for key, scorer in self.scorers.items()}
        found[self.apart] = apart
        return {name: self._of(each, chunk, found) for name, each in self.detectors.items()}

    def _of(self, detector: Detector, chunk: Chunk, found: Mapping[str, Floats]) -> Floats:
        """A detector's scores from those of all scorers."""
        if not isinstance(detector, CombinedDetector):
            return found[self.keys[id(detector)]]
        said = [self._of(part, chunk, found) for part in detector.parts.values()]
        return detector.mixed(said, chunk.windows.assets)

    def forget(self, slots: list[int], names: Names) -> None:
        """Forget what is remembered of these assets."""
        for scorer in self.scorers.values():
            scorer.forget(slots, names)

    def state(self) -> State:
        """What each scorer remembers."""
        return joined({key: scorer.state() for key, scorer in self.scorers.items()})

    def restore(self, state: State) -> None:
        """Go on from there; a detector that was not shown before begins anew."""
        for key, own in parted(state).items():
            if key in self.scorers:
                self.scorers[key].restore(own)


def digest(detector: Detector) -> str:
    """Equal for equal detectors, by all that makes them."""
    state = detector.state()
    found = sha256(json.dumps([type(detector).__name__, state.config]).encode())
    for name, array in sorted(state.arrays.items()):
        found.update(name.encode() + np.ascontiguousarray(array).tobytes())
    return found.hexdigest()[:16]


def scorer_of(detector: Detector) -> Scorer:
    """What a detector that is no combination needs to go on."""
    if isinstance(detector, ArimaDetector | KalmanDetector):
        return ByFilter(detector)
    if isinstance(detector, VirtualSensorsDetector):
        return ByVirtualSensors(detector)
    return ByWindows(detector)
