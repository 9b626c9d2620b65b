"""No column may be a label: not by its name, and not by what it tells."""

import re
from collections.abc import Iterator, Sequence

import numpy as np
from pydantic import BaseModel, ConfigDict, Field

from matts.domain import BadInputError, Floats, Ints
from matts.tabular.features import Features
from matts.tabular.rows import LIFE, Rows
from matts.tabular.tasks import Task, state_of
from matts.tabular.telling import (
    Columns,
    by_class,
    by_number,
    moved,
    ranked,
    sample,
    shifts,
)

LABEL_LIKE = re.compile(
    r"(^|_)(anomaly|failure|fault|label|status|rul)(_|$)|^(target|downtime|maintenance)(_|$)"
    r"|remaining_(useful_)?life"
)
EPISODES = 10  # that are needed to judge by them: fewer go with whatever is slow, by chance
Told = tuple[int, Floats, Floats]  # readings later, copies [C], onsets [C]
HISTORY = re.compile(r"(^|_)since(_|$)")  # when something last was is known in time


class GuardSettings(BaseModel):
    """What is too much for a sensor to tell of a label; 1 is all of it.

    `copies` is the limit of what a column tells of a label of up to `readings` before or after,
    `onsets` of what it tells of those that are yet to come, among rows where nothing is true, if at
    least ten come. Of a number there must be ten countdowns: a wearing machine tells one of them.
    `allowed` columns are not looked at: somebody knows that they are known in time.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    readings: int = Field(60, ge=0, le=1000)
    copies: float = Field(0.995, gt=0, le=1)
    onsets: float = Field(0.7, gt=0, le=1)
    rows: int = Field(20_000, ge=100)  # about as many are looked at, of whole machines
    allowed: tuple[str, ...] = ()


def refuse_leaks(
    features: Features, rows: Rows, tasks: Sequence[Task], settings: GuardSettings | None = None
) -> None:
    """Refuse columns that are called as labels are, or that tell what a task asks one to one.

    Raises:
        BadInputError: the first such column, what it tells and how many readings off.
    """
    own = settings or GuardSettings()
    places = [i for i, name in enumerate(features.names) if name not in own.allowed]
    names = [features.names[i] for i in places]
    _refuse_names(names)
    chosen = sample(rows, own.rows)
    values = features.values[chosen][:, places]
    _refuse_tellers(names, values, rows.take(chosen), tasks, own)


def is_label_like(name: str) -> bool:
    """Whether a column is called as labels are.

    >>> is_label_like("Machine status"), is_label_like("since_maintenance"), is_label_like("force")
    (True, False, False)
    """
    plain = re.sub(r"\W+", "_", name.lower())
    return bool(LABEL_LIKE.search(plain)) and not HISTORY.search(plain)


def _refuse_names(names: Sequence[str]) -> None:
    for name in names:
        if is_label_like(name):
            msg = (
                f"a column for tabular models needs to be no label, but {name} is called as one: "
                "name it in source.columns.leave_out, or in tabular.guard.allowed if it is known "
                "in time"
            )
            raise BadInputError(msg)


def _refuse_tellers(
    names: Sequence[str], values: Floats, rows: Rows, tasks: Sequence[Task], own: GuardSettings
) -> None:
    machine: Ints = np.cumsum(rows.first_of_machine, dtype=np.int64)
    for name in dict.fromkeys(task.name for task in tasks):
        look = _of_number if name == LIFE else _of_state
        by, copies, coming = zip(
            *look(values, state_of(rows, name), machine, own.readings), strict=True
        )
        _refuse(names, by, np.array(copies), own.copies, f"{name} ")
        _refuse(names, by, np.array(coming), own.onsets, f"that {name} begins ")


def _of_state(values: Floats, state: Floats, machine: Ints, most: int) -> Iterator[Told]:
    """How much columns tell of a state, and of one that begins: not of now or the past."""
    columns = Columns(values)
    often = ((state > 0) & (moved(state, machine, -1) == 0)).sum() >= EPISODES
    for by in shifts(most):
        later = moved(state, machine, by)
        begins = np.where((state == 0) & often & (by > 0), later, np.nan)
        yield by, by_class(columns, later), by_class(columns, begins)


def _of_number(values: Floats, truth: Floats, machine: Ints, most: int) -> Iterator[Told]:
    """How much columns tell of a number, by a straight line or by their order."""
    countdowns = (~np.isnan(truth) & ~(moved(truth, machine, -1) >= truth)).sum()
    truth = truth if countdowns >= EPISODES else np.full_like(truth, np.nan)
    ways = [(Columns(values), truth), (Columns(ranked(values)), ranked(truth))]
    for by in shifts(most):
        told = [by_number(columns, moved(number, machine, by)) for columns, number in ways]
        yield by, np.maximum(*told), np.zeros(values.shape[1])


def _refuse(names: Sequence[str], by: Sequence[int], told: Floats, limit: float, what: str) -> None:
    """Name the column that tells the most, if that is too much: told is [shifts, C]."""
    told = told.round(3)  # as it is printed: a copy of a label tells 0.9999999 of it by rounding
    if told.size and told.max() >= limit:
        shift, place = map(int, np.unravel_index(told.argmax(), told.shape))
        msg = (
            f"column {names[place]} tells {what}{_when(by[shift])} ({told[shift, place]:.3f} of 1, "
            f"from {limit:g} on it is no sensor): name it in source.columns.leave_out, or in "
            "tabular.guard.allowed if it is known in time"
        )
        raise BadInputError(msg)


def _when(by: int) -> str:
    """When that is, in words.

    >>> _when(-1), _when(0), _when(5)
    ('1 reading before', 'now', '5 readings later')
    """
    if not by:
        return "now"
    many = f"{abs(by)} reading{'s' * (abs(by) > 1)}"
    return f"{many} {'later' if by > 0 else 'before'}"
