"""The search itself: ask for a batch, train it on all cores, write it down, until all are done."""

import logging
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from hashlib import sha256
from pathlib import Path

import numpy as np
from pydantic import ValidationError

from matts.domain import BadInputError, Readings
from matts.parallel import run_all
from matts.search.ledger import Ledger, ask
from matts.search.recipe import Recipe
from matts.search.space import SearchSettings, WholeAxis
from matts.search.trial import Task, Trial, bars_of, cut, run_trial
from matts.training import pick_device
from matts.windows import split_readings

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
    refuse_what_cannot_be_set(own, settings)
    refuse_what_cannot_be_judged(readings, own, longest_of(own, settings))
    name = study_name(readings, own, settings, dataset)
    ledger = Ledger(Path(settings.storage), name, settings.space.axes)
    there = sum(trial.number < settings.trials for trial in ledger.trials())
    log.info("search %s: %d of %d trials are there", name, there, settings.trials)
    alone = pick_device(own.training.device).type != "cpu"  # a GPU does one training at a time
    begun = (there, time.perf_counter())
    keep = partial(_keep, ledger, settings, begun)
    with _how_to_go_on():
        for first in range(0, settings.trials, settings.batch):
            numbers = range(first, min(first + settings.batch, settings.trials))
            tasks, attempt = next_batch(readings, own, settings, ledger.trials(), numbers)
            run_all(attempt, tasks, 1 if alone else workers, "trials", keep)
    return [trial for trial in ledger.trials() if trial.number < settings.trials]


@contextmanager
def _how_to_go_on() -> Iterator[None]:
    """Tell whoever breaks a search off that nothing finished is lost."""
    try:
        yield
    except KeyboardInterrupt:
        log.warning("stopped; finished trials are kept, the same command goes on behind them")
        raise


def next_batch(
    readings: Readings,
    recipe: Recipe,
    settings: SearchSettings,
    trials: Sequence[Trial],
    numbers: range,
) -> tuple[list[Task], Callable[[Task], Trial]]:
    """What a batch still lacks, and how it is tried; the trials before it alone decide."""
    missing = set(numbers) - {trial.number for trial in trials}
    earlier = [trial for trial in trials if trial.number < numbers.start]
    asked = ask(earlier, len(numbers), settings, recipe) if missing else []
    bars = bars_of(earlier, settings.startup, settings.warmup)
    attempt = partial(run_trial, readings, recipe, longest_of(recipe, settings), bars)
    tasks = [task for task in zip(numbers, asked, strict=False) if task[0] in missing]
    return tasks, attempt


def _keep(
    ledger: Ledger, settings: SearchSettings, begun: tuple[int, float], _: int, trial: Trial
) -> None:
    """Write a trial down as soon as it is home, and say where the search stands."""
    ledger.add(trial)
    there, started = begun
    trials = [each for each in ledger.trials() if each.number < settings.trials]
    seconds = (time.perf_counter() - started) / (len(trials) - there)
    best = max((each.value for each in trials if each.value is not None), default=float("nan"))
    log.log(
        logging.WARNING if trial.state == "failed" else logging.INFO,
        "trial %d: %s after epoch %d%s; %d of %d, best PR-AUC %.4f, about %.0f s to go",
        *(trial.number, trial.state, len(trial.figures), trial.reason and f" ({trial.reason})"),
        *(len(trials), settings.trials, best, seconds * (settings.trials - len(trials))),
    )


def longest_of(recipe: Recipe, settings: SearchSettings) -> int:
    """The longest window of any trial: all are judged where it ends."""
    axis = settings.space.length
    varied = [axis.high, *axis.among] if isinstance(axis, WholeAxis) else []
    return max([recipe.windows.length, *(length for length in varied if length is not None)])


def refuse_what_cannot_be_set(recipe: Recipe, settings: SearchSettings) -> None:
    """Refuse a space that reaches beyond what a setting may be, before the first trial."""
    for path, axis in settings.space.axes.items():
        for value in axis.among or (axis.low, axis.high):
            try:
                recipe.varied({path: value})
            except ValidationError as error:
                name, said = path.split(".")[-1], error.errors()[0]["msg"].lower()
                msg = f"search.space.{name} reaches {value:g}, which {path} cannot be: {said}"
                raise BadInputError(msg) from None


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
    split = split_readings(readings, recipe.windows)
    digest = sha256(recipe.model_dump_json().encode())
    digest.update(settings.model_dump_json(exclude={"trials", "storage"}).encode())
    for part in (split.train, split.validation):
        for array in (part.rows, part.row_faults, part.row_places):
            digest.update(np.ascontiguousarray(array).tobytes())
    return f"{dataset}-{digest.hexdigest()[:12]}"
