"""What the forest brings on training runs of the Tennessee Eastman process."""

import numpy as np
import pytest

from benchmarks.tep import FILE
from benchmarks.tep_diagnosis import LENGTH, QUARTERS, cross_fit, quarters, training_windows
from matts.forest import ForestSettings


def test_no_window_that_is_learnt_shares_a_reading_with_one_that_is_named() -> None:
    places = np.tile(np.arange(461), 2)
    folds = quarters(places)
    assert len(folds) == QUARTERS
    assert (np.stack([named for _, named in folds]).sum(axis=0) == 1).all()
    for learnt, named in folds:
        apart = np.abs(places[learnt][:, None] - places[named])
        assert apart.min() >= LENGTH


@pytest.mark.skipif(not FILE.exists(), reason=f"needs {FILE.name}, the data of Braatz")
def test_a_few_trees_name_most_windows_of_quarters_that_they_never_saw() -> None:
    windows, places = training_windows(FILE)
    assert np.bincount(places)[0] == 22
    said = cross_fit(windows, places, ForestSettings(trees=10, leaf=5))
    assert 0.6 < (said == windows.classes).mean() < 0.95
