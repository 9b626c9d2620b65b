"""Faults of a machine made of like components."""

import numpy as np
import pytest
from scipy.optimize import check_grad

from matts.domain import Bools, Floats, Ints, Windows
from matts.groups import SensorSettings
from matts.noisy_or import Inputs, NoisyOr, Parts

LIKE: Ints = np.array([[0, 1], [2, 3], [4, 5]])
SENSORS = ("a1", "b1", "a2", "b2", "a3", "b3", "oil")
KNOWN = SensorSettings(component="(?P<channel>[ab])(?P<component>[123])")


def machine(count: int, seed: int = 0) -> tuple[Floats, Bools]:
    """A fault of one of three components moves its a up and its b down; the other one the oil."""
    rng = np.random.default_rng(seed)
    values, faults = rng.normal(size=(count, 7)), rng.random((count, 2)) < 0.05
    for row in np.flatnonzero(faults[:, 0]):
        values[row, LIKE[rng.integers(3)]] += [5, -5]
    values[faults[:, 1], 6] += 6
    return values, faults


def windows_of(values: Floats, faults: Bools) -> Windows:
    return Windows(values, faults, np.arange(len(values)), 1, SENSORS, ("Wear", "Leak"))


def test_it_tells_both_faults_wherever_they_are() -> None:
    parts = Parts.fit(windows_of(*machine(3000)), KNOWN, 1e-4)
    values, faults = machine(1000, seed=1)
    present = 1 - np.exp(-parts.evidence(windows_of(values, faults)))
    assert ((present > 0.5) == faults).mean() > 0.995


def test_a_component_learns_from_the_faults_of_the_others() -> None:
    values, faults = machine(3000)
    spared = np.abs(values[:, 5]) > 3  # the third component has none in training
    parts = Parts.fit(windows_of(values[~spared], faults[~spared]), KNOWN, 1e-4)
    worn = np.zeros((1, 7))
    worn[0, [4, 5]] = [5, -5]
    there = 1 - np.exp(-parts.evidence(windows_of(worn, np.zeros((1, 2), bool))))
    assert there[0, 0] > 0.9
    assert there[0, 1] < 0.1


def test_the_share_of_the_evidence_says_which_component() -> None:
    parts = Parts.fit(windows_of(*machine(3000)), KNOWN, 1e-4)
    worn = np.zeros((1, 7))
    worn[0, [2, 3]] = [5, -5]
    share = parts.share(windows_of(worn, np.zeros((1, 2), bool)))[0]
    assert set(np.argsort(-share)[:2]) == {2, 3}


def test_the_gradient_is_that_of_the_loss() -> None:
    values, faults = machine(50)
    inputs, shape = Inputs.of(values, LIKE), (2 + 7 + 2, 2)

    def judged(flat: Floats) -> tuple[float, Floats]:
        stacked = flat.reshape(shape)
        loss, local, whole = NoisyOr(stacked[:3], stacked[3:]).loss(inputs, faults, 0.01)
        return loss, np.concatenate([local, whole]).ravel()

    start = np.random.default_rng(0).normal(size=shape).ravel()
    off = check_grad(lambda flat: judged(flat)[0], lambda flat: judged(flat)[1], start)
    assert off < 1e-5


def test_without_components_it_is_one_logistic_regression_a_fault() -> None:
    values, faults = machine(2000)
    parts = Parts.fit(windows_of(values, faults), SensorSettings(), 1e-4)
    assert parts.like.size == 0
    leak = 1 - np.exp(-parts.evidence(windows_of(values, faults))[:, 1])
    assert ((leak > 0.5) == faults[:, 1]).mean() > 0.99


@pytest.mark.parametrize("ridge", [1e-5, 1e-1])
def test_dear_weights_are_small(ridge: float) -> None:
    parts = Parts.fit(windows_of(*machine(1000)), KNOWN, ridge)
    assert (np.abs(parts.model.local[:-1]).max() < 1) == (ridge > 0.01)


def test_it_comes_back_from_its_arrays() -> None:
    windows = windows_of(*machine(500))
    parts = Parts.fit(windows, KNOWN, 1e-3)
    twin = Parts.from_arrays(parts.arrays)
    np.testing.assert_array_equal(twin.evidence(windows), parts.evidence(windows))
