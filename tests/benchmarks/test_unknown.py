import numpy as np
import pytest

from benchmarks.unknown import Kept, doubts, judge, measure, unknown_table, without
from matts.domain import Windows
from matts.windows import Split


def test_a_family_left_out_is_new_in_the_test_part_alone(split: Split) -> None:
    left = without(split, 0)
    assert not left.train.faults[:, 0].any()
    assert not left.validation.faults[:, 0].any()
    assert left.test.faults[:, 0].any()
    assert left.test.faults.sum(axis=1).max() == 1
    assert left.train.faults[:, 1:].any(axis=0).all()


def test_a_doubt_is_judged_on_new_and_known_windows_apart() -> None:
    rows = np.array([[1.0], [2.0], [3.0], [4.0]])
    windows = Windows(rows, rows > 0, np.arange(4), 1, ("force",), ("Leak",))
    new = np.array([False, False, True, True])
    assert judge(lambda own: own.last_rows[:, 0], 1.5, windows, new) == Kept(1.0, 1.0, 0.5)


@pytest.mark.slow
def test_both_diagnosers_and_the_distances_are_asked(split: Split) -> None:
    asked = list(doubts(without(split, 0), seed=0))
    assert [name for name, *_ in asked] == [
        "latent: 1 - probability",
        "logistic: 1 - probability",
        "distance of latent vectors",
        "distance of scaled readings",
        "distance of directions",
    ]
    assert all(doubt(split.test).shape == (len(split.test),) for _, doubt, _ in asked)


def test_a_family_that_a_mill_lacks_stays_out_of_the_mean() -> None:
    kept = {"Leak": Kept(1.0, 0.5, 0.0)}
    told = unknown_table({"set 4": [{"x": kept}, {"x": {}}], "set 5": [{"x": {}}]})
    assert told.splitlines()[-1] == "| x            | Leak       | 1.00, 50%, 0% | -     |"


@pytest.mark.slow
def test_the_tables_have_a_column_a_data_set() -> None:
    unknown, similar = measure(seeds=1, coils=3000, channels="residual").split("\n\n")
    assert unknown.splitlines()[0].count("set ") == similar.splitlines()[0].count("set ") == 3
    assert len(similar.splitlines()) == 2 + 4
