"""The search itself: ask for a batch, train it on all cores, write it down, until all are done."""

import logging
import time
from collections.abc import Sequence
from functools import partial
from hashlib import sha256
from pathlib import Path

import numpy as np

from matts.domain import BadInputError, Readings
from matts.parallel import run_all
from matts.search.ledger import Ledger, ask
from matts.search.recipe import Recipe
from matts.search.space import SearchSettings, WholeAxis
from matts.search.trial import Trial, bars_of, cut, run_trial
from matts.windows import split_in_time

log = logging.getLogger(__name__)

LENGTH = "windows.length"


def search(
    readings: Readings, recipe: Recipe, settings: SearchSettings, dataset: str, workers: int
) -> list[Trial]:
    """Every trial, those that the ledger already held and those that were missing.

    What a batch tries, and what ends its trials early, follows from the batches before it; so the
    trials are the same with any number of workers, and after any number of kills.
    """
    own = recipe.judged_alike(settings.epochs)
    refuse_what_cannot_be_judged(readings, own, longest_of(own, settings))
    name = study_name(readings, own, settings, dataset)
    ledger = Ledger(Path(settings.storage), name, settings.space.axes)
    kept, started = len(ledger.trials()), time.perf_counter()
    log.info(
        "search %s: %d of %d trials are there", name, min(kept, settings.trials), settings.trials
    )
    for first in range(0, settings.trials, settings.batch):
        if _one_batch(readings, own, settings, ledger, workers, first):
            seconds = (time.perf_counter() - started) / max(len(ledger.trials()) - kept, 1)
            _tell(ledger.trials(), settings, seconds)
    return [trial for trial in ledger.trials() if trial.number < settings.trials]


def _one_batch(
    readings: Readings,
    recipe: Recipe,
    settings: SearchSettings,
    ledger: Ledger,
    workers: int,
    first: int,
) -> int:
    """Train what a batch still lacks; how many that were."""
    numbers = range(first, min(first + settings.batch, settings.trials))
    done = {trial.number: trial for trial in ledger.trials()}
    missing = [number for number in numbers if number not in done]
    if not missing:
        return 0
    earlier = [trial for number, trial in done.items() if number < first]
    values = dict(zip(numbers, ask(earlier, len(numbers), settings, recipe), strict=True))
    bars = bars_of(earlier, settings.startup, settings.warmup)
    attempt = partial(run_trial, readings, recipe, longest_of(recipe, settings), bars)
    tasks = [(number, values[number]) for number in missing]
    run_all(attempt, tasks, workers, "trials", lambda _, trial: ledger.add(trial))
    return len(missing)


def _tell(trials: Sequence[Trial], settings: SearchSettings, seconds: float) -> None:
    """Say where the search stands, and warn of what failed."""
    values = [trial.value for trial in trials if trial.value is not None]
    left, best = settings.trials - len(trials), f"{max(values):.4f}" if values else "none"
    log.info(
        "trial %d of %d: best validation PR-AUC %s; about %.0f s to go",
        *(len(trials), settings.trials, best, seconds * left),
    )
    for trial in trials[-settings.batch :]:
        if trial.state == "failed":
            log.warning("trial %d failed: %s", trial.number, trial.reason)


def longest_of(recipe: Recipe, settings: SearchSettings) -> int:
    """The longest window of any trial: all are judged where it ends."""
    axis = settings.space.length
    varied = [axis.high, *axis.among] if isinstance(axis, WholeAxis) else []
    return max([recipe.windows.length, *(length for length in varied if length is not None)])


def refuse_what_cannot_be_judged(readings: Readings, recipe: Recipe, longest: int) -> None:
    """Refuse to search where validation windows cannot tell good from bad."""
    for length in {recipe.windows.length, longest}:
        _, validation = cut(readings, recipe.varied({LENGTH: length}).windows, longest)
        found = int(validation.faulty.sum())
        if not 0 < found < len(validation):
            msg = (
                "a search needs healthy and faulty validation windows, "
                f"got {len(validation) - found} healthy and {found} faulty of length {length}"
            )
            raise BadInputError(msg)


def study_name(readings: Readings, recipe: Recipe, settings: SearchSettings, dataset: str) -> str:
    """The dataset and a digest of all that decides what a trial gives; test readings stay out."""
    split = split_in_time(readings, recipe.windows)
    digest = sha256(recipe.model_dump_json().encode())
    digest.update(settings.model_dump_json(exclude={"trials", "storage"}).encode())
    for part in (split.train, split.validation):
        for array in (part.rows, part.row_faults, part.row_places):
            digest.update(np.ascontiguousarray(array).tobytes())
    return f"{dataset}-{digest.hexdigest()[:12]}"
