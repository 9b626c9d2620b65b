import numpy as np
import pytest

from matts.detect.canonical import Passage, canonical, indices, root, states_of, whitening
from matts.domain import Floats

SEGMENTS = np.array([0, 0, 0, 0, 1, 1, 1])
HEALTHY = np.array([True, True, False, True, True, True, True])


@pytest.fixture(scope="module")
def both() -> tuple[Floats, Floats]:
    """Pasts and futures [M, 4] that share two of their directions, one more than the other."""
    rng = np.random.default_rng(0)
    shared = rng.normal(size=(5000, 2))
    mixes = rng.normal(size=(2, 2, 4))
    past, future = (shared @ mix + 0.1 * rng.normal(size=(5000, 4)) for mix in mixes)
    future += 1.5 * rng.normal(size=(5000, 1)) * mixes[1, 1]
    return past, future


def test_no_step_leaves_its_segment() -> None:
    passage = Passage(SEGMENTS, HEALTHY)
    rows, inside = passage.around(np.array([0, 3, 4]), np.array([-1, 0, 1]))
    assert inside.tolist() == [[False, True, True], [True, True, False], [False, True, True]]
    assert rows[inside].tolist() == [0, 1, 2, 3, 4, 5]


def test_sound_moments_are_healthy_all_around() -> None:
    passage = Passage(SEGMENTS, HEALTHY)
    assert passage.sound(np.array([0])).tolist() == [0, 1, 3, 4, 5, 6]
    assert passage.sound(np.array([-1, 0])).tolist() == [1, 5, 6]
    assert passage.sound(np.arange(5)).tolist() == [0, 1, 3, 4, 5, 6]  # none: the healthy ones
    sick = Passage(SEGMENTS, np.zeros(7, np.bool_))
    assert sick.sound(np.array([0])).tolist() == [*range(7)]


def test_variates_are_white_and_tell_the_future(both: tuple[Floats, Floats]) -> None:
    past, future = both
    found = canonical(past, future, 1e-9)
    variates = past @ found.axes.T
    np.testing.assert_allclose(np.cov(variates.T, bias=True), np.eye(4), atol=0.01)
    np.testing.assert_allclose(found.axes @ found.back, np.eye(4), atol=1e-9)
    assert found.correlations[0] > 0.95
    assert 0.3 < found.correlations[1] < 0.8
    assert found.correlations[2:].max() < 0.1
    fitted = future @ np.linalg.lstsq(future, variates, rcond=None)[0]
    best = [np.corrcoef(fitted[:, k], variates[:, k])[0, 1] for k in range(4)]
    np.testing.assert_allclose(best, found.correlations, atol=0.01)
    assert states_of(found.correlations, len(past)) == 2


def test_a_ridge_bears_twins_and_what_never_moves() -> None:
    values = np.random.default_rng(0).normal(size=(50, 3))[:, [0, 0, 1, 2]]
    values[:, 3] = 0
    white, back = whitening(values, 1e-5)
    np.testing.assert_allclose(white @ back, np.eye(4), atol=1e-6)
    assert white[3, 3] == pytest.approx(1)  # as one that moves by 1
    assert np.abs(white).max() < 1e-5**-0.5


def test_states_are_at_least_one_and_not_all() -> None:
    assert states_of(np.zeros(5), 100) == 1
    assert states_of(np.ones(5), 10_000) == 4
    assert states_of(np.array([0.5]), 100) == 1


def test_the_root_is_the_sum_of_the_indices(both: tuple[Floats, Floats]) -> None:
    past = both[0]
    forms, weights = indices(canonical(*both, 1e-9), 2), np.array([0.5, 2.0, 3.0])
    each = np.stack([np.square(past @ form.T).sum(axis=1) for form in forms])
    squares = np.square(past @ root(forms, weights))
    np.testing.assert_allclose(squares.sum(axis=1), weights @ each, rtol=1e-9)
    white = np.square(past @ whitening(past, 1e-9)[0]).sum(axis=1)
    np.testing.assert_allclose(each[0] + each[1], white, rtol=1e-6)  # T² of everything
