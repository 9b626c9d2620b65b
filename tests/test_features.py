from collections.abc import Callable

import numpy as np
import pytest

from matts.domain import BadInputError, Floats, Ints, Windows
from matts.features import FEATURES, START, engineer, feature_names


def windows_of(
    rows: Floats, length: int, segments: Ints | None = None, last: Ints | None = None
) -> Windows:
    none = np.zeros((len(rows), 1), bool)
    last = np.arange(length - 1, len(rows)) if last is None else last
    names = tuple(f"s{k}" for k in range(rows.shape[1]))
    return Windows(rows, none, last, length, names, ("Bearing",), segments=segments)


ROWS = np.random.default_rng(0).normal(size=(60, 2)) + np.array([5.0, -3.0])


@pytest.mark.parametrize(
    ("name", "by_hand"),
    [
        ("last", lambda w: w[-1]),
        ("mean", lambda w: w.mean(axis=0)),
        ("deviation", lambda w: w.std(axis=0)),
        ("slope", lambda w: np.polyfit(np.arange(len(w)), w, 1)[0]),
        ("lowest", lambda w: w.min(axis=0)),
        ("highest", lambda w: w.max(axis=0)),
        ("ewma", lambda w: np.average(w, axis=0, weights=0.5 ** np.arange(len(w) - 1, -1, -1))),
        ("off_start", lambda w: w.mean(axis=0) - ROWS[:START].mean(axis=0)),
        ("autocovariance", lambda w: ((w - w.mean(0))[1:] * (w - w.mean(0))[:-1]).mean(0)),
    ],
)
def test_a_feature_is_what_its_name_says(name: str, by_hand: Callable[[Floats], Floats]) -> None:
    found = engineer(windows_of(ROWS, 5, last=np.array([30, 59])), [name])
    np.testing.assert_allclose(found, [by_hand(ROWS[26:31]), by_hand(ROWS[55:60])])


def test_nothing_after_a_window_changes_its_features() -> None:
    later = ROWS.copy()
    later[31:] = 99.0
    last = np.array([6, 12, 30])
    before, after = (engineer(windows_of(r, 5, last=last), list(FEATURES)) for r in (ROWS, later))
    np.testing.assert_array_equal(before, after)


def test_each_segment_has_a_start_of_its_own() -> None:
    segments = np.repeat([7, 8], 30)
    found = engineer(windows_of(ROWS, 5, segments, np.array([29, 59])), ["off_start"])
    expected = [ROWS[25:30].mean(axis=0) - ROWS[:20].mean(axis=0)]
    expected += [ROWS[55:60].mean(axis=0) - ROWS[30:50].mean(axis=0)]
    np.testing.assert_allclose(found, expected)


def test_a_window_of_one_reading_has_every_feature() -> None:
    assert np.isfinite(engineer(windows_of(ROWS, 1), list(FEATURES))).all()


def test_a_window_has_the_same_features_in_any_company() -> None:
    every = engineer(windows_of(ROWS, 5), list(FEATURES))
    some = engineer(windows_of(ROWS, 5, last=np.array([40, 9])), list(FEATURES))
    np.testing.assert_allclose(some, every[[36, 5]], rtol=1e-12)


def test_no_window_has_no_features() -> None:
    none = windows_of(ROWS, 5, last=np.zeros(0, np.int64))
    assert engineer(none, ["mean", "off_start"]).shape == (0, 4)


def test_columns_are_named() -> None:
    assert len(feature_names(["a", "b"], list(FEATURES))) == 2 * len(FEATURES)
    with pytest.raises(BadInputError, match="features are some of last"):
        engineer(windows_of(ROWS, 5), ["median"])
