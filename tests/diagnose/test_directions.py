import numpy as np
import pytest

from matts.diagnose.directions import Directions
from matts.domain import BadInputError, Floats, Windows
from matts.windows import Split


def rows_of(values: Floats) -> Windows:
    """Windows of one reading, none of them faulty."""
    healthy = np.zeros((len(values), 1), np.bool_)
    names = tuple(f"s{k}" for k in range(values.shape[1]))
    return Windows(values, healthy, np.arange(len(values)), 1, names, ("Leak",))


@pytest.fixture(scope="module")
def twins() -> Windows:
    """Two sensors that move together, and a third that never moves."""
    common, noise = np.random.default_rng(0).normal(size=(2, 4000))
    return rows_of(np.column_stack([common, common + 0.1 * noise, np.full(4000, 7.0)]))


def test_healthy_readings_go_every_way_alike(twins: Windows) -> None:
    ways = Directions.fit(twins)(twins)
    np.testing.assert_allclose(np.linalg.norm(ways, axis=1), 1)
    assert np.abs(ways.mean(axis=0)).max() < 0.05
    np.testing.assert_allclose((ways.T @ ways / len(ways)).diagonal().max(), 0.5, atol=0.03)


def test_how_far_does_not_matter_and_which_way_does(twins: Windows) -> None:
    directions = Directions.fit(twins)
    mild, grave, both = directions(rows_of(np.array([[0, 1, 7], [0, 9, 7], [9.0, 9, 7]])))
    middle = directions.scaler.mean
    assert np.linalg.norm(middle[:2]) < 0.05
    assert np.linalg.norm(mild - grave) < 0.1
    assert np.linalg.norm(grave - both) > 1


def test_missing_and_huge_readings_have_a_way(twins: Windows) -> None:
    odd = rows_of(np.array([[np.nan, 1, 7], [1e300, -np.inf, 7]]))
    ways = Directions.fit(twins)(odd)
    np.testing.assert_allclose(np.linalg.norm(ways, axis=1), 1)


def test_they_come_back_as_they_went(split: Split) -> None:
    directions = Directions.fit(split.train)
    again = Directions.from_arrays(directions.arrays)
    np.testing.assert_array_equal(again(split.test), directions(split.test))


def test_without_a_healthy_window_there_is_no_middle(split: Split) -> None:
    with pytest.raises(BadInputError, match="need healthy windows to start from, got none in"):
        Directions.fit(split.train.where(split.train.faulty))
