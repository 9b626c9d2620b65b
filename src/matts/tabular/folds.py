"""Which rows teach and which ones judge: by whole machines, or by blocks in time."""

import logging
import warnings
from collections.abc import Iterator
from typing import Any, Literal, NamedTuple

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, model_validator

from matts.domain import BadInputError, Ints
from matts.tabular.coming import last_rows
from matts.tabular.episodes import reach_of
from matts.tabular.past import MEMORY
from matts.tabular.rows import Rows
from matts.tabular.tasks import Examples

log = logging.getLogger(__name__)

STRATA = 5  # equal parts that numbers are spread over the folds by
LEAST = 2  # folds, and machines that a class needs to be on


class FoldSettings(BaseModel):
    """How many folds, and whether a fold is some machines or a block in time.

    >>> FoldSettings.model_validate(5).count
    5
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    by: Literal["machine", "time"] = "machine"
    count: int = Field(3, ge=LEAST, le=10)
    seed: int = Field(0, ge=0)

    @model_validator(mode="before")
    @classmethod
    def _from_a_number(cls, given: Any) -> Any:
        return {"count": given} if isinstance(given, int) else given


class Fold(NamedTuple):
    """Places among the examples."""

    train: Ints  # [n]
    test: Ints  # [m]


def folds_of(rows: Rows, examples: Examples, settings: FoldSettings) -> tuple[Fold, ...]:
    """The folds of some examples; no machine-episode is on both sides of one.

    By machine: whole machines, so that each fold has its share of every class. By time: as many
    blocks after a first one, each judged by what was learnt before it. A fold that cannot be
    learnt from is left out, and the log says so; so it does of fewer folds and of classes that a
    fold judges and did not learn.

    Raises:
        BadInputError: no fold can be made.
    """
    if not len(examples.rows):
        msg = f"folds of {examples.task.key} need rows whose answer is known, and there are none"
        raise BadInputError(msg)
    ways = {"machine": _by_machine, "time": _by_time}
    every = enumerate(ways[settings.by](rows, examples, settings), 1)
    found = tuple(fold for number, fold in every if _is_usable(fold, examples, number))
    if not found:
        msg = (
            f"folds of {examples.task.key} by {settings.by} need two classes in what comes "
            f"before or on other machines, got none of {settings.count} folds with them"
        )
        raise BadInputError(msg)
    return found


def _is_usable(fold: Fold, examples: Examples, number: int) -> bool:
    learnt, judged = np.unique(examples.y[fold.train]), np.unique(examples.y[fold.test])
    if len(learnt) < LEAST or not len(judged):
        problem = "nothing to judge" if len(learnt) >= LEAST else "only one answer to learn from"
        log.warning("%s: fold %d is left out: %s", examples.task.key, number, problem)
        return False
    unseen = np.setdiff1d(judged, learnt if examples.classes else judged)
    if len(unseen):
        names = ", ".join(examples.classes[int(each)] for each in unseen)
        text = "%s: fold %d judges %s and never learnt it: none of it will be found"
        log.warning(text, examples.task.key, number, names)
    return True


def _by_machine(rows: Rows, examples: Examples, settings: FoldSettings) -> Iterator[Fold]:
    from sklearn.model_selection import StratifiedGroupKFold  # noqa: PLC0415 (it takes a second)

    machines = rows.machines[examples.rows]
    strata = _strata(examples)
    count = _possible(examples, machines, strata, settings.count)
    if count < settings.count:
        text = "%s: %d folds instead of %d, as too few machines hold each class"
        log.warning(text, examples.task.key, count, settings.count)
    splitter = StratifiedGroupKFold(count, shuffle=True, random_state=settings.seed)
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="The least populated class")
        yield from (Fold(*each) for each in splitter.split(strata, strata, machines))


def _strata(examples: Examples) -> Ints:
    """Classes, or the equal parts that numbers are in: [N]."""
    if examples.classes:
        return np.asarray(examples.y, np.int64)
    edges = np.quantile(examples.y, np.arange(1, STRATA) / STRATA)
    return np.searchsorted(edges, examples.y, "right")


def _possible(examples: Examples, machines: Any, strata: Ints, asked: int) -> int:
    """How many folds can be, so that at least two classes are on both sides of each."""
    holders = [len(np.unique(machines)), len(np.unique(machines))]
    if examples.classes:
        holders = [len(np.unique(machines[strata == each])) for each in np.unique(strata)]
    count = min(asked, sorted(holders)[-LEAST]) if len(holders) >= LEAST else 0
    if count < LEAST:
        msg = (
            f"folds of {examples.task.key} by machine need two classes on two machines or more, "
            f"got {len(np.unique(machines))} machines; tabular.folds.by=time needs no second one"
        )
        raise BadInputError(msg)
    return count


def _by_time(rows: Rows, examples: Examples, settings: FoldSettings) -> Iterator[Fold]:
    if rows.times is None:
        msg = "folds by time need readings with times (source.time.column), and there are none"
        raise BadInputError(msg)
    times = rows.times[examples.rows]
    reach = np.maximum(reach_of(rows, examples), _memory(rows)[examples.rows])
    places = np.arange(1, settings.count + 1) * len(times) // (settings.count + 1)
    starts = np.sort(times)[places]
    ends = [*starts[1:], times.max() + np.timedelta64(1, "ns")]
    for start, end in zip(starts, ends, strict=True):
        yield Fold(np.flatnonzero(reach < start), np.flatnonzero((times >= start) & (times < end)))


def _memory(rows: Rows) -> Any:
    """When the last row is that shares readings with each row's rolling features: [R]."""
    last = last_rows(rows.first_of_machine)
    return np.asarray(rows.times)[np.minimum(np.arange(len(rows)) + MEMORY, last)]
