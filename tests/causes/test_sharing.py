import numpy as np
import pytest

from matts.causes.sharing import by_channel, by_component, share_out
from matts.groups import SensorSettings

SENSORS = ("width", "force_1", "speed_1", "force_2")
STANDS = SensorSettings(component=r"(?P<channel>.+)_(?P<component>\d)")
PARTS = np.array([[1.0, 2.0, 4.0, 8.0]])


def test_readings_and_sensors_share_one_score() -> None:
    blame = np.random.default_rng(0).random((5, 3, 4))
    parts = share_out(blame, np.arange(5.0))
    np.testing.assert_allclose(parts.sum(axis=(1, 2)), np.arange(5.0))
    np.testing.assert_allclose(parts[2] / blame[2], 2 / blame[2].sum())


def test_odd_blame_is_no_blame() -> None:
    blame = np.array([[-5.0, 1.0, np.nan], [np.inf, 1.0, 0.0], [np.nan, np.nan, -1.0]])
    parts = share_out(blame, np.full(3, 3.0))
    np.testing.assert_allclose(parts, [[0, 3, 0], [3, 0, 0], [1, 1, 1]], atol=1e-9)


@pytest.mark.parametrize("size", [1e-300, 1e300])
def test_size_does_not_matter(size: float) -> None:
    parts = share_out(np.full((1, 200), size), np.ones(1))
    np.testing.assert_allclose(parts, 1 / 200)


def test_by_component_and_by_channel() -> None:
    names, sums = by_component(PARTS, SENSORS, STANDS)
    assert (names, sums.tolist()) == (("1", "2"), [[6.0, 8.0]])
    names, sums = by_channel(PARTS, SENSORS, STANDS)
    assert (names, sums.tolist()) == (("width", "force", "speed"), [[1.0, 10.0, 4.0]])


def test_nothing_is_known_of_the_machine() -> None:
    names, sums = by_component(PARTS, SENSORS, SensorSettings())
    assert (names, sums.shape) == ((), (1, 0))
    assert by_channel(PARTS, SENSORS, SensorSettings())[0] == SENSORS
