"""Each channel foreseen from what causes it."""

from dataclasses import replace

import numpy as np
import pytest

from matts.domain import BadInputError, Bools, Floats
from matts.groups import SensorSettings, VirtualSettings
from matts.virtual_sensors import VirtualSensors, robust_spread

SENSORS = ("grade", "speed", "torque", "power")
CHAIN = SensorSettings.model_validate(
    {
        "groups": {
            "product": {"like": "grade", "given": True},
            "speed": {"like": "speed", "after": ["product"]},
            "torque": {"like": "torque", "after": ["speed"]},
            "power": {"like": "power", "after": ["torque"]},
        },
        "mode": ["product"],
    }
)


def motor(count: int = 2000, seed: int = 0) -> Floats:
    """Power is torque times speed; two grades, of which one runs with more torque."""
    rng = np.random.default_rng(seed)
    grade = rng.integers(1, 3, count).astype(float)
    speed = rng.uniform(5, 15, count)
    torque = 100 * speed**-0.5 * np.exp(0.02 * rng.normal(size=count) + 0.1 * (grade == 2))
    power = torque * speed / 0.95 * np.exp(0.01 * rng.normal(size=count))
    return np.column_stack([grade, speed, torque, power])


@pytest.fixture(scope="module")
def rows() -> Floats:
    return motor()


@pytest.fixture(scope="module")
def healthy(rows: Floats) -> Bools:
    return np.ones(len(rows), bool)


@pytest.fixture(scope="module")
def virtual(rows: Floats, healthy: Bools) -> VirtualSensors:
    return VirtualSensors.fit(rows, healthy, SENSORS, CHAIN)


def test_what_is_given_is_not_judged(virtual: VirtualSensors) -> None:
    assert virtual.channels == ("speed", "torque", "power")


def test_a_fault_shows_where_it_is_and_not_behind(virtual: VirtualSensors) -> None:
    faulty = motor(seed=1)
    faulty[:, 2] *= 1.3
    faulty[:, 3] *= 1.3  # power follows torque, as it should
    torque, power = virtual.residuals(faulty[:20], None, {})[:, 1:].mean(axis=0)
    assert torque > 8
    assert abs(power) < 2


def test_unseen_residuals_have_a_spread_of_one(virtual: VirtualSensors) -> None:
    left = virtual.residuals(motor(seed=1), None, {})
    np.testing.assert_allclose(left[:, 2].std(), 1, atol=0.1)


def test_a_ratio_is_foreseen_far_beyond_training(virtual: VirtualSensors) -> None:
    fast = motor(seed=1)
    fast[:, 1], fast[:, 3] = 3 * fast[:, 1], 3 * fast[:, 3]
    assert np.abs(virtual.residuals(fast, None, {})[:, 2]).mean() < 2


def test_unlabelled_faults_are_trimmed_away(rows: Floats, healthy: Bools) -> None:
    spoilt = rows.copy()
    spoilt[::25, 3] *= 1.6
    fitted = VirtualSensors.fit(spoilt, healthy, SENSORS, CHAIN)
    assert np.median(fitted.residuals(spoilt[::25], None, {})[:, 2]) > 20


def test_without_groups_each_is_foreseen_from_all_others(rows: Floats, healthy: Bools) -> None:
    fitted = VirtualSensors.fit(rows, healthy, SENSORS, SensorSettings())
    assert fitted.channels == SENSORS
    spoilt = motor(seed=1)
    spoilt[:, 3] *= 1.5
    left = np.abs(fitted.residuals(spoilt, None, {})).mean(axis=0)
    assert left[3] > 5


def test_a_missing_reading_is_no_evidence(virtual: VirtualSensors) -> None:
    known = motor(50, seed=1)
    missing = known.copy()
    missing[:, 1] = np.nan
    left = virtual.residuals(missing, None, {})
    assert np.isfinite(left).all()
    np.testing.assert_array_equal(left[:, 0], 0)


def test_endless_readings_are_very_far_out(virtual: VirtualSensors) -> None:
    endless = motor(3, seed=1)
    endless[0, 3], endless[1, 3], endless[2, 3] = np.inf, 1e30, -1.0
    left = virtual.residuals(endless, None, {})[:, 2]
    assert np.isfinite(left).all()
    assert (np.abs(left) > 100).all()


def test_assets_have_biases_of_their_own(rows: Floats, virtual: VirtualSensors) -> None:
    pumps = np.array(["a", "b"] * (len(rows) // 2))
    shifted = rows.copy()
    shifted[pumps == "b", 3] *= 1.03
    left = virtual.residuals(shifted, pumps, {})[-500:, 2]
    assert abs(left[1::2].mean() - left[::2].mean()) < 0.5
    alone = virtual.residuals(rows[pumps == "a"], pumps[pumps == "a"], {})
    np.testing.assert_array_equal(alone, virtual.residuals(shifted, pumps, {})[::2])


def test_it_comes_back_from_its_arrays(virtual: VirtualSensors, rows: Floats) -> None:
    virtual.residuals(rows, None, memory := virtual.recall())
    kept = replace(virtual, memory=memory)
    twin = VirtualSensors.rebuild(kept.arrays, kept.config)
    after = motor(seed=2)
    np.testing.assert_array_equal(
        twin.residuals(after, None, twin.recall()), kept.residuals(after, None, kept.recall())
    )


@pytest.mark.parametrize(("name", "value"), [("ridge", 1e4), ("trim", 2.0)])
def test_every_setting_takes_effect(
    rows: Floats, healthy: Bools, virtual: VirtualSensors, name: str, value: float
) -> None:
    changed = CHAIN.model_copy(update={"virtual": VirtualSettings(**{name: value})})
    fitted = VirtualSensors.fit(rows, healthy, SENSORS, changed)
    assert not np.allclose(fitted.regression.slopes, virtual.regression.slopes)


def test_nothing_healthy_is_refused(rows: Floats) -> None:
    with pytest.raises(BadInputError, match="need healthy readings, got none in 2000"):
        VirtualSensors.fit(rows, np.zeros(len(rows), bool), SENSORS, CHAIN)


def test_the_spread_of_what_hardly_moves() -> None:
    columns = np.zeros((100, 3))
    columns[:, 1] = np.arange(100) % 2
    columns[:10, 2] = 5
    still, moving, seldom = robust_spread(columns)
    assert still == 1
    assert moving > 0
    assert seldom == pytest.approx(columns[:, 2].std())
