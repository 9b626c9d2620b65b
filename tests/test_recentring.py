"""The running bias of an operating mode."""

import numpy as np
import pytest

from matts.groups import VirtualSettings
from matts.recentring import MODES, Memory, recentre

SETTINGS = VirtualSettings(memory=1e6)
UNSURE = np.full(3, 4.0)  # the variance of a new bias


def test_a_bias_of_a_mode_is_taken_out_of_what_follows() -> None:
    rng = np.random.default_rng(0)
    biased = rng.normal([1.5, -0.5], 0.1, (200, 2))
    left = recentre(biased, ["thick"] * 200, {}, UNSURE[:2], SETTINGS)
    np.testing.assert_allclose(left[0], biased[0] / np.sqrt(5))
    np.testing.assert_allclose(left[100:].mean(axis=0), 0, atol=0.05)


def test_each_mode_has_its_own() -> None:
    residuals = np.array([[2.0], [-2.0]] * 50)
    modes = ["thick", "thin"] * 50
    left = recentre(residuals, modes, {}, UNSURE[:1], SETTINGS)
    np.testing.assert_allclose(left[-2:], 0, atol=0.05)


def test_past_readings_alone_decide() -> None:
    residuals = np.random.default_rng(0).normal(size=(50, 2))
    modes = ["a", "b"] * 25
    changed = residuals.copy()
    changed[30:] += 2
    before = recentre(residuals, modes, {}, UNSURE[:2], SETTINGS)
    after = recentre(changed, modes, {}, UNSURE[:2], SETTINGS)
    np.testing.assert_array_equal(after[:30], before[:30])


def test_chunks_are_as_the_whole() -> None:
    residuals = np.random.default_rng(0).normal(size=(60, 3))
    modes = [f"mode {k}" for k in np.random.default_rng(1).integers(0, 4, 60)]
    whole, memory = recentre(residuals, modes, {}, UNSURE, SETTINGS), Memory()
    parts = [
        recentre(residuals[r], modes[r], memory, UNSURE, SETTINGS) for r in np.s_[:7, 7:8, 8:60]
    ]
    np.testing.assert_array_equal(np.concatenate(parts), whole)


def test_what_is_far_out_teaches_nothing() -> None:
    residuals = np.zeros((100, 1))
    residuals[50:60] = 9.0
    left = recentre(residuals, ["a"] * 100, {}, UNSURE[:1], SETTINGS)
    np.testing.assert_array_equal(left[60:], 0)
    assert (left[50:60] > 8).all()


def test_a_mode_first_seen_in_a_fault_is_learnt_anew() -> None:
    residuals = np.zeros((100, 1))
    residuals[:4] = 16.0
    left = recentre(residuals, ["a"] * 100, {}, np.full(1, 9.0), SETTINGS)
    assert abs(left[4, 0]) > SETTINGS.freeze  # nothing but the fault is known
    np.testing.assert_allclose(left[20:], 0, atol=1)


def test_readings_of_a_new_mode_count_for_little() -> None:
    odd = np.full((1, 1), 10.0)
    known, memory = np.zeros((500, 1)), Memory()
    recentre(known, ["old"] * 500, memory, UNSURE[:1] * 20, SETTINGS)
    assert recentre(odd, ["old"], memory, UNSURE[:1] * 20, SETTINGS) > 9
    assert recentre(odd, ["new"], memory, UNSURE[:1] * 20, SETTINGS) < 2


def test_a_large_bias_of_a_new_mode_is_learnt_if_such_are_known() -> None:
    far = np.full((30, 1), 20.0)
    assert abs(recentre(far, ["a"] * 30, {}, np.full(1, 100.0), SETTINGS)[-1, 0]) < 1
    assert recentre(far, ["a"] * 30, {}, np.full(1, 0.3), SETTINGS)[-1, 0] > 15


@pytest.mark.parametrize(("name", "value"), [("memory", 5.0), ("clip", 0.5), ("freeze", 1.0)])
def test_every_setting_takes_effect(name: str, value: float) -> None:
    residuals = np.random.default_rng(0).normal(1, 1, size=(100, 1))
    changed = SETTINGS.model_copy(update={name: value})
    modes = ["a"] * 100
    before = recentre(residuals, modes, {}, UNSURE[:1], SETTINGS)
    assert not np.allclose(recentre(residuals, modes, {}, UNSURE[:1], changed), before)


def test_so_many_modes_are_remembered_and_no_more() -> None:
    memory: Memory = {}
    recentre(np.zeros((MODES + 3, 1)), ["first", *range(MODES + 2)], memory, UNSURE[:1], SETTINGS)
    assert len(memory) == MODES
    assert "first" not in memory
    assert MODES + 1 in memory
