from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from pydantic import ValidationError

from matts.detect.cva import CvaDetector, CvaSettings
from matts.detect.pca import PcaDetector
from matts.domain import Floats, Windows
from matts.windows import Split


def windows_of(rows: Floats, segments: list[int] | None = None, length: int = 3) -> Windows:
    none = np.zeros((len(rows), 1), np.bool_)
    names = tuple(f"s{n}" for n in range(rows.shape[1]))
    last = np.arange(length - 1, len(rows))
    numbers = None if segments is None else np.array(segments)
    return Windows(rows, none, last, length, names, ("Bearing",), segments=numbers)


@pytest.fixture(scope="module")
def swing() -> Floats:
    """[R, F]: a swing seen by two sensors, a quarter apart, under noise; a third is noise alone."""
    rng = np.random.default_rng(0)
    turns = np.exp(1j * (0.3 * np.arange(1500) + rng.normal(size=1500).cumsum() * 0.02))
    noise = 0.1 * rng.normal(size=(1500, 3))
    return np.stack([turns.real, turns.imag, np.zeros(1500)], axis=1) + noise


@pytest.fixture(scope="module")
def detector(swing: Floats) -> CvaDetector:
    return CvaDetector().fit(windows_of(swing[:1000]), windows_of(swing[1000:]))


def test_healthy_windows_score_one_on_average(detector: CvaDetector, swing: Floats) -> None:
    assert detector.score(windows_of(swing[1000:])).mean() == pytest.approx(1, abs=0.05)


def test_a_swing_that_turns_back_is_strange_though_each_reading_is_not(
    detector: CvaDetector, swing: Floats
) -> None:
    back = windows_of(np.concatenate([swing[1000:1250], swing[1000:1250][::-1]]))
    train = windows_of(swing[:1000])
    plain = PcaDetector().fit(train, train).score(back)
    late = back.last > 252
    assert detector.score(back)[late].mean() > 4 * detector.score(back)[~late].mean()
    assert plain[late].mean() < 1.2 * plain[~late].mean()


def test_the_sensor_that_jumps_has_the_most_of_the_score(
    detector: CvaDetector, swing: Floats
) -> None:
    for sensor in range(3):
        rows = swing[1000:1100].copy()
        rows[50, sensor] += 3
        parts = detector.contributions(windows_of(rows))[48]
        assert parts.argmax() == sensor
        assert (parts >= 0).all()


def score(settings: dict[str, Any], swing: Floats) -> Floats:
    fitted = CvaDetector(CvaSettings(**settings)).fit(
        windows_of(swing[:1000]), windows_of(swing[1000:])
    )
    return fitted.score(windows_of(swing[1000:]))


@pytest.mark.parametrize("settings", [{"lags": 6}, {"states": 1}, {"ridge": 0.5}, {"smoothing": 4}])
def test_every_setting_takes_effect(settings: dict[str, Any], swing: Floats) -> None:
    assert not np.allclose(score(settings, swing), score({}, swing), rtol=1e-3)


def test_a_window_is_the_past_where_nothing_else_is_said(swing: Floats) -> None:
    np.testing.assert_array_equal(score({"lags": 3}, swing), score({}, swing))
    with pytest.raises(ValidationError, match="lags"):
        CvaSettings(lags=0)


def test_smoothing_is_the_mean_of_past_scores_of_the_segment(swing: Floats) -> None:
    halves = windows_of(swing[:400], [0] * 200 + [1] * 200, length=1)
    plain, calm = (
        CvaDetector(CvaSettings(lags=2, states=2, smoothing=n)).fit(halves, halves).score(halves)
        for n in (1, 4)
    )
    assert calm[0] == pytest.approx(plain[0])
    assert calm[100] == pytest.approx(plain[97:101].mean())
    assert calm[201] == pytest.approx(plain[200:202].mean())


def test_pasts_beyond_the_window_stay_in_the_segment(swing: Floats) -> None:
    halves = windows_of(swing[:400], [0] * 200 + [1] * 200, length=1)
    fitted = CvaDetector(CvaSettings(lags=5, smoothing=3)).fit(halves, halves)
    alone = fitted.score(windows_of(swing[200:400], length=1))
    np.testing.assert_allclose(fitted.score(halves)[200:], alone, rtol=1e-9)


def test_faulty_training_readings_are_not_learnt_from(swing: Floats) -> None:
    spoilt, faults = swing[:1000].copy(), np.zeros((1000, 1), np.bool_)
    faults[200:210], spoilt[200:210] = True, 1000
    windows = windows_of(swing[1000:])
    plain, other = (
        CvaDetector().fit(replace(windows_of(rows), row_faults=faults), windows).score(windows)
        for rows in (swing[:1000], spoilt)
    )
    np.testing.assert_array_equal(plain, other)


def test_a_missing_reading_takes_the_mean(detector: CvaDetector, swing: Floats) -> None:
    rows = swing[1000:1100].copy()
    rows[50, 1] = np.nan
    filled = rows.copy()
    filled[50, 1] = detector.scaler.mean[1]
    np.testing.assert_allclose(
        detector.score(windows_of(rows)), detector.score(windows_of(filled)), rtol=1e-6
    )


def test_training_that_lacks_a_whole_past_does(split: Split) -> None:
    """Every segment is shorter than a past with its future."""
    short = replace(split.train, segments=np.arange(len(split.train.rows)) // 7)
    fitted = CvaDetector().fit(short, split.validation)
    assert np.isfinite(fitted.score(split.test)).all()
