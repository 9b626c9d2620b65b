import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import f1_score

from matts.evaluate.bootstrap import MANY, count_hits, f1_of, spread_of, units_of


def rows(truth: str, segments: str = "", assets: str = "") -> pd.DataFrame:
    """A row a letter: `.` is healthy, A and B are faults."""
    return pd.DataFrame(
        {
            "segment": list(segments or "0" * len(truth)),
            "asset": list(assets or "x" * len(truth)),
            "fault_A": [each == "A" for each in truth],
            "fault_B": [each == "B" for each in truth],
        }
    )


def test_a_unit_is_a_stretch_of_the_same_faults() -> None:
    assert units_of(rows("..AAB.")).tolist() == [0, 0, 1, 1, 2, 3]
    assert units_of(rows("..AA", segments="0112")).tolist() == [0, 1, 2, 3]
    assert units_of(rows("....", assets="xxyy")).tolist() == [0, 0, 1, 1]
    assert units_of(rows("")).shape == (0,)


def test_of_many_machines_each_is_a_unit() -> None:
    several = pd.concat([rows("A.A").assign(asset=f"m{n}") for n in range(MANY)])
    assert units_of(several).tolist() == np.repeat(np.arange(MANY), 3).tolist()


def test_the_f1_is_that_of_scikit_learn_whatever_the_units() -> None:
    rng = np.random.default_rng(0)
    truth, named = rng.integers(0, 4, 300), rng.integers(0, 4, 300)
    flags, units = np.eye(4, dtype=bool)[truth][:, 1:], rng.integers(0, 9, 300)
    found = spread_of(count_hits(named, flags, units))
    assert found.f1 == pytest.approx(f1_score(truth, named, average=None))
    assert (found.low < found.f1).all()
    assert (found.f1 < found.high).all()


def test_either_of_two_faults_is_a_hit() -> None:
    counts = count_hits(np.array([2, 1]), np.array([[True, True]] * 2), np.zeros(2, int))
    assert f1_of(counts.sum(axis=0))[1:].tolist() == [1, 1]


def test_rows_of_one_event_are_one_piece_of_evidence() -> None:
    """Four events of 50 rows, one of them missed: over rows the interval would be narrow."""
    truth, units = np.ones((200, 1), bool), np.repeat(np.arange(4), 50)
    named = np.where(units == 0, 0, 1)
    events, single = (spread_of(count_hits(named, truth, u)) for u in (units, np.arange(200)))
    assert events.high[1] - events.low[1] > 0.4
    assert single.high[1] - single.low[1] < 0.15


def test_a_class_neither_there_nor_named_has_no_figure() -> None:
    found = spread_of(count_hits(np.array([1]), np.array([[True, False]]), np.zeros(1, int)))
    assert np.isnan([found.f1[2], found.low[2], found.high[2]]).all()
    assert found.f1[1] == 1
