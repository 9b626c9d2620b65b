"""Judge readings as they arrive. No network, no clock: the caller brings both."""

from collections.abc import Sequence
from typing import NamedTuple, Self

import numpy as np

from matts.causes.explainer import Explainer
from matts.detect.threshold import Threshold
from matts.diagnose.novelty import UNKNOWN, Novelty
from matts.domain import BadInputError, Bools, Detector, Diagnoser, Floats, Windows
from matts.serve.batch import Deployed, Schema
from matts.serve.rings import NumbaRing, Rows, choose_ring


class Verdict(NamedTuple):
    """What matts makes of one asset's latest window."""

    score: float  # nan until a window is full
    alert: bool
    fault: str = ""  # only where there is an alert
    contributions: Floats | None = None  # [F], the same


class Verdicts(NamedTuple):
    """What matts makes of the latest window of each asset."""

    scores: Floats  # [A], nan until a window is full
    alerts: Bools  # [A]


class Fleet:
    """The live view of many assets, which give a reading each at the same time."""

    def __init__(
        self,
        detector: Detector,
        threshold: Threshold,
        schema: Schema,
        assets: Sequence[str],
        diagnoser: Diagnoser | None = None,
        novelty: Novelty | None = None,
    ) -> None:
        self.detector, self.diagnoser, self.schema = detector, diagnoser, schema
        self.novelty = novelty
        self.explainer: Explainer | None = None  # without one the detector explains itself
        threshold.refuse_to_move()
        self.limits = np.array([threshold.by_asset.get(name, threshold.limit) for name in assets])
        self.ring = choose_ring(detector, schema.sensors, schema.window, len(assets))
        self.rows = Rows(schema.sensors, schema.window, len(assets))
        self.seen = np.zeros(len(assets), np.int64)  # readings since the asset's last gap

    @classmethod
    def deploy(cls, deployed: Deployed, assets: Sequence[str]) -> Self:
        """What training left, put to work on these assets."""
        chosen = deployed.detector, deployed.threshold, deployed.schema, assets
        fleet = cls(*chosen, deployed.diagnoser, deployed.novelty)
        fleet.explainer = deployed.explainer
        return fleet

    def restart(self, assets: Bools | slice = slice(None)) -> None:
        """Forget what came before a gap or a new segment: no window crosses it."""
        self.seen[assets] = 0

    def push(self, readings: Floats) -> Verdicts:
        """Take one reading of each asset: [A, F], the sensors in the order of the schema.

        One with a number that is none is a gap.
        """
        given = np.asarray(readings, np.float64)
        if given.shape != (len(self.seen), len(self.schema.sensors)):
            needed = [len(self.seen), len(self.schema.sensors)]
            msg = f"readings of the assets' sensors must be {needed}, got {list(given.shape)}"
            raise BadInputError(msg)
        known = np.asarray(np.isfinite(given).all(axis=1))
        given = np.where(known[:, None], given, 0.0)
        self.rows.keep(given)
        self.seen = np.where(known, self.seen + 1, 0)
        scores = np.where(self.seen < self.schema.window, np.nan, self.ring.push(given))
        return Verdicts(scores, scores >= self.limits)

    def explain(self, asset: int) -> tuple[str, Floats]:
        """The fault, and each sensor's part of the score [F], of an asset's latest window."""
        window = self.rows.windows(np.array([asset]))
        fault = self._name(window)
        if self.explainer is None:
            return fault, self.detector.contributions(window)[0]
        return fault, self.explainer.parts(window, self.detector.score(window))[0]

    def _name(self, window: Windows) -> str:
        """The likeliest fault of a window, or that it is like none."""
        if self.novelty is not None and self.novelty.unknown(window)[0]:
            return UNKNOWN
        if self.diagnoser is None:
            return ""
        likeliest = int(self.diagnoser.probabilities(window)[0].argmax())
        return self.schema.fault_names[likeliest]


class Stream:
    """The live view of one asset: push a reading, get a verdict.

    >>> from matts.detect.pca import PcaDetector
    >>> from matts.domain import Windows
    >>> rows, sensors = np.random.default_rng(0).normal(size=(50, 2)), ("force", "speed")
    >>> windows = Windows(rows, np.zeros((50, 1), bool), np.arange(1, 50), 2, sensors, ("Leak",))
    >>> detector = PcaDetector().fit(windows, windows)
    >>> stream = Stream(detector, Threshold(limit=50), Schema(sensors, ("Leak",), 2))
    >>> stream.push(rows[0]).score, stream.push(np.array([9.0, 9.0])).alert
    (nan, True)
    """

    def __init__(
        self,
        detector: Detector,
        threshold: Threshold,
        schema: Schema,
        diagnoser: Diagnoser | None = None,
        asset: str = "",
        novelty: Novelty | None = None,
    ) -> None:
        self.fleet = Fleet(detector, threshold, schema, [asset], diagnoser, novelty)
        self.limit, self.length = float(self.fleet.limits[0]), schema.window
        self.shape, self.seen = (len(schema.sensors),), 0
        ring = self.fleet.ring
        self.quick = ring.push_one if isinstance(ring, NumbaRing) else None

    @classmethod
    def deploy(cls, deployed: Deployed, asset: str = "") -> Self:
        """What training left, put to work on this asset."""
        chosen = deployed.detector, deployed.threshold, deployed.schema, deployed.diagnoser
        stream = cls(*chosen, asset, deployed.novelty)
        stream.fleet.explainer = deployed.explainer
        return stream

    def restart(self) -> None:
        """Forget what came before a gap or a new segment: no window crosses it."""
        self.seen = 0
        self.fleet.restart()

    def push(self, reading: Floats) -> Verdict:
        """Take one reading [F], the sensors in the order of the schema; a gap as in `Fleet`."""
        given = np.asarray(reading, np.float64)
        if given.shape != self.shape:
            msg = f"a reading must be {list(self.shape)}, got {list(given.shape)}"
            raise BadInputError(msg)
        score = self._score(given)
        if not score >= self.limit:  # nan neither
            return Verdict(score, alert=False)
        fault, parts = self.fleet.explain(0)
        return Verdict(score, alert=True, fault=fault, contributions=parts)

    def _score(self, reading: Floats) -> float:
        """[F] -> nan until a window is full; by Numba without the detours through arrays."""
        if self.quick is None:
            return float(self.fleet.push(reading[None]).scores[0])
        self.fleet.rows.keep(reading)
        score = self.quick(reading)
        self.seen = self.seen + 1 if score == score else 0  # noqa: PLR0124 (nan is not itself)
        return score if self.seen >= self.length else np.nan
