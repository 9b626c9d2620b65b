from typing import Any

import numpy as np
import pytest

from matts.detect.controls import ConstantDetector
from matts.domain import Floats, Windows
from matts.monitor.reference import TrainingReference
from matts.serve.live.quality import GRADES, Quality
from matts.serve.live.settings import LiveSettings
from matts.source.settings import MissingSettings

NAN = np.nan


@pytest.fixture(scope="module")
def reference() -> TrainingReference:
    """One sensor from 10 to 20 that never stands still, one that is 5 for four readings a time."""
    rows = np.column_stack([np.linspace(10, 20, 100), np.repeat(np.arange(25) % 2 + 5.0, 4)])
    none = np.zeros((100, 1), np.bool_)
    windows = Windows(rows, none, np.arange(100), 1, ("f", "g"), ("Leak",))
    return TrainingReference.fit(windows, windows, ConstantDetector())


def quality(reference: TrainingReference, fill: str = "none", **changes: float) -> Quality:
    made = Quality(
        reference,
        MissingSettings.model_validate({"fill": fill, "limit": 2}),
        LiveSettings.model_validate(changes),
    )
    made.widen(2)
    return made


def graded(made: Quality, rows: list[Any]) -> tuple[list[list[str]], Floats]:
    """Of readings of the first asset."""
    first = np.zeros(1, np.int64)
    found = [made.grade(first, np.array([row]), np.zeros(1, np.bool_)) for row in rows]
    names = [[GRADES[code] for code in each.grades[0]] for each in found]
    return names, np.array([each.values[0] for each in found])


def test_what_was_seen_in_training_is_good(reference: TrainingReference) -> None:
    names, values = graded(quality(reference), [[10, 5], [20, 6]])
    assert names == [["good", "good"]] * 2
    assert values.tolist() == [[10, 5], [20, 6]]


def test_what_is_beyond_training_is_out_of_range(reference: TrainingReference) -> None:
    rows = [[-0.1, 5], [30.1, 5], [0, 5], [30, 5]]
    assert [n[0] for n in graded(quality(reference), rows)[0]] == [
        *["out_of_range"] * 2,
        *["good"] * 2,
    ]
    near = graded(quality(reference, margin=0), rows)[0]
    assert [n[0] for n in near] == ["out_of_range"] * 4


def test_a_sensor_is_stuck_once_it_repeats_itself_more_than_ever(
    reference: TrainingReference,
) -> None:
    rows = [[15, 5]] * 30
    names = graded(quality(reference), rows)[0]
    assert [n[0] for n in names].index("stuck") == 10  # the eleventh
    assert [n[1] for n in names].index("stuck") == 12  # four a time in training, three times that
    later = graded(quality(reference, stuck=5), rows)[0]
    assert [n[1] for n in later].index("stuck") == 20


def test_what_is_missing_is_imputed_as_in_training(reference: TrainingReference) -> None:
    rows = [[15, 5], [NAN, 5], [NAN, 6], [NAN, 5], [16, NAN]]
    names, values = graded(quality(reference), rows)
    assert [n[0] for n in names] == ["good", "missing", "missing", "missing", "good"]
    assert np.isnan(values[1:4, 0]).all()
    names, values = graded(quality(reference, "previous"), rows)
    assert [n[0] for n in names] == ["good", "imputed", "imputed", "missing", "good"]
    assert values[:3, 0].tolist() == [15, 15, 15]
    assert names[4][1] == "imputed"
    own = Quality(reference, MissingSettings(), LiveSettings(fill="previous", limit=1))
    own.widen(1)
    assert [n[0] for n in graded(own, rows)[0]][1:3] == ["imputed", "missing"]
    told = Quality(reference, MissingSettings(fill="previous"), LiveSettings(fill="none"))
    told.widen(1)
    assert graded(told, rows)[0][1][0] == "missing"


def test_another_unit_is_ten_times_as_much_or_a_tenth(reference: TrainingReference) -> None:
    made = quality(reference)
    given = np.array([[200.0, 5], [15_000, 0.005], [1, 0], [31, 8], [NAN, NAN]])
    assert made.of_another_unit(given).tolist() == [
        [True, False],
        [True, True],
        [False, False],
        [False, False],
        [False, False],
    ]


def test_a_new_segment_and_another_asset_know_nothing_of_it(reference: TrainingReference) -> None:
    made = quality(reference, "previous")
    graded(made, [[15, 5]])
    both, gap = np.array([0, 1]), np.full((2, 2), NAN)
    assert np.isnan(made.grade(both, gap, np.array([True, False])).values).all()
