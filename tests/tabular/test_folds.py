import itertools
import logging

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matts.domain import BadInputError
from matts.groups import SensorSettings
from matts.tabular.episodes import episode_ends
from matts.tabular.folds import FoldSettings, folds_of
from matts.tabular.past import MEMORY
from matts.tabular.rows import Rows, to_rows
from matts.tabular.tasks import Examples, Name, Task, examples_of, state_of
from tests.tabular.conftest import frame

NAMES: tuple[Name, ...] = ("anomaly", "failure_type", "remaining_life")
TASKS = [Task(name, horizon) for name in NAMES for horizon in (0, 10)]
each_task = pytest.mark.parametrize("task", TASKS, ids=lambda task: task.key)


def some(task: Task, **how: int) -> tuple[Rows, Examples]:
    rows = to_rows(frame(**how), SensorSettings())
    return rows, examples_of(rows, task)


@each_task
def test_by_machine_no_machine_is_on_both_sides_and_all_rows_are_judged_once(task: Task) -> None:
    rows, examples = some(task, machines=9)
    folds = folds_of(rows, examples, FoldSettings(count=3))
    assert len(folds) == 3
    machines = rows.machines[examples.rows]
    for fold in folds:
        assert not set(machines[fold.train]) & set(machines[fold.test])
        assert len(fold.train) + len(fold.test) == len(examples.rows)
    judged = np.concatenate([fold.test for fold in folds])
    assert sorted(judged.tolist()) == list(range(len(examples.rows)))


def test_every_fold_by_machine_has_its_share_of_a_rare_class() -> None:
    table = frame(machines=9)
    rare = table["asset"].isin(["m00", "m01", "m02"]) & (table.groupby("asset").cumcount() < 5)
    rows = to_rows(table.assign(Target_anomaly=rare.astype(float)), SensorSettings())
    examples = examples_of(rows, Task("anomaly"))
    for seed in range(5):
        folds = folds_of(rows, examples, FoldSettings(count=3, seed=seed))
        assert [int(examples.y[fold.test].sum()) for fold in folds] == [5, 5, 5]


def test_the_seed_deals_the_machines() -> None:
    rows, examples = some(Task("anomaly"), machines=12)
    first, again, other = (
        [fold.test.tolist() for fold in folds_of(rows, examples, FoldSettings(seed=seed))]
        for seed in (0, 0, 1)
    )
    assert first == again != other


@each_task
@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 30), machines=st.integers(1, 4))
def test_by_time_nothing_of_training_reaches_into_the_test(
    task: Task, seed: int, machines: int
) -> None:
    rows, examples = some(task, machines=machines, readings=240, seed=seed)
    assert rows.times is not None
    times, ends = rows.times[examples.rows], rows.times[episode_ends(rows, task)]
    for fold in folds_of(rows, examples, FoldSettings(by="time", count=3)):
        start = times[fold.test].min()
        own = examples.rows[fold.train]
        assert (rows.times[own] + np.timedelta64(task.horizon, "m") < start).all()
        assert (ends[own] < start).all()
        near = np.minimum(own + MEMORY, len(rows) - 1)
        same = rows.machines[near] == rows.machines[own]
        assert (rows.times[near][same] < start).all()


def test_by_time_purges_no_more_than_it_must() -> None:
    rows, examples = some(Task("anomaly"), machines=2, readings=240, seed=3)
    (fold, *_) = folds_of(rows, examples, FoldSettings(by="time", count=2))
    assert rows.times is not None
    before = int((rows.times < rows.times[examples.rows[fold.test]].min()).sum())
    assert before - 2 * (MEMORY + 20) <= len(fold.train) < before


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 30), by=st.sampled_from(["machine", "time"]))
def test_no_episode_of_a_machine_is_on_both_sides(seed: int, by: str) -> None:
    task = Task("anomaly")
    rows, examples = some(task, machines=5, readings=120, seed=seed)
    ends = episode_ends(rows, task)[examples.rows]
    faulty = state_of(rows, "anomaly")[examples.rows] > 0
    for fold in folds_of(rows, examples, FoldSettings.model_validate({"by": by, "count": 2})):
        train, test = (set(ends[side[faulty[side]]]) for side in fold)
        assert train
        assert not train & test


def test_each_block_in_time_follows_the_last() -> None:
    rows, examples = some(Task("anomaly"), readings=240)
    folds = folds_of(rows, examples, FoldSettings(by="time", count=4))
    assert len(folds) == 4
    assert rows.times is not None
    for fold, after in itertools.pairwise(folds):
        assert (
            rows.times[examples.rows[fold.test]].max() < rows.times[examples.rows[after.test]].min()
        )
        assert len(fold.train) < len(after.train)


