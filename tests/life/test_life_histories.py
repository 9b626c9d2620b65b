from dataclasses import replace

import numpy as np

from matts.features import ages
from matts.life.histories import (
    capped_life,
    even_weights,
    every_reading,
    groups,
    join,
    padded,
    units,
    with_known_life,
)
from tests.life.wear import LENGTH, TRAIN, VALIDATION, wearing


def test_every_reading_with_a_full_window_counts() -> None:
    some = replace(TRAIN, last=TRAIN.last[::7])
    np.testing.assert_array_equal(every_reading(some).last, TRAIN.last)


def test_life_is_capped_and_may_be_unknown() -> None:
    assert capped_life(TRAIN, 20).max() == 20
    unknown = TRAIN.row_life.copy()  # type: ignore[union-attr]
    unknown[:50] = np.nan
    known = with_known_life(replace(TRAIN, row_life=unknown))
    assert len(known) == (TRAIN.last >= 50).sum()
    nothing = replace(TRAIN, row_life=None)
    assert len(with_known_life(nothing)) == 0
    assert np.isnan(capped_life(nothing, 20)).all()


def test_ages_begin_anew_with_each_unit() -> None:
    assert TRAIN.segments is not None
    first = np.flatnonzero(np.diff(TRAIN.segments, prepend=-1))
    np.testing.assert_array_equal(ages(TRAIN)[first], 1)
    assert ages(TRAIN).max() < 110
    np.testing.assert_array_equal(np.unique(units(TRAIN)), first)


def test_padding_repeats_the_first_reading_and_keeps_the_rest() -> None:
    two = wearing(2)
    channels = np.arange(len(two.rows), dtype=float)[:, None]
    long = padded(two, channels, ("place",), 9)
    assert long.values.shape == (len(two), 9, 1)
    for window, last in zip(long.values[:, :, 0], two.last, strict=True):
        begin = units(two)[two.last == last][0]
        expected = np.maximum(np.arange(last - 8, last + 1), begin)
        np.testing.assert_array_equal(window, expected)
    np.testing.assert_array_equal(ages(long)[long.last], ages(two)[two.last])


def test_parts_are_joined_and_stay_apart() -> None:
    both = join(TRAIN, VALIDATION)
    assert len(both) == len(TRAIN) + len(VALIDATION)
    np.testing.assert_array_equal(both.values[-1], VALIDATION.values[-1])
    assert len(np.unique(units(both))) == 21
    np.testing.assert_array_equal(both.life[len(TRAIN) :], VALIDATION.life)  # type: ignore[index]
    assert both.length == LENGTH


def test_each_unit_weighs_the_same() -> None:
    weights, own = even_weights(TRAIN), units(TRAIN)
    sums = [weights[own == unit].sum() for unit in np.unique(own)]
    np.testing.assert_allclose(sums, len(TRAIN) / 15)


def test_assets_are_held_together_where_they_have_names() -> None:
    same = replace(TRAIN, row_assets=np.full(len(TRAIN.rows), "one"))
    assert len(np.unique(groups(same))) == 1
    assert len(np.unique(groups(replace(TRAIN, row_assets=None)))) == 15
