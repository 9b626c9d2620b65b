import itertools
import logging

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from matts.domain import BadInputError
from matts.groups import SensorSettings
from matts.tabular.episodes import episode_ends
from matts.tabular.rows import LIFE, Rows, to_rows
from matts.tabular.tasks import (
    Name,
    Task,
    TaskSettings,
    examples_of,
    problem_of,
    state_of,
    tasks_of,
)
from tests.tabular.conftest import frame

MINUTE = np.timedelta64(1, "m")


def rows_of(table: pd.DataFrame) -> Rows:
    return to_rows(table, SensorSettings())


def line(**columns: list[float]) -> Rows:
    """One machine, a reading a minute."""
    count = len(next(iter(columns.values())))
    table = pd.DataFrame({"force": np.arange(float(count)), **columns})
    table["time"] = pd.Timestamp("2025-01-01") + pd.to_timedelta(np.arange(count), unit="min")
    return rows_of(table)


def answers(rows: Rows, name: Name, horizon: int = 0) -> list[float | None]:
    """The answer of every row, None where it is no example."""
    examples = examples_of(rows, Task(name, horizon))
    told = dict(zip(examples.rows.tolist(), examples.y.tolist(), strict=True))
    return [told.get(row) for row in range(len(rows))]


def test_now_is_what_is_known_now() -> None:
    rows = line(Target_anomaly=[0, 1, np.nan, 0])
    assert answers(rows, "anomaly") == [0, 1, None, 0]
    assert examples_of(rows, Task("anomaly")).classes == ("no", "yes")


def test_ahead_is_what_comes_after_and_up_to_the_horizon() -> None:
    rows = line(Target_anomaly=[0, 0, 0, 0, 1, 1, 0, 0, 0, 0])
    assert answers(rows, "anomaly", 2) == [0, 0, 1, 1, None, None, 0, 0, None, None]
    assert answers(rows, "anomaly", 9) == [1, 1, 1, 1, *[None] * 6]


def test_what_nobody_knows_within_the_horizon_is_no_example_unless_an_event_is() -> None:
    rows = line(Target_anomaly=[0, 0, np.nan, 0, 1, 0, 0, 0])
    assert answers(rows, "anomaly", 2) == [None, None, None, 1, None, 0, None, None]


def test_nobody_looked_where_no_reading_is_within_the_horizon() -> None:
    table = frame(machines=1, readings=4).assign(Target_anomaly=0.0)
    table["time"] = pd.Timestamp("2025-01-01") + pd.to_timedelta([0, 1, 9, 10], unit="min")
    assert answers(rows_of(table), "anomaly", 2) == [0, None, None, None]
    assert answers(rows_of(table), "anomaly", 1) == [0, None, 0, None]


def test_a_run_that_ends_leaves_the_horizon_open() -> None:
    table = frame(machines=1, readings=6).assign(Target_anomaly=[0, 0, 0, 0, 1, 0.0])
    table["segment"] = ["a", "a", "a", "b", "b", "b"]
    assert answers(rows_of(table), "anomaly", 1) == [0, 0, None, 1, None, None]
    assert answers(rows_of(table), "anomaly", 2) == [0, None, 1, 1, None, None]


def test_the_next_machine_is_another() -> None:
    table = frame(machines=2, readings=3).assign(Target_anomaly=[0, 0, 0, 1, 0, 0.0])
    assert answers(rows_of(table), "anomaly", 1) == [0, 0, None, None, 0, None]


def test_the_failure_type_that_comes_is_the_first() -> None:
    rows = line(
        Anomaly_Leak=[False, False, False, False, True, False, False],
        Anomaly_Heat=[False, False, False, True, False, False, False],
    )
    assert answers(rows, "failure_type") == [0, 0, 0, 2, 1, 0, 0]
    assert answers(rows, "failure_type", 2) == [0, 2, 2, None, None, None, None]
    assert answers(rows, "failure_type", 1) == [0, 0, 2, None, None, 0, None]
    assert examples_of(rows, Task("failure_type")).classes == ("Normal", "Leak", "Heat")


def test_life_ahead_is_read_then_unless_a_failure_lies_between() -> None:
    rows = line(Target_remaining_life=[4, 3, 2, 1, 0, 9, 8, np.nan])
    assert answers(rows, "remaining_life") == [4, 3, 2, 1, 0, 9, 8, None]
    assert answers(rows, "remaining_life", 2) == [2, 1, 0, None, None, None, None, None]
    stops = line(Target_remaining_life=[4.0, 3, 2, 1, 0, 0], Target_downtime=[0.0, 0, 0, 1, 0, 0])
    assert answers(stops, "remaining_life", 2) == [2, None, None, None, None, None]


def test_a_failure_is_seen_although_nobody_knew_the_life_then() -> None:
    rows = line(Target_remaining_life=[2.0, 1, np.nan, 9, 8, 7])
    assert answers(rows, "remaining_life", 2) == [None, None, None, 7, None, None]
    assert answers(rows, "remaining_life", 3) == [None] * 6
    assert episode_ends(rows, Task("remaining_life")).tolist() == [2, 2, 2, 5, 5, 5]


def test_a_fault_that_grows_does_not_hide_the_life_that_is_left() -> None:
    rows = line(Target_remaining_life=[4.0, 3, 2, 1], Target_anomaly=[0.0, 0, 1, 1])
    assert answers(rows, "remaining_life", 1) == [3, 2, 1, None]


