"""One function over many independent tasks, on as many cores as there are: always equal numbers.

A worker is a process of its own. Large arrays that a function holds (by `functools.partial`) are
mapped into all of them, not copied to each; what a worker logs and warns of is logged here, when
its result comes home.
"""

import contextlib
import logging
import os
import threading
import warnings
from collections.abc import Callable, Generator, Iterator, Sequence
from typing import Any, Never, TypeVar

import joblib
from tqdm import tqdm

from matts.worker import Outcome, do, one_thread, warning_rules

Task = TypeVar("Task")
Result = TypeVar("Result")
Arrived = Callable[[int, Any], None]  # the place of a task, and what it gave


def count_workers(asked: int, tasks: int) -> int:
    """How many processes work: one per core where 0 is asked for, never more than tasks.

    >>> count_workers(3, tasks=2), count_workers(1, tasks=2), count_workers(0, tasks=1)
    (2, 1, 1)
    """
    return max(min(asked or joblib.cpu_count(), tasks), 1)


def run_all(
    function: Callable[[Task], Result],
    tasks: Sequence[Task],
    workers: int,
    name: str = "trainings",
    arrived: Arrived = lambda _place, _result: None,
) -> list[Result]:
    """What the function gives for each task, in the order of the tasks.

    Each task has one thread, so that any number of workers gives the same numbers; one works in
    this process. `arrived` hears of each result as it comes, in the order of their ends. The
    first error of a task is raised as it is, and ends all workers.
    """
    results: dict[int, Result] = {}
    alone = count_workers(workers, len(tasks)) == 1
    hidden = None if len(tasks) > 1 else True  # None: where there is no terminal
    with tqdm(total=len(tasks), desc=name, disable=hidden, leave=False) as bar:
        every = _here(function, tasks) if alone else _elsewhere(function, tasks, workers, bar)
        with contextlib.closing(every):
            for place, result in every:
                results[place] = result
                arrived(place, result)
                bar.update()
    return [results[place] for place in range(len(tasks))]


def _here(
    function: Callable[[Task], Result], tasks: Sequence[Task]
) -> Generator[tuple[int, Result], None, None]:
    """One task after another, in this process."""
    for place, task in enumerate(tasks):
        with one_thread():
            result = function(task)
        yield place, result


def _elsewhere(
    function: Callable[[Task], Result], tasks: Sequence[Task], workers: int, bar: "tqdm[Never]"
) -> Generator[tuple[int, Result], None, None]:
    """Several tasks at a time, each in the next worker that is free."""
    pool = joblib.Parallel(
        n_jobs=count_workers(workers, len(tasks)),
        backend="loky",
        batch_size=1,
        return_as="generator_unordered",
        mmap_mode="c",  # a private page where somebody writes; torch warns of read-only arrays
        inner_max_num_threads=1,
    )
    rules, own = warning_rules(), os.getpid()
    calls = (joblib.delayed(do)(function, *each, rules, own) for each in enumerate(tasks))
    with _ending(pool(calls)) as outcomes:
        for outcome in outcomes:
            _tell(outcome.said, bar)
            if outcome.error:
                raise outcome.error
            yield outcome.place, outcome.result


@contextlib.contextmanager
def _ending(outcomes: Generator[Outcome, None, None]) -> Iterator[Generator[Outcome, None, None]]:
    """End the workers of what is broken off; joblib warns of it, and it is meant."""
    try:
        yield outcomes
    finally:
        with warnings.catch_warnings(), _deaf_to_lost_tasks():
            warnings.filterwarnings("ignore", message=".*tasks which were still being processed")
            outcomes.close()


@contextlib.contextmanager
def _deaf_to_lost_tasks() -> Iterator[None]:
    """Hear nothing of joblib's thread that looks for a task after all are given up.

    It forgets what is pending before it has emptied its queue of their numbers (loky), and ends
    with a KeyError; it was to end anyway. Any other error of any thread is told as before.
    """
    tell = threading.excepthook

    def hear(said: threading.ExceptHookArgs) -> None:
        its_own = type(said.thread).__name__ == "_ExecutorManagerThread"
        if not (its_own and said.exc_type is KeyError):
            tell(said)

    threading.excepthook = hear
    try:
        yield
    finally:
        threading.excepthook = tell


def _tell(records: list[logging.LogRecord], bar: "tqdm[Never]") -> None:
    """Log here what was said in a worker; a bar on the screen says enough, a file has it all."""
    for record in records:
        if record.levelno == logging.INFO and not bar.disable:
            record.levelno, record.levelname = logging.DEBUG, "DEBUG"
        logger = logging.getLogger(record.name)
        if logger.isEnabledFor(record.levelno):
            logger.handle(record)
