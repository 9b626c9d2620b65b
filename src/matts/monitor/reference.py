"""What training looked like: the measure that live readings are held against."""

from dataclasses import dataclass, fields
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from matts.domain import BadInputError, Bools, Detector, Floats, Ints, State, Windows

SAMPLE = 2000  # readings that are kept to compare with
LONGEST = 200  # readings: what is alike over more than that counts as alike over that


@dataclass(frozen=True)
class TrainingReference:
    """Healthy training readings in a few figures and a sample, kept with the model.

    Sensors are what the detector looks at. The scores are the deployed detector's own, on healthy
    validation windows, for on those of its training it is better than it will ever be again.

    >>> rows = np.random.default_rng(0).normal(size=(64, 2))
    >>> none = np.zeros((64, 1), bool)
    >>> windows = Windows(rows, none, np.arange(4, 64), 5, ("force", "speed"), ("Bearing",))
    >>> from matts.detect.zscore import ZScoreDetector
    >>> detector = ZScoreDetector().fit(windows, windows)
    >>> reference = TrainingReference.fit(windows, windows, detector)
    >>> reference.rows.shape, reference.latents.shape, reference.still.tolist()
    ((60, 2), (60, 0), [1, 1])
    """

    sensors: tuple[str, ...]  # [F]
    low: Floats  # [F]
    high: Floats  # [F]
    median: Floats  # [F]
    spread: Floats  # [F], standard deviation
    step: Floats  # [F], mean change from one reading to the next
    still: Ints  # [F], the longest run of equal readings
    missing: Floats  # [F], share
    gap_memory: Floats  # [F], as `memory`, of whether there is a gap
    memory: Floats  # [F], how many readings in a row tell as much as one drawn alone
    rows: Floats  # [S, F], evenly over training
    latents: Floats  # [S, H], of the same readings; H = 0 where the detector has none
    latent_memory: Floats  # [H]
    scores: Floats  # [V], V at most S
    score_memory: Floats  # [1]
    count: Ints  # [1], of healthy training readings
    errors: Floats  # [F], mean size of each sensor's part of such a score

    @classmethod
    def fit(cls, train: Windows, validation: Windows, detector: Detector) -> Self:
        """Measure healthy windows; those of validation, where it has some, give the scores."""
        healthy, held = train.healthy, validation.healthy
        if not len(healthy):
            msg = f"a training reference needs healthy windows, got {len(train)} faulty ones"
            raise BadInputError(msg)
        held = held if len(held) else healthy
        rows, scores = healthy.last_rows.astype(np.float64), detector.score(held)
        chosen, follows = _evenly(healthy), _follows(healthy)
        latents = latents_of(detector, healthy)
        some = _evenly(held)
        return cls(
            sensors=train.sensors,
            **_levels(rows),
            step=_step(rows, follows),
            still=_longest(rows, follows),
            gap_memory=memory_of(np.isnan(rows).astype(float), follows),
            memory=memory_of(rows, follows),
            rows=rows[chosen],
            latents=latents[chosen],
            latent_memory=memory_of(latents, follows),
            scores=scores[some].astype(np.float64),
            score_memory=memory_of(scores[:, None], _follows(held)),
            count=np.array([len(healthy)]),
            errors=np.abs(detector.contributions(held)).mean(axis=0),
        )

    def state(self) -> State:
        """Every figure, and the names of the sensors."""
        arrays = {f.name: getattr(self, f.name) for f in fields(self) if f.name != "sensors"}
        return State(arrays, {"sensors": list(self.sensors)})

    @classmethod
    def from_state(cls, state: State) -> Self:
        """The same again."""
        return cls(sensors=tuple(state.config["sensors"]), **state.arrays)


def latents_of(detector: Detector, windows: Windows) -> Floats:
    """[N, H]: how the detector sees windows, H = 0 where it has no such view."""
    view: Any = getattr(detector, "latent", None)
    return np.zeros((len(windows), 0)) if view is None else np.asarray(view(windows), np.float64)


def memory_of(rows: Floats, follows: Bools) -> Floats:
    """[R, C]: how many readings in a row tell as much about a mean as one drawn alone: [C].

    The integrated autocorrelation time, one and twice the sum over lags, in pairs until a pair is
    not positive (Geyer 1992). `follows` [R - 1]: where a row comes right after the one before it.
    """
    if len(rows) < 3 or not rows.shape[1]:  # noqa: PLR2004
        return np.ones(rows.shape[1])
    known = np.isfinite(rows)
    mean = np.where(known, rows, 0).sum(axis=0) / np.maximum(known.sum(axis=0), 1)
    off = np.where(known, rows - mean, 0)
    variance = (off * off).mean(axis=0)
    rest = np.where(variance > 0, variance, 1.0)
    unbroken = np.append(0, np.cumsum(~follows))  # the run that each row is of
    total, going = np.ones(rows.shape[1]), variance > 0
    for lag in range(1, min(LONGEST, len(rows) // 4), 2):
        pair = _alike(off, unbroken, lag) + _alike(off, unbroken, lag + 1)
        going = going & (pair / rest > 0)
        if not going.any():
            break
        total = total + np.where(going, 2 * pair / rest, 0.0)
    return np.asarray(np.maximum(total, 1.0))


def _alike(off: Floats, unbroken: Ints, lag: int) -> Floats:
    """[C]: mean product of rows so far apart, in the same run."""
    same = unbroken[lag:] == unbroken[:-lag]
    count = max(int(same.sum()), 1)
    return np.asarray(np.einsum("rc,rc,r->c", off[lag:], off[:-lag], same.astype(float)) / count)


def _levels(rows: Floats) -> dict[str, Floats]:
    """Range, middle, spread and share of gaps; a sensor that never spoke is 0 throughout."""
    known = np.isfinite(rows)
    silent = ~known.any(axis=0)
    filled = np.where(known, rows, np.nan)
    filled[:, silent] = 0.0
    return {
        "low": np.nanmin(filled, axis=0),
        "high": np.nanmax(filled, axis=0),
        "median": np.nanmedian(filled, axis=0),
        "spread": np.nanstd(filled, axis=0),
        "missing": 1 - known.mean(axis=0),
    }


def _step(rows: Floats, follows: Bools) -> Floats:
    """[F]: the mean size of a change between readings that follow each other."""
    sizes = np.abs(np.diff(rows, axis=0))[follows]
    known = np.isfinite(sizes)
    return np.asarray(np.where(known, sizes, 0).sum(axis=0) / np.maximum(known.sum(axis=0), 1))


def _longest(rows: Floats, follows: Bools) -> Ints:
    """[F]: the longest run of equal readings."""
    equal = (rows[1:] == rows[:-1]) & follows[:, None]
    run = longest = np.ones(rows.shape[1], np.int64)
    for same in equal:
        run = np.where(same, run + 1, 1)
        longest = np.maximum(longest, run)
    return longest


def _follows(windows: Windows) -> Bools:
    """[N - 1]: whether a window ends at the reading after that of the one before it."""
    if windows.segments is None:
        return np.asarray(np.diff(windows.positions) == 1)
    same = np.diff(windows.segments[windows.last]) == 0
    return np.asarray(same & (np.diff(windows.last) == 1))


def _evenly(windows: Windows) -> NDArray[np.int64]:
    """Which windows stand for all of them."""
    return np.unique(np.linspace(0, len(windows) - 1, min(SAMPLE, len(windows))).astype(np.int64))
