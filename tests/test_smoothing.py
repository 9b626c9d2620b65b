import numpy as np
import pytest

from matts.domain import Floats, Windows
from matts.smoothing import calmed

ROWS = np.arange(8.0)[:, None] ** 2


def windows_of(last: list[int], length: int = 2) -> Windows:
    none, segments = np.zeros((8, 0), bool), np.repeat([3, 5], 4)
    return Windows(ROWS, none, np.array(last, np.int64), length, ("force",), (), segments=segments)


def means(windows: Windows) -> Floats:
    return np.asarray(windows.values.mean(axis=1))


@pytest.mark.parametrize(
    ("last", "ends"),
    [(3, [1, 2, 3]), (2, [1, 2]), (1, [1]), (5, [5]), (7, [5, 6, 7])],  # row 4 ends no window
)
def test_the_mean_is_that_of_the_windows_of_the_segment_so_far(last: int, ends: list[int]) -> None:
    found = calmed(means, windows_of([last]), 3)
    np.testing.assert_allclose(found, means(windows_of(ends)).mean(axis=0, keepdims=True))


def test_the_company_does_not_matter() -> None:
    together = calmed(means, windows_of([7, 1, 3, 5]), 3)
    alone = [calmed(means, windows_of([last]), 3) for last in (7, 1, 3, 5)]
    np.testing.assert_array_equal(together, np.concatenate(alone))


def test_no_windows_no_judgement() -> None:
    assert calmed(means, windows_of([]), 3).shape == (0, 1)
