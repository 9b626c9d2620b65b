"""The running bias of an operating mode."""

import numpy as np
import pytest

from matts.groups import VirtualSettings
from matts.recentring import MODES, Memory, recentre

SETTINGS = VirtualSettings(prior=1, memory=1e6)


def test_a_bias_of_a_mode_is_taken_out_of_what_follows() -> None:
    rng = np.random.default_rng(0)
    biased = rng.normal(0, 0.1, (200, 2)) + [1.5, -0.5]
    left = recentre(biased, ["thick"] * 200, {}, SETTINGS)
    np.testing.assert_array_equal(left[0], biased[0])
    np.testing.assert_allclose(left[100:].mean(axis=0), 0, atol=0.05)


def test_each_mode_has_its_own() -> None:
    residuals = np.array([[2.0], [-2.0]] * 50)
    modes = ["thick", "thin"] * 50
    left = recentre(residuals, modes, {}, SETTINGS)
    np.testing.assert_allclose(left[-2:], 0, atol=0.05)


def test_past_readings_alone_decide() -> None:
    residuals = np.random.default_rng(0).normal(size=(50, 2))
    modes = ["a", "b"] * 25
    changed = residuals.copy()
    changed[30:] += 2
    before = recentre(residuals, modes, {}, SETTINGS)
    np.testing.assert_array_equal(recentre(changed, modes, {}, SETTINGS)[:30], before[:30])


def test_chunks_are_as_the_whole() -> None:
    residuals = np.random.default_rng(0).normal(size=(60, 3))
    modes = [f"mode {k}" for k in np.random.default_rng(1).integers(0, 4, 60)]
    whole, memory = recentre(residuals, modes, {}, SETTINGS), Memory()
    parts = [recentre(residuals[r], modes[r], memory, SETTINGS) for r in np.s_[:7, 7:8, 8:60]]
    np.testing.assert_array_equal(np.concatenate(parts), whole)


def test_what_is_far_out_teaches_nothing() -> None:
    residuals = np.zeros((100, 1))
    residuals[50:60] = 9.0
    left = recentre(residuals, ["a"] * 100, {}, SETTINGS)
    np.testing.assert_array_equal(left, residuals)


@pytest.mark.parametrize(
    ("name", "value"), [("prior", 30.0), ("memory", 5.0), ("clip", 0.5), ("freeze", 1.0)]
)
def test_every_setting_takes_effect(name: str, value: float) -> None:
    residuals = np.random.default_rng(0).normal(1, 1, size=(100, 1))
    changed = SETTINGS.model_copy(update={name: value})
    modes = ["a"] * 100
    before = recentre(residuals, modes, {}, SETTINGS)
    assert not np.allclose(recentre(residuals, modes, {}, changed), before)


def test_so_many_modes_are_remembered_and_no_more() -> None:
    memory: Memory = {}
    recentre(np.zeros((MODES + 3, 1)), ["first", *range(MODES + 2)], memory, SETTINGS)
    assert len(memory) == MODES
    assert "first" not in memory
    assert MODES + 1 in memory
