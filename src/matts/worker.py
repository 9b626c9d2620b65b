"""What happens to a task in a worker: one thread, no terminal, and words that travel home."""

import contextlib
import io
import logging
import os
import threading
import time
import traceback
import warnings
from collections.abc import Callable, Iterator
from functools import cache
from typing import Any, NamedTuple, TypeVar

import torch
from threadpoolctl import threadpool_limits
from tqdm import tqdm

from matts.domain import BadInputError

log = logging.getLogger(__name__)

Task = TypeVar("Task")
Result = TypeVar("Result")
Rule = tuple[Any, str, Any, str, int]  # as `warnings.filterwarnings` takes it


class Outcome(NamedTuple):
    """What comes home from a worker."""

    place: int
    result: Any
    error: Exception | None
    said: list[logging.LogRecord]


@contextlib.contextmanager
def one_thread() -> Iterator[None]:
    """One thread for torch and whatever else counts in parallel; then as many as before."""
    before = torch.get_num_threads()
    with threadpool_limits(1):
        torch.set_num_threads(1)
        try:
            yield
        finally:
            torch.set_num_threads(before)


def do(
    function: Callable[[Task], Result], place: int, task: Task, rules: list[Rule], parent: int
) -> Outcome:
    """Do one task in a worker, as quietly as it can be done."""
    _follow(parent)
    tqdm.set_lock(threading.RLock())  # its own is a semaphore, which a worker that is ended leaks
    keeper = _Keeper()
    with one_thread(), keeper, _same_warnings(rules), _no_terminal():
        try:
            return Outcome(place, function(task), None, keeper.records)
        except BadInputError as error:
            return Outcome(place, None, error, keeper.records)
        except Exception as error:
            error.add_note("in a worker:\n" + "".join(traceback.format_exception(error)))
            return Outcome(place, None, error, keeper.records)


@cache
def _follow(parent: int) -> None:
    """End this worker when its parent is killed: nobody else would tell it."""

    def look() -> None:
        while os.getppid() == parent:
            time.sleep(0.5)
        os._exit(1)

    threading.Thread(target=look, daemon=True).start()


class _Keeper(logging.Handler):
    """Keep what is logged, warnings too, in a form that travels."""

    def __init__(self) -> None:
        super().__init__()
        self.records: list[logging.LogRecord] = []

    def emit(self, record: logging.LogRecord) -> None:
        """Keep the text in place of its parts, which may not travel."""
        record.msg, record.args = record.getMessage(), None
        record.exc_info = None
        self.records.append(record)

    def __enter__(self) -> None:
        """Listen to everything that matts says, and to the warnings of all others."""
        logging.getLogger("matts").setLevel(logging.DEBUG)
        logging.getLogger().addHandler(self)
        logging.captureWarnings(capture=True)

    def __exit__(self, *_: object) -> None:
        """Listen no more."""
        logging.captureWarnings(capture=False)
        logging.getLogger().removeHandler(self)


def warning_rules() -> list[Rule]:
    """What is done with which warning; kinds that a library defines stay with those who know it."""
    return [
        (action, _pattern(message), kind, _pattern(module), line)
        for action, message, kind, module, line in warnings.filters
        if kind.__module__ == "builtins"
    ]


def _pattern(given: Any) -> str:
    """The text of a pattern, which may be compiled or missing."""
    return getattr(given, "pattern", given) or ""


@contextlib.contextmanager
def _same_warnings(rules: list[Rule]) -> Iterator[None]:
    """Do with warnings as the parent does."""
    with warnings.catch_warnings():
        warnings.resetwarnings()
        for rule in reversed(rules):
            warnings.filterwarnings(*rule)
        yield


@contextlib.contextmanager
def _no_terminal() -> Iterator[None]:
    """Bars of several workers would write over one another; words are logged."""
    with contextlib.redirect_stderr(io.StringIO()) as said:
        yield
        if said.getvalue().strip():
            log.warning("%s", said.getvalue().strip())
