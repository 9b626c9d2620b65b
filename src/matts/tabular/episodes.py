"""Episodes: unbroken runs of what a task tells, and how far the answer of an example reaches."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from matts.domain import Ints
from matts.tabular.coming import ahead_of, last_rows
from matts.tabular.rows import Rows
from matts.tabular.tasks import Examples, Task, rises, state_of


def episode_ends(rows: Rows, task: Task) -> Ints:
    """The last row of the episode that each row is in: [R]; itself for one that is in none.

    An episode is an unbroken run of one fault or state of one machine; of the remaining life a
    countdown, from one failure to the next.
    """
    if task.is_number:
        return last_rows(rows.first_of_machine | rises(rows))
    state = state_of(rows, task.name)
    changes = np.r_[np.ones(min(len(state), 1), np.bool_), state[1:] != state[:-1]]
    ends = last_rows(rows.first_of_machine | changes)
    return np.where(state > 0, ends, np.arange(len(rows)))


def reach_of(rows: Rows, examples: Examples) -> NDArray[Any]:
    """Until when something happens that the answer of each example tells of: [N] times.

    That is the end of its episode, of the episode that is coming, or of the horizon.
    """
    times, task = np.asarray(rows.times), examples.task
    ends = times[episode_ends(rows, task)]
    if not task.horizon:
        return np.asarray(ends[examples.rows])
    ahead = ahead_of(rows, task.horizon)
    if task.is_number:
        return np.asarray(ends[ahead.then][examples.rows])
    first = ahead.first(state_of(rows, task.name) > 0)
    later = times + np.timedelta64(task.horizon, "m")
    reach = np.where(first >= 0, np.maximum(later, ends[first]), later)
    return np.asarray(reach[examples.rows])
