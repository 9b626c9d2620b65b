"""What a model is to tell of a row: five tasks, each of now and of what is to come."""

import logging
from dataclasses import dataclass
from typing import Literal, NamedTuple, Self, cast

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, field_validator

from matts.domain import BadInputError, Bools, Floats, Ints
from matts.tabular.coming import Ahead, ahead_of
from matts.tabular.rows import LIFE, Rows

log = logging.getLogger(__name__)

Name = Literal["anomaly", "maintenance", "downtime", "failure_type", "remaining_life"]
TASKS: tuple[Name, ...] = ("anomaly", "maintenance", "downtime", "failure_type", "remaining_life")
NORMAL = "Normal"
NO, YES = 0, 1
YES_NO = ("no", "yes")


class TaskSettings(BaseModel):
    """Which tasks, each of which horizons in minutes: 0 is now."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    tasks: tuple[Name, ...] = Field(TASKS, min_length=1)
    horizons: tuple[int, ...] = Field((0, 60), min_length=1)

    @field_validator("horizons")
    @classmethod
    def _are_minutes(cls, horizons: tuple[int, ...]) -> tuple[int, ...]:
        if min(horizons) < 0 or len({*horizons}) < len(horizons):
            msg = f"horizons are different numbers of minutes from 0 on, got {[*horizons]}"
            raise ValueError(msg)
        return horizons


@dataclass(frozen=True)
class Task:
    """One question about a row.

    >>> Task("anomaly").key, Task("anomaly", 60).key
    ('anomaly_now', 'anomaly_60min')
    >>> Task.of("failure_type_60min")
    Task(name='failure_type', horizon=60)
    """

    name: Name
    horizon: int = 0  # minutes; 0 = now

    @classmethod
    def of(cls, key: str) -> Self:
        """The task of that key."""
        name, _, when = key.rpartition("_")
        return cls(cast("Name", name), 0 if when == "now" else int(when.removesuffix("min")))

    @property
    def key(self) -> str:
        """Its name in files and tables."""
        return f"{self.name}_{self.horizon}min" if self.horizon else f"{self.name}_now"

    @property
    def is_number(self) -> bool:
        """Whether the answer is a number, not a class."""
        return self.name == LIFE


class Examples(NamedTuple):
    """The rows of which the answer is known, and the answers."""

    task: Task
    rows: Ints  # [N], which rows
    y: Ints | Floats  # [N], class numbers, or float64
    classes: tuple[str, ...]  # () for a number


def tasks_of(rows: Rows, settings: TaskSettings) -> tuple[Task, ...]:
    """The tasks that these rows can answer; why another cannot be is logged.

    Raises:
        BadInputError: there is none.
    """
    asked = [Task(name, h) for name in settings.tasks for h in settings.horizons]
    problems = {task: problem_of(rows, task) for task in asked}
    for task, problem in problems.items():
        if problem:
            log.warning("%s is left out: %s", task.key, problem)
    if not (found := tuple(task for task in asked if not problems[task])):
        first = asked[0]
        msg = f"a tabular task needs labels to learn from, and there are none for {first.key}: "
        raise BadInputError(msg + problems[first])
    return found


def problem_of(rows: Rows, task: Task) -> str:
    """Why a task cannot be learnt from these rows; "" if it can."""
    if not notes(rows, task.name):
        return f"the readings note no {task.name} (source.targets or source.labels would)"
    if task.horizon and rows.times is None:
        return "what comes within minutes needs readings with times (source.time.column)"
    return _sameness(examples_of(rows, task))


def _sameness(examples: Examples) -> str:
    """What all answers are, if they are all the same."""
    different = np.unique(examples.y)
    if len(different) > 1:
        return ""
    if not len(different):
        return "its answer is known of no row"
    only = examples.classes[int(different[0])] if examples.classes else f"{different[0]:g}"
    return f"all of its {len(examples.y):,} answers are {only}"


def notes(rows: Rows, name: Name) -> bool:
    """Whether the rows hold what a task asks for."""
    if name == "failure_type":
        return bool(rows.fault_names)
    return name in rows.targets or (name == "anomaly" and bool(rows.fault_names))


def examples_of(rows: Rows, task: Task) -> Examples:
    """The rows that are examples of a task, with their answers.

    Now: every row of which the answer is known. Ahead, within the horizon (t, t + h]:

    - yes or no: yes where it is true at some reading; rows where it is true now are no examples,
      for then nothing is coming;
    - failure type: the first fault; rows with a fault now are no examples;
    - remaining life: its value at the first reading at or after t + h, if no failure lies between.

    Rows without an event whose horizon is not wholly within the record are left out, as nobody
    knows what came; so are those with no reading or an unknown one within the horizon.
    """
    if task.is_number:
        return _life(rows, task)
    state = state_of(rows, task.name)
    classes = (NORMAL, *rows.fault_names) if task.name == "failure_type" else YES_NO
    answer = state if not task.horizon else _coming(state, ahead_of(rows, task.horizon))
    chosen = np.flatnonzero(~np.isnan(answer))
    return Examples(task, chosen, answer[chosen].astype(np.int64), classes)


def state_of(rows: Rows, name: Name) -> Floats:
    """What is true at each row: [R], 0 for no, a class number above it, NaN where nobody knows."""
    if name in rows.targets:
        return rows.targets[name]
    faulty = rows.faults.any(axis=1)
    classes = 1 + rows.faults.argmax(axis=1) if name == "failure_type" else 1
    return np.where(faulty, classes, np.where(rows.known, 0.0, np.nan))


def _coming(state: Floats, ahead: Ahead) -> Floats:
    """The first event within the horizon, 0 for none: [R], NaN where it is no example."""
    event, unknown = state > 0, np.isnan(state)
    first = ahead.first(event)
    answer = np.where(first >= 0, state[first], 0.0)
    quiet = ahead.whole & ~ahead.any(unknown)
    answer[(first < 0) & ~quiet] = np.nan
    answer[event | unknown] = np.nan
    return answer


def _life(rows: Rows, task: Task) -> Examples:
    life = rows.targets[LIFE]
    answer = life
    if task.horizon:
        ahead = ahead_of(rows, task.horizon)
        broken = ahead.any_to_then(rises(rows) | _stands(rows)) | _stands(rows)
        answer = np.where((ahead.then >= 0) & ~broken, life[ahead.then], np.nan)
    chosen = np.flatnonzero(~np.isnan(answer))
    return Examples(task, chosen, answer[chosen], ())


def rises(rows: Rows) -> Bools:
    """Whether more life is left than was known of the machine last: [R]; it failed in between."""
    life = rows.targets[LIFE]
    known = np.where(~np.isnan(life) | rows.first_of_machine, np.arange(len(rows)), 0)
    last = life[np.maximum.accumulate(known)]
    more = np.r_[np.zeros(min(len(rows), 1), np.bool_), life[1:] > last[:-1]]
    return np.asarray(more & ~rows.first_of_machine)


def _stands(rows: Rows) -> Bools:
    return np.asarray(rows.targets.get("downtime", np.zeros(len(rows))) > 0)