def test_an_episode_of_one_machine_is_no_episode_of_the_next() -> None:
    table = frame(machines=2, readings=10).assign(Target_anomaly=1.0)
    rows = to_rows(table, SensorSettings())
    assert set(episode_ends(rows, Task("anomaly")).tolist()) == {9, 19}


def test_a_countdown_ends_where_life_rises() -> None:
    table = frame(machines=1, readings=6).assign(Target_remaining_life=[3.0, 2, 9, 9, 8, 7])
    rows = to_rows(table, SensorSettings())
    assert episode_ends(rows, Task("remaining_life")).tolist() == [1, 1, 5, 5, 5, 5]


def test_fewer_machines_than_folds_is_said(caplog: pytest.LogCaptureFixture) -> None:
    rows, examples = some(Task("anomaly"), machines=2)
    with caplog.at_level(logging.WARNING):
        assert len(folds_of(rows, examples, FoldSettings(count=5))) == 2
    assert "2 folds instead of 5" in caplog.text


def test_a_class_on_one_machine_alone_is_refused() -> None:
    table = frame(machines=4)
    table["Target_anomaly"] = (table["asset"] == "m00").astype(float)
    rows = to_rows(table, SensorSettings())
    with pytest.raises(BadInputError, match="two classes on two machines or more, got 4 machines"):
        folds_of(rows, examples_of(rows, Task("anomaly")), FoldSettings())


def test_one_machine_is_refused_by_machine_and_possible_by_time() -> None:
    rows, examples = some(Task("anomaly"), machines=1, readings=240)
    with pytest.raises(BadInputError, match=r"folds\.by=time"):
        folds_of(rows, examples, FoldSettings())
    assert folds_of(rows, examples, FoldSettings(by="time"))
    number = examples_of(rows, Task("remaining_life"))
    with pytest.raises(BadInputError, match="got 1 machines"):
        folds_of(rows, number, FoldSettings())


def test_a_block_before_any_event_is_left_out_and_said(caplog: pytest.LogCaptureFixture) -> None:
    table = frame(machines=2, readings=240)
    late = table.groupby("asset").cumcount() > 90
    table["Target_anomaly"] *= late
    rows = to_rows(table, SensorSettings())
    examples = examples_of(rows, Task("anomaly"))
    with caplog.at_level(logging.WARNING):
        assert len(folds_of(rows, examples, FoldSettings(by="time", count=3))) == 2
    assert "fold 1 is left out: only one answer to learn from" in caplog.text


def test_no_fold_at_all_is_an_error() -> None:
    table = frame(machines=2, readings=240)
    table["Target_anomaly"] = (table.groupby("asset").cumcount() > 230).astype(float)
    rows = to_rows(table, SensorSettings())
    with pytest.raises(BadInputError, match="got none of 3 folds"):
        folds_of(rows, examples_of(rows, Task("anomaly")), FoldSettings(by="time"))


def test_a_fault_that_training_lacks_is_said(caplog: pytest.LogCaptureFixture) -> None:
    table = frame(machines=6)
    table["Anomaly_Heat"] &= table["asset"] == "m00"
    table["Anomaly_Leak"] &= ~table["Anomaly_Heat"]
    rows = to_rows(table, SensorSettings())
    with caplog.at_level(logging.WARNING):
        folds = folds_of(rows, examples_of(rows, Task("failure_type")), FoldSettings())
    assert len(folds) == 3
    assert caplog.text.count("judges Heat and never learnt it") == 1


def test_folds_by_time_need_times() -> None:
    rows = to_rows(frame().drop(columns="time"), SensorSettings())
    with pytest.raises(BadInputError, match=r"source\.time\.column"):
        folds_of(rows, examples_of(rows, Task("anomaly")), FoldSettings(by="time"))


def test_as_many_machines_as_rows_are_dealt_quickly() -> None:
    table = frame(machines=2000, readings=1)
    rows = to_rows(table, SensorSettings())
    assert len(folds_of(rows, examples_of(rows, Task("anomaly")), FoldSettings())) == 3


@pytest.mark.parametrize("by", ["machine", "time"])
def test_without_an_answer_there_are_no_folds(by: str) -> None:
    rows = to_rows(frame().assign(Target_remaining_life=np.nan), SensorSettings())
    examples = examples_of(rows, Task("remaining_life"))
    with pytest.raises(BadInputError, match="remaining_life_now need rows whose answer is known"):
        folds_of(rows, examples, FoldSettings.model_validate({"by": by}))
