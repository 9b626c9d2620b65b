from dataclasses import replace
from typing import Literal

import numpy as np
import pytest
from statsmodels.tsa.statespace.structural import UnobservedComponents

from matts.detect import innovations
from matts.detect.arima import ArimaDetector
from matts.detect.innovations import Series, judge
from matts.detect.kalman import KalmanDetector, KalmanSettings, likeliest, wandering
from matts.domain import Floats, Windows
from matts.windows import Split

Filtering = KalmanDetector | ArimaDetector


def windows_of(rows: Floats, segments: list[int] | None = None, length: int = 1) -> Windows:
    count, sensors = rows.shape
    return Windows(
        rows=rows,
        row_faults=np.zeros((count, 1), np.bool_),
        last=np.arange(length - 1, count),
        length=length,
        sensors=tuple(f"s{n}" for n in range(sensors)),
        fault_names=("Bearing",),
        segments=None if segments is None else np.array(segments),
    )


@pytest.fixture(scope="module")
def wander() -> Floats:
    """[R, F]: a level that wanders a little, one that wanders much, noise alone, and a slope."""
    rng = np.random.default_rng(0)
    steps, noise = rng.normal(size=(2, 600, 4))
    slope = steps[:, 3].cumsum() * 0.1
    levels = (steps * [0.2, 2.0, 0.0, 0.5]).cumsum(axis=0) + np.outer(slope.cumsum(), [0, 0, 0, 1])
    return np.asarray(levels + noise)


@pytest.fixture(params=[KalmanDetector, ArimaDetector])
def kind(request: pytest.FixtureRequest) -> type[Filtering]:
    found: type[Filtering] = request.param
    return found


@pytest.mark.filterwarnings("ignore")  # of its own search, which may stop on its way
@pytest.mark.parametrize(("name", "states"), [("local level", 1), ("local linear trend", 2)])
def test_the_variances_are_the_likeliest(wander: Floats, name: str, states: int) -> None:
    starts = np.arange(len(wander)) == 0
    series = Series((wander / wander.std(axis=0)).T, starts)
    found = likeliest(series, states)
    fits = judge(wandering(found), series, states)
    for sensor, own in enumerate(series.values):
        theirs = UnobservedComponents(own, name).fit(disp=False, maxiter=500)
        assert fits.log_likelihood[sensor] > theirs.llf - 0.05
        assert fits.scale[sensor] == pytest.approx(1, abs=1e-3)


def test_what_wanders_is_a_setting(wander: Floats) -> None:
    windows = windows_of(wander)
    kinds: tuple[Literal["level", "trend"], ...] = ("level", "trend")
    level, trend = (KalmanDetector(KalmanSettings(model=m)).fit(windows, windows) for m in kinds)
    assert (level.variances.shape, trend.variances.shape) == ((4, 2), (4, 3))
    errors = [each.contributions(windows)[2:, 3].mean() for each in (level, trend)]
    assert not np.allclose(level.score(windows), trend.score(windows))
    np.testing.assert_allclose(errors, 0.25, atol=0.002)  # a quarter of a mean of 1


def test_a_healthy_reading_scores_one_on_average(kind: type[Filtering], split: Split) -> None:
    detector = kind().fit(split.train, split.validation)
    assert detector.score(split.train.healthy).mean() == pytest.approx(1, abs=0.2)


def test_faulty_training_readings_are_not_learnt_from(
    kind: type[Filtering], wander: Floats
) -> None:
    windows = windows_of(wander)
    faults = np.zeros((len(wander), 1), np.bool_)
    faults[200:210] = True
    spoilt = wander.copy()
    spoilt[200:210] += 1000
    plain, other = (
        kind().fit(replace(windows, rows=rows, row_faults=faults), windows)
        for rows in (wander, spoilt)
    )
    np.testing.assert_array_equal(plain.score(windows), other.score(windows))


def test_no_window_knows_another_segment(kind: type[Filtering], wander: Floats) -> None:
    halves = windows_of(wander, [0] * 300 + [1] * 300, length=3)
    halves = halves.where(halves.last != 300).where(halves.where(halves.last != 300).last != 301)
    detector = kind().fit(halves, halves)
    late = halves.last >= 300
    alone = detector.score(windows_of(wander[300:], length=3))
    np.testing.assert_allclose(detector.score(halves)[late], alone, rtol=1e-9)
    np.testing.assert_allclose(detector.score(halves.where(late)), alone, rtol=1e-9)


def test_blocks_of_any_size_give_the_same(
    kind: type[Filtering], wander: Floats, monkeypatch: pytest.MonkeyPatch
) -> None:
    windows = windows_of(wander, [0] * 300 + [1] * 300)
    shuffled = np.random.default_rng(0).permutation(len(windows))[:400]
    some = replace(windows, last=windows.last[shuffled])
    detector = kind().fit(windows, windows)
    whole = detector.score(windows)
    monkeypatch.setattr(innovations, "BLOCK", 7)
    np.testing.assert_allclose(detector.score(windows), whole, rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(detector.score(some), whole[shuffled], rtol=1e-9, atol=1e-12)


def test_missing_readings_add_nothing(kind: type[Filtering], wander: Floats) -> None:
    windows = windows_of(wander)
    holes = wander.copy()
    holes[50:60, 0] = np.nan
    holes[100] = np.nan
    holes[:, 2] = np.nan  # never there
    detector = kind().fit(replace(windows, rows=holes), windows)
    parts, scores = (
        each(replace(windows, rows=holes)) for each in (detector.contributions, detector.score)
    )
    assert np.isfinite(parts).all()
    assert (parts[50:60, 0] == 0).all()
    assert (parts[:, 2] == 0).all()
    assert scores[100] == 0
    assert scores[[*range(20, 100), *range(101, 600)]].min() > 0
    assert np.isfinite(detector.score(windows)).all()


def test_one_row_and_still_sensors_and_huge_values(kind: type[Filtering], wander: Floats) -> None:
    still = wander.copy()
    still[:, 1] = 7.25
    windows = windows_of(still)
    detector = kind().fit(windows, windows)
    assert (detector.contributions(windows)[:, 1] < 1e-9).all()
    huge = still.copy()
    huge[300] = 1e300, -1e300, np.inf, 3e38
    found = detector.score(replace(windows, rows=huge))
    assert np.isfinite(found).all()
    assert found[300] > 1e6
    assert np.isfinite(detector.score(windows_of(still[:1]))).all()
    few = kind().fit(windows_of(still[:1]), windows)
    assert np.isfinite(few.score(windows)).all()


def test_single_numbers_do(kind: type[Filtering], wander: Floats) -> None:
    windows, single = windows_of(wander), windows_of(wander.astype(np.float32))
    detector = kind().fit(windows, windows)
    np.testing.assert_allclose(
        detector.score(single), detector.score(windows), rtol=1e-3, atol=1e-5
    )
