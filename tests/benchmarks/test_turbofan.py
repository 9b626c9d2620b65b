"""What is found on C-MAPSS FD001 from healthy cycles alone; skipped where the data is not."""

from typing import Self

import numpy as np
import pytest

from benchmarks.turbofan import (
    FILE,
    METHODS,
    Fleet,
    channels_of,
    deal,
    detect,
    learnt,
    limit_of,
    load,
    main,
    score,
    windows_of,
)
from matts.detect import DETECTORS
from matts.detect.zscore import ZScoreDetector
from matts.domain import Windows

pytestmark = pytest.mark.skipif(not FILE.exists(), reason=f"needs {FILE.name} of C-MAPSS")


@pytest.fixture(scope="module")
def fleet() -> Fleet:
    return load()


def test_no_file_is_said_in_a_sentence(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["--file", "nowhere.txt"])
    assert "--file needs the training units of FD001, got no file at" in capsys.readouterr().err


def test_the_cycles_are_those_of_the_protocol(fleet: Fleet) -> None:
    assert (len(fleet.unit), len(np.unique(fleet.unit))) == (20631, 100)
    assert fleet.failing.sum() == 3000
    assert not (fleet.healthy & fleet.failing).any()
    share = fleet.cycle / (fleet.cycle + fleet.left)
    assert share[fleet.healthy].max() <= 0.8
    assert fleet.healthy[(share <= 0.8) & (fleet.left >= 30)].all()


def test_a_unit_is_in_one_fold(fleet: Fleet) -> None:
    fold = deal(fleet)
    assert [len(set(fleet.unit[fold == k])) for k in range(5)] == [20] * 5
    assert all(len(set(fold[fleet.unit == unit])) == 1 for unit in np.unique(fleet.unit))


def test_no_window_crosses_units(fleet: Fleet) -> None:
    windows = windows_of(fleet)
    first = windows.last - windows.length + 1
    assert (fleet.unit[first] == fleet.unit[windows.last]).all()
    assert len(windows) == 20631 - 100 * 9


def test_a_reference_is_the_start_of_the_own_unit(fleet: Fleet) -> None:
    off = channels_of(fleet, "reference")
    for unit in (1, 50, 100):
        start = off.rows[(fleet.unit == unit) & (fleet.cycle <= 20)]
        np.testing.assert_allclose(start.mean(axis=0), 0, atol=1e-9)
    apart = off.rows - fleet.rows
    assert np.abs(np.diff(apart[fleet.unit == 7], axis=0)).max() < 1e-9


@pytest.mark.parametrize("channels", ["reference", "smoothed"])
def test_channels_know_the_past_alone(fleet: Fleet, channels: str) -> None:
    """From the 21st cycle on; before it there is no reference, and nothing is judged."""
    late = fleet.cycle > 60
    changed = fleet._replace(rows=np.where(late[:, None], 1e3, fleet.rows))
    before, after = (channels_of(each, channels).rows for each in (fleet, changed))
    np.testing.assert_array_equal(before[~late], after[~late])
    assert (before[late] != after[late]).any()


def test_a_detector_learns_from_healthy_cycles_of_other_units(
    fleet: Fleet, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows: list[np.ndarray] = []

    class Spy(ZScoreDetector):
        def fit(self, windows: Windows, validation: Windows) -> Self:
            rows.extend([windows.rows, validation.rows])
            assert not windows.row_faults.any()
            assert not validation.row_faults.any()
            return super().fit(windows, validation)

    monkeypatch.setitem(DETECTORS, "spy", Spy)
    fold = deal(fleet)
    found = score(fleet, fold, 2, learnt(("spy", {})))
    kept = [set(map(bytes, each)) for each in (*rows, found.fleet.rows)]
    assert not kept[0] & kept[1] | kept[0] & kept[2] | kept[1] & kept[2]
    assert len(rows[0]) == (fleet.healthy & ~np.isin(fold, [2, 3])).sum()
    assert found.fleet.cycle.min() == 21


def test_a_limit_keeps_its_rate_on_new_cycles() -> None:
    rng = np.random.default_rng(0)
    rates = [
        (rng.normal(size=20_000) >= limit_of(rng.normal(size=3_000))).mean() for _ in range(200)
    ]
    assert 0.0005 < np.mean(rates) < 0.001


@pytest.mark.parametrize(
    ("name", "channels", "least", "most"),
    [
        ("zscore", "reference", 0.82, 0.87),
        ("zscore", "raw", 0.72, 0.79),
        ("one_sensor", "reference", 0.66, 0.73),
        ("constant", "reference", 0, 0),
        ("moving_variance", "reference", 0, 0.01),
    ],
)
def test_so_much_is_found(
    fleet: Fleet, name: str, channels: str, least: float, most: float
) -> None:
    found, _ = detect(channels_of(fleet, channels), learnt(METHODS[name]))
    assert least <= np.mean([each.cycles for each in found]) <= most
    assert sum(each.false for each in found) <= 2 * 0.001 * sum(each.healthy for each in found)


def test_a_limit_of_the_own_fold_has_the_rate(fleet: Fleet) -> None:
    _, found = detect(channels_of(fleet, "reference"), learnt(METHODS["zscore"]))
    assert all(each.false <= 0.001 * each.healthy for each in found)
    assert np.mean([each.cycles for each in found]) > 0.8


def test_the_table_has_a_row_a_detector(
    capsys: pytest.CaptureFixture[str],
) -> None:
    main(["--channels", "raw", "reference", "--detectors", "zscore", "pca"])
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[1] for line in lines if line.startswith("| ")] == [
        *("raw", "zscore", "pca", "age"),
        *("reference", "zscore", "pca", "age"),
    ]
