"""One trial: cut, train, watch, judge on validation windows."""

import logging
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Literal

import numpy as np

from matts.compiled.engine import pick_engine
from matts.detect.autoencoder import AutoencoderDetector
from matts.domain import BadInputError, Readings, Windows
from matts.search.recipe import Recipe, Values
from matts.training import train
from matts.windows import WindowSettings, split_readings

Task = tuple[int, Values]  # the number of a trial, and what it varies


@dataclass(frozen=True)
class Trial:
    """What was tried, and what came of it."""

    number: int
    chosen: Values
    state: Literal["complete", "pruned", "failed"]
    figures: list[float]  # the validation figure after each epoch
    seconds: float
    reason: str = ""  # of a failure

    @property
    def value(self) -> float | None:
        """Validation PR-AUC of the best weights; of complete trials alone."""
        return max(self.figures) if self.state == "complete" and self.figures else None


class Hopeless(Exception):  # noqa: N818 - it is no error
    """A trial that is to be pruned."""


def run_trial(
    readings: Readings, recipe: Recipe, longest: int, bars: Sequence[float], task: Task
) -> Trial:
    """Train as the task says; end early where the bars are not met; keep what goes wrong."""
    figures: list[float] = []

    def watch(_epoch: int, figure: float) -> None:
        figures.append(figure)
        if misses(figures, bars):
            raise Hopeless

    started, own = time.perf_counter(), recipe.varied(task[1])
    state, reason = "complete", ""
    try:
        past, validation = cut(readings, own.windows, longest)
        with _named(task[0]):
            AutoencoderDetector(own.detector, own.training, watch).fit(past, validation)
    except Hopeless:
        state = "pruned"
    except BadInputError:
        raise
    except ValueError as error:  # a training that ran away gives scores that cannot be ranked
        state, reason = "failed", str(error)
    return Trial(*task, state, figures, time.perf_counter() - started, reason)  # type: ignore[arg-type]


@contextmanager
def _named(number: int) -> Iterator[None]:
    """Say of which trial the training speaks, and leave what it says to the log file."""

    def rename(record: logging.LogRecord) -> bool:
        record.msg = f"trial {number}: {record.msg}"
        record.levelno, record.levelname = logging.DEBUG, "DEBUG"
        return True

    speakers = [logging.getLogger(each.__module__) for each in (train, pick_engine)]
    for speaker in speakers:
        speaker.addFilter(rename)
    try:
        yield
    finally:
        for speaker in speakers:
            speaker.removeFilter(rename)


def cut(readings: Readings, settings: WindowSettings, longest: int) -> tuple[Windows, Windows]:
    """Training windows, and those validation windows that end where the longest ones do.

    So windows of every length are judged at the same readings, and their figures compare.
    """
    split = split_readings(readings, settings)
    widest = split_readings(readings, settings.model_copy(update={"length": longest}))
    shared = np.isin(split.validation.positions, widest.validation.positions)
    return split.train, split.validation.where(shared)


def misses(figures: Sequence[float], bars: Sequence[float]) -> bool:
    """Whether the best figure so far lies below the bar of this epoch.

    >>> misses([0.2, 0.1], [0.0, 0.3]), misses([0.4, 0.1], [0.0, 0.3]), misses([0.1], [])
    (True, False, False)
    """
    return len(figures) <= len(bars) and max(figures) < bars[len(figures) - 1]


def bars_of(trials: Sequence[Trial], startup: int, warmup: int) -> list[float]:
    """The median of what earlier complete trials had reached by each epoch; none at the start.

    The median rule of Golovin et al., "Google Vizier", 2017, on best figures so far.
    """
    complete = [trial.figures for trial in trials if trial.state == "complete"]
    if len(trials) < startup or not complete:
        return []
    epochs = max(map(len, complete))
    best = [
        np.maximum.accumulate(np.pad(each, (0, epochs - len(each)), "edge")) for each in complete
    ]
    bars = np.median(best, axis=0)
    bars[:warmup] = -np.inf
    return [float(bar) for bar in bars]
