from dataclasses import replace

import numpy as np
import pytest
from pydantic import ValidationError

from matts.domain import Floats, Windows
from matts.forest import Forest, ForestSettings
from matts.windows import Split

SMALL = ForestSettings(trees=30)


def shaking(seed: int) -> Windows:
    """Two sensors of the same level and spread everywhere; in the fault one moves to and fro."""
    random = np.random.default_rng(seed)
    rows, faults = random.normal(size=(1200, 2)), np.zeros((1200, 1), bool)
    faults[600:] = True
    for n in range(601, 1200):
        rows[n, 0] = -0.9 * rows[n - 1, 0] + np.sqrt(1 - 0.81) * rows[n, 0]
    segments, last = faults[:, 0].astype(np.int64), np.r_[11:600, 611:1200]
    return Windows(rows, faults, last, 12, ("a", "b"), ("Shaking",), segments=segments)


def right(forest: Forest, windows: Windows) -> float:
    return float((forest.probabilities(windows).argmax(axis=1) == windows.classes).mean())


def test_a_change_of_dynamics_alone_is_seen() -> None:
    assert right(Forest(SMALL).fit(shaking(0)), shaking(1)) > 0.9


def test_a_forecast_helps_to_see_it() -> None:
    blind = Forest(SMALL.model_copy(update={"lags": 0})).fit(shaking(0))
    seeing = Forest(SMALL.model_copy(update={"lags": 2})).fit(shaking(0))
    hidden = [shaking(seed) for seed in (1, 2, 3)]
    assert sum(right(seeing, w) for w in hidden) > sum(right(blind, w) for w in hidden)


def test_the_sensor_that_is_off_is_the_one_that_is_far_off() -> None:
    windows = shaking(1).healthy
    windows = replace(windows, rows=windows.rows + np.array([4.0, 0.0]))
    far = Forest(SMALL).fit(shaking(0)).distances(windows)
    assert (far[:, 0] > far[:, 1]).mean() > 0.95


@pytest.mark.parametrize("changed", [{"trees": 9}, {"leaf": 40}, {"share": 1.0}, {"lags": 1}])
def test_every_setting_takes_effect(split: Split, changed: dict[str, float]) -> None:
    def said(settings: ForestSettings) -> Floats:
        return Forest(settings).fit(split.train).probabilities(split.test)

    usual = ForestSettings(trees=10)
    other = ForestSettings(**{"trees": 10, **changed})
    assert not np.array_equal(said(usual), said(other))


def test_a_memory_is_the_mean_over_the_last_windows(split: Split) -> None:
    forest = Forest(ForestSettings(trees=10)).fit(split.train)
    alone = forest.probabilities(split.test)
    forest.settings = ForestSettings(trees=10, memory=4)
    calm = forest.probabilities(split.test)
    follow = np.flatnonzero(np.diff(split.test.last, n=3, prepend=0, append=0) == 0)
    n = int(follow[follow > 10][0])
    assert (np.diff(split.test.last[n - 3 : n + 1]) == 1).all()
    np.testing.assert_allclose(calm[n], alone[n - 3 : n + 1].mean(axis=0))


def test_a_window_with_two_faults_counts_for_both() -> None:
    windows = shaking(0)
    both = replace(
        windows, row_faults=np.repeat(windows.row_faults, 2, axis=1), fault_names=("Shaking", "B")
    )
    found = Forest(SMALL).fit(both).probabilities(both.where(both.faulty))
    np.testing.assert_allclose(found[:, 1], found[:, 2], atol=0.45)
    assert found[:, 1:].min(axis=1).mean() > 0.2


def test_windows_that_name_no_fault_are_judged_too() -> None:
    forest, windows = Forest(SMALL).fit(shaking(0)), shaking(1)
    bare = replace(windows, row_faults=np.zeros((1200, 0), bool), fault_names=())
    np.testing.assert_array_equal(forest.probabilities(bare), forest.probabilities(windows))


def test_settings_out_of_range_are_refused() -> None:
    with pytest.raises(ValidationError, match="greater than 0"):
        ForestSettings(share=0)
