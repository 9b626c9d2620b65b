import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import confusion_matrix, f1_score

from matts.domain import BadInputError, Bools, Ints
from matts.evaluate.diagnosis import diagnosis_metrics, resolve

NAMES = ("Electric", "Bearing", "WorkRoll")


def truth_of(*faults: set[int]) -> Bools:
    """Truth [N, 3] from the classes 1..3 of each row."""
    return np.array([[1 + k in row for k in range(3)] for row in faults])


TRUTH = truth_of(set(), set(), {1}, {1, 2}, {1, 2}, {2})
PREDICTED = np.array([0, 1, 1, 2, 3, 2])


def test_end_to_end_by_hand() -> None:
    metrics = diagnosis_metrics(PREDICTED, TRUTH, NAMES, with_healthy=True)
    # resolved truth: 0 0 1 2 1 2, as the fourth row's second fault was named and the fifth's none
    assert metrics["confusion"] == {
        "labels": ["Healthy", *NAMES],
        "matrix": [[1, 1, 0, 0], [0, 1, 0, 1], [0, 0, 2, 0], [0, 0, 0, 0]],
    }
    assert metrics["accuracy"] == metrics["f1_micro"] == pytest.approx(4 / 6)
    assert metrics["per_class"]["Healthy"] == {
        "precision": 1,
        "recall": 0.5,
        "f1": pytest.approx(2 / 3),
        "support": 2,
    }
    assert metrics["f1_macro"] == pytest.approx((2 / 3 + 1 / 2 + 1 + 0) / 4)
    assert metrics["f1_weighted"] == pytest.approx((2 / 3 + 1 / 2 + 1) / 3)
    assert metrics["multi_label"] == 2


def test_true_anomalies_alone() -> None:
    predicted = np.array([3, 3, 1, 2, 3, 2])  # what is named on healthy rows does not count
    metrics = diagnosis_metrics(predicted, TRUTH, NAMES, with_healthy=False)
    assert metrics["confusion"] == {
        "labels": list(NAMES),
        "matrix": [[1, 0, 1], [0, 2, 0], [0, 0, 0]],
    }
    assert metrics["accuracy"] == 3 / 4
    assert metrics["multi_label"] == 2


def test_a_hit_on_either_fault_counts() -> None:
    both = truth_of({1, 3}, {1, 3}, {1, 3})
    assert resolve(np.array([1, 3, 2]), both).tolist() == [1, 3, 1]
    assert resolve(np.array([0, 0, 0]), both).tolist() == [1, 1, 1]


def test_an_absent_class_is_none_and_leaves_the_macro_mean_alone() -> None:
    metrics = diagnosis_metrics(np.array([0, 1]), truth_of(set(), {1}), NAMES, with_healthy=True)
    absent = {"precision": None, "recall": None, "f1": None, "support": 0}
    assert metrics["per_class"]["WorkRoll"] == absent
    assert metrics["f1_macro"] == metrics["f1_weighted"] == metrics["accuracy"] == 1


def test_a_class_never_named_has_no_precision_but_an_f1_of_zero() -> None:
    metrics = diagnosis_metrics(np.array([0, 0]), truth_of(set(), {2}), NAMES, with_healthy=True)
    assert metrics["per_class"]["Bearing"] == {
        "precision": None,
        "recall": 0,
        "f1": 0,
        "support": 1,
    }


@settings(deadline=None)
@given(
    st.lists(
        st.tuples(st.integers(0, 3), st.sets(st.integers(1, 3), max_size=2)),
        min_size=1,
        max_size=30,
    )
)
def test_agrees_with_scikit_learn(rows: list[tuple[int, set[int]]]) -> None:
    predicted: Ints = np.array([row for row, _ in rows])
    truth = truth_of(*(faults for _, faults in rows))
    metrics = diagnosis_metrics(predicted, truth, NAMES, with_healthy=True)
    json.dumps(metrics, allow_nan=False)
    pair = resolve(predicted, truth), predicted
    labels = [0, 1, 2, 3]
    assert metrics["confusion"]["matrix"] == confusion_matrix(*pair, labels=labels).tolist()
    for average in ("macro", "micro", "weighted"):
        expected = f1_score(*pair, labels=labels, average=average, zero_division=np.nan)
        assert metrics[f"f1_{average}"] == pytest.approx(expected)
        assert 0 <= metrics[f"f1_{average}"] <= 1


def test_without_a_row_nothing_exists() -> None:
    metrics = diagnosis_metrics(np.array([0]), truth_of(set()), NAMES, with_healthy=False)
    assert metrics["accuracy"] is metrics["f1_macro"] is metrics["f1_weighted"] is None
    assert metrics["confusion"]["matrix"] == [[0, 0, 0]] * 3


def test_truth_of_another_shape_is_refused() -> None:
    with pytest.raises(BadInputError, match=r"truth must be \[2, 3\], got \[6, 3\]"):
        diagnosis_metrics(np.array([0, 1]), TRUTH, NAMES, with_healthy=True)


@pytest.mark.parametrize(("wrong", "with_healthy"), [(4, True), (-1, True), (0, False)])
def test_a_class_off_the_list_is_refused(*, wrong: int, with_healthy: bool) -> None:
    with pytest.raises(BadInputError, match=f"to 3 here, got {wrong}"):
        diagnosis_metrics(np.array([wrong]), truth_of({1}), NAMES, with_healthy=with_healthy)
