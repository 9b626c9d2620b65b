"""A first look at readings: an excerpt, what it is made of, and what forecasts it."""

import difflib
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from pydantic import BaseModel, ConfigDict, Field
from scipy.signal import periodogram

from matts.detect.arima import ArimaDetector
from matts.detect.innovations import healthy_scale, segment_starts, series_of
from matts.detect.kalman import KalmanDetector, wandering
from matts.detect.state_space import Model, innovate
from matts.domain import BadInputError, Bools, Floats, Ints, Windows
from matts.windows import Scaler


class ExploreSettings(BaseModel):
    """Which sensors to look at, and where."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    sensors: tuple[str, ...] = Field((), max_length=6)  # none: the first three
    readings: int = Field(300, ge=20, le=100_000)  # of the test part, from its start
    period: int | None = Field(None, ge=2, le=10_000)  # of a season; none: the strongest


class Excerpt(NamedTuple):
    """Some readings of some sensors, all of one segment."""

    places: Ints  # [R] in the record
    values: Floats  # [R, S]
    faults: Bools  # [R, K]
    sensors: tuple[str, ...]  # [S]
    fault_names: tuple[str, ...]  # [K]


class Components(NamedTuple):
    """What a series is the sum of."""

    trend: Floats  # [R], NaN within half a period of the ends
    season: Floats  # [R]
    rest: Floats  # [R], NaN with the trend


class Spectrum(NamedTuple):
    """How much of a series' variance lies at each frequency."""

    frequencies: Floats  # [Q], in cycles a reading
    shares: Floats  # [Q, S], they add up to 1


class Forecasts(NamedTuple):
    """One-step forecasts of an excerpt, by one detector."""

    values: Floats  # [R, S], in the sensor's own units
    scores: Floats  # [R, S], v²/f


def excerpt(windows: Windows, settings: ExploreSettings) -> Excerpt:
    """The first readings of a part, at most to the end of their segment."""
    starts = np.append(np.flatnonzero(segment_starts(windows)), len(windows.rows))
    count = min(settings.readings, int(starts[1]))
    names = chosen(windows.sensors, settings)
    columns = [windows.sensors.index(name) for name in names]
    return Excerpt(
        windows.row_places[:count],
        windows.rows[:count][:, columns].astype(np.float64),
        windows.row_faults[:count],
        names,
        windows.fault_names,
    )


def chosen(sensors: Sequence[str], settings: ExploreSettings) -> tuple[str, ...]:
    """The sensors to look at; an unknown one is named."""
    for name in settings.sensors:
        if name not in sensors:
            near = difflib.get_close_matches(name, sensors, 1)
            hint = f" (did you mean {near[0]}?)" if near else ""
            msg = f"explore.sensors needs sensors of the readings, got {name!r}{hint}"
            raise BadInputError(msg)
    return settings.sensors or tuple(sensors[:3])


def decompose(series: Floats, period: int) -> Components:
    """Trend, season and rest of a series [R], by moving averages (the classical way).

    >>> line, season = np.arange(12.0), np.tile([1.0, -1.0], 6)
    >>> found = decompose(line + season, period=2)
    >>> found.trend[1:4].tolist(), found.season[:3].tolist(), found.rest[1:3].tolist()
    ([1.0, 2.0, 3.0], [1.0, -1.0, 1.0], [0.0, 0.0])
    """
    if len(series) < 2 * period:
        msg = f"a season of {period} readings needs at least {2 * period}, got {len(series)}"
        raise BadInputError(msg)
    weights = np.ones(period + 1 - period % 2)
    weights[[0, -1]] = 1.0 if period % 2 else 0.5
    half = len(weights) // 2
    trend = np.full(len(series), np.nan)
    trend[half : len(series) - half] = np.convolve(series, weights / period, mode="valid")
    phases = np.array([np.nanmean((series - trend)[phase::period]) for phase in range(period)])
    season = np.resize(phases - phases.mean(), len(series))
    return Components(trend, season, series - trend - season)


def spectrum(values: Floats) -> Spectrum:
    """The periodogram of each series without its line: [R, S]."""
    frequencies, power = periodogram(values, detrend="linear", axis=0)
    totals = np.maximum(power[1:].sum(axis=0), 1e-300)
    return Spectrum(frequencies[1:], power[1:] / totals)


def strongest_period(found: Spectrum, readings: int) -> int:
    """The period in readings that holds most of the variance; two of them must fit."""
    fitting = (found.frequencies >= 2 / readings) & (found.frequencies <= 0.5)  # noqa: PLR2004
    strength = np.where(fitting, found.shares.mean(axis=1), 0)
    return max(2, round(1 / float(found.frequencies[strength.argmax()])))


def forecast(train: Windows, part: Windows, taken: Excerpt) -> dict[str, Forecasts]:
    """ARIMA's and the local level's forecasts of an excerpt, both fitted on training readings."""
    arima, kalman = ArimaDetector().fit(train, train), KalmanDetector().fit(train, train)
    models = {"ARIMA": arima.model, "Kalman": wandering(kalman.variances)}
    scaler, count = healthy_scale(train), len(taken.places)
    return {name: _filter(model, scaler, part, taken, count) for name, model in models.items()}


def _filter(model: Model, scaler: Scaler, part: Windows, taken: Excerpt, count: int) -> Forecasts:
    """What a model foresaw of the excerpt, and how far off it was."""
    series = series_of(part.rows[:count], scaler)
    found = innovate(model, series, segment_starts(part)[:count])
    columns = [part.sensors.index(name) for name in taken.sensors]
    errors, spread = found.errors[columns].T, scaler.spread[columns]
    squares = np.square(found.errors) / found.variances
    return Forecasts(taken.values - errors * spread, squares[columns].T)
