import numpy as np
import pytest

from matts.evaluate.intervals import summarise_seeds


def test_five_seeds_by_hand() -> None:
    summary = summarise_seeds([1.0, 2.0, 3.0, 4.0, 10.0])
    # t(0.975, 4) = 2.776445; variance 50 / 4
    half = 2.776445 * np.sqrt(12.5 / 5)
    assert summary == {
        "n": 5,
        "median": 3,
        "mean": 4,
        "low": pytest.approx(4 - half, abs=1e-5),
        "high": pytest.approx(4 + half, abs=1e-5),
    }


def test_one_seed_has_no_interval() -> None:
    expected = {"n": 1, "median": 0.5, "mean": 0.5, "low": None, "high": None}
    assert summarise_seeds([0.5]) == expected


def test_missing_values_are_left_out() -> None:
    assert summarise_seeds([None, 0.2, 0.4]) == summarise_seeds([0.2, 0.4])
    empty = {"n": 0, "median": None, "mean": None, "low": None, "high": None}
    assert summarise_seeds([None, None]) == empty


def test_the_interval_holds_the_mean_as_often_as_it_says() -> None:
    rng = np.random.default_rng(1)
    held = 0
    for seeds in rng.normal(size=(2000, 5)):
        summary = summarise_seeds(seeds.tolist())
        assert summary["low"] is not None
        assert summary["high"] is not None
        held += summary["low"] <= 0 <= summary["high"]
    assert held / 2000 == pytest.approx(0.95, abs=0.015)