def test_an_anomaly_is_any_known_fault_where_no_target_says_so() -> None:
    table = frame(machines=1, readings=4).drop(columns=["Target_anomaly", "Anomaly_Heat"])
    table = table.assign(Anomaly_Leak=[True, False, True, False], known=[True, True, False, False])
    assert answers(rows_of(table), "anomaly") == [1, 0, 1, None]
    assert answers(rows_of(table), "failure_type") == [1, 0, 1, None]


def slow(rows: Rows, name: Name, horizon: int) -> list[float | None]:
    """The rules again, row by row."""
    assert rows.times is not None
    state, found = state_of(rows, name), []
    for i, now in enumerate(rows.times):
        own = [j for j in range(len(rows)) if rows.machines[j] == rows.machines[i]]
        ahead = [j for j in own if now < rows.times[j] <= now + horizon * MINUTE]
        run = [j for j in own if rows.segments[j] == rows.segments[i]]
        events = [state[j] for j in ahead if state[j] > 0]
        answer: float | None = events[0] if events else 0
        open_end = rows.times[run[-1]] < now + horizon * MINUTE or not ahead
        if not events and (open_end or any(np.isnan(state[j]) for j in ahead)):
            answer = None
        found.append(None if np.isnan(state[i]) or state[i] > 0 else answer)
    return found


def slow_life(rows: Rows, horizon: int) -> list[float | None]:
    assert rows.times is not None
    life, found = rows.targets[LIFE], []
    for i, now in enumerate(rows.times):
        run = [j for j in range(len(rows)) if rows.segments[j] == rows.segments[i] and j >= i]
        then = [j for j in run if rows.times[j] >= now + horizon * MINUTE][:1]
        own = range(then[0] + 1) if then else []
        noted = [j for j in own if rows.machines[j] == rows.machines[i] and life[j] >= 0]
        failed = any(life[k] > life[j] for j, k in itertools.pairwise(noted) if k > i)
        known = bool(then) and not failed and not np.isnan(life[then[0]])
        found.append(life[then[0]] if known else None)
    return found


def ragged(seed: int, machines: int) -> Rows:
    """Readings at odd minutes, some at once; truths with gaps; runs that end."""
    draw = np.random.default_rng(seed)
    table = frame(machines=machines, readings=20, seed=seed)
    minutes = draw.integers(0, 4, len(table)).reshape(machines, -1).cumsum(axis=1).ravel()
    table["time"] = pd.Timestamp("2025-01-01") + pd.to_timedelta(minutes, unit="min")
    table["segment"] = (np.arange(20) >= 12).astype(str).tolist() * machines
    table.loc[draw.random(len(table)) < 0.1, "Target_anomaly"] = np.nan
    table["Target_remaining_life"] = np.tile([7.0, 6, 5, 4, 3, 2, 1, 0, 9, 8], 2 * machines)
    table.loc[draw.random(len(table)) < 0.1, "Target_remaining_life"] = np.nan
    return rows_of(table)


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 999), machines=st.integers(1, 3), horizon=st.integers(1, 12))
def test_what_is_ahead_is_what_a_plain_loop_says(seed: int, machines: int, horizon: int) -> None:
    rows = ragged(seed, machines)
    assert answers(rows, "anomaly", horizon) == slow(rows, "anomaly", horizon)
    assert answers(rows, "failure_type", horizon) == slow(rows, "failure_type", horizon)
    assert answers(rows, "remaining_life", horizon) == slow_life(rows, horizon)


def test_only_tasks_that_the_rows_note_are_made_and_the_rest_is_said(
    caplog: pytest.LogCaptureFixture,
) -> None:
    with caplog.at_level(logging.WARNING):
        found = tasks_of(rows_of(frame()), TaskSettings(horizons=(0, 10)))
    assert [task.key for task in found] == [
        *("anomaly_now", "anomaly_10min", "failure_type_now", "failure_type_10min"),
        *("remaining_life_now", "remaining_life_10min"),
    ]
    assert "downtime_now is left out: the readings note no downtime" in caplog.text


def test_asked_tasks_alone_are_made() -> None:
    chosen = TaskSettings(tasks=("remaining_life",), horizons=(5,))
    assert [task.key for task in tasks_of(rows_of(frame()), chosen)] == ["remaining_life_5min"]


def test_why_a_task_cannot_be_is_one_sentence() -> None:
    timeless = rows_of(frame().drop(columns="time"))
    assert problem_of(timeless, Task("anomaly")) == ""
    assert "source.time.column" in problem_of(timeless, Task("anomaly", 5))
    sound = rows_of(frame().assign(Target_anomaly=0.0))
    assert problem_of(sound, Task("anomaly")) == "all of its 240 answers are no"
    even = rows_of(frame().assign(Target_remaining_life=7.0))
    assert problem_of(even, Task("remaining_life")) == "all of its 240 answers are 7"
    blank = rows_of(frame().assign(Target_anomaly=np.nan))
    assert problem_of(blank, Task("anomaly")) == "its answer is known of no row"


def test_without_any_label_there_is_nothing_to_learn() -> None:
    with pytest.raises(BadInputError, match="there are none for anomaly_now: the readings note no"):
        tasks_of(rows_of(frame()[["asset", "time", "pressure"]]), TaskSettings())


@pytest.mark.parametrize("horizons", [(-1,), (0, 0), ()])
def test_odd_horizons_are_refused(horizons: tuple[int, ...]) -> None:
    with pytest.raises(ValidationError):
        TaskSettings(horizons=horizons)
