from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch

from matts.detect.stacked_lstm import StackedLstmDetector, StackedLstmSettings, healthy_range
from matts.domain import BadInputError, Windows
from matts.windows import Split

QUICK: dict[str, Any] = {"epochs": 2, "widths": (8, 4)}


def fit(split: Split, **settings: Any) -> StackedLstmDetector:
    chosen = StackedLstmSettings(**{**QUICK, **settings})
    return StackedLstmDetector(chosen).fit(split.train, split.validation)


@pytest.fixture(scope="module")
def detector(split: Split) -> StackedLstmDetector:
    return fit(split)


@pytest.mark.parametrize(
    "changed",
    [
        {"widths": (8, 6)},
        {"widths": (8,)},
        {"dropout": 0.6},
        {"judged": "last"},
        {"epochs": 0},
        {"batch_size": 16},
        {"learning_rate": 0.03},
        {"seed": 1},
    ],
    ids=str,
)
def test_every_option_takes_effect(
    split: Split, detector: StackedLstmDetector, changed: dict[str, Any]
) -> None:
    other = fit(split, **changed)
    assert not np.allclose(other.score(split.test), detector.score(split.test), rtol=1e-3)


def test_patience_ends_training(split: Split) -> None:
    stuck = {"epochs": 30, "learning_rate": 0.9, "patience": 1}
    assert len(fit(split, **stuck).history) < 30


def test_the_score_is_the_mean_absolute_error_in_healthy_ranges(
    split: Split, detector: StackedLstmDetector
) -> None:
    scaled = torch.from_numpy(detector.scaler(split.test.values[:5]))
    with torch.no_grad():
        errors = (detector.network(scaled) - scaled).abs()
    scores = detector.score(split.test)[:5]
    np.testing.assert_allclose(scores, errors.mean(dim=(1, 2)), rtol=1e-4)
    last = fit(split, judged="last")
    np.testing.assert_allclose(last.score(split.test)[:5], errors[:, -1].mean(dim=1), rtol=1e-4)


def test_training_learns(split: Split) -> None:
    history = fit(split, epochs=6, widths=(32, 16), dropout=0.0, batch_size=64).history
    assert history[-1]["reconstruction"] < 0.9 * history[0]["reconstruction"]


def test_faulty_windows_teach_nothing(split: Split, detector: StackedLstmDetector) -> None:
    rows = split.train.rows.copy()
    rows[split.train.row_faults.any(axis=1)] += 1e6
    spoilt = replace(split.train, rows=rows)
    touched = (spoilt.values != split.train.values).any(axis=(1, 2))
    assert touched.any()
    twin = StackedLstmDetector(detector.settings)
    own = spoilt.where(~touched | spoilt.faulty)
    same = split.train.where(~touched | split.train.faulty)
    first, second = (twin.fit(each, split.validation).score(split.test) for each in (own, same))
    np.testing.assert_array_equal(first, second)


def test_a_range_is_of_healthy_readings_that_are_there() -> None:
    rows = np.array([[0.0, 1.0, np.nan], [10, 1, np.nan], [np.nan, 1, np.nan], [99, 9, 9]])
    faults = np.array([[False], [False], [False], [True]])
    found = healthy_range(Windows(rows, faults, np.arange(4), 1, ("a", "b", "c"), ("X",)))
    assert found.mean.tolist() == [5, 1, 0]
    assert found.spread.tolist() == [10, 1, 1]


def test_without_healthy_readings_there_is_no_range(split: Split) -> None:
    with pytest.raises(BadInputError, match="a healthy range needs healthy readings, got"):
        fit(
            replace(
                split, train=replace(split.train, row_faults=~np.zeros_like(split.train.row_faults))
            )
        )
