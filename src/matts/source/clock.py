"""When readings were taken: their order, the pauses between them, one a period."""

from typing import Any

import numpy as np
import pandas as pd

from matts.domain import BadInputError, Bools
from matts.source.cells import to_numbers
from matts.source.settings import ReadSettings, TimeSettings

PAUSE = 10  # usual steps: a longer one begins a new segment

Times = pd.Series  # of time stamps in UTC or of a zone unknown, or of float64 that count


def to_times(column: pd.Series, settings: TimeSettings) -> Times:
    """The times of a column; missing where it holds none: [R].

    Numbers count something, as cycles, unless a unit says since when: then they are times. Local
    times of a zone become UTC; the hour that comes twice in autumn is told by its order.
    """
    if settings.unit:
        return pd.Series(pd.to_datetime(to_numbers(column, ReadSettings()), unit=settings.unit))
    if pd.api.types.is_datetime64_any_dtype(column):
        return _in_utc(column, settings)
    numbers = to_numbers(column, ReadSettings(decimal="."))
    if not settings.format and numbers.notna().mean() > 0.5:  # noqa: PLR2004
        return numbers
    text = column.astype(str).str.strip()
    how = settings.format or ("ISO8601" if _is_iso(text) else "mixed")
    return _in_utc(pd.to_datetime(text, format=how, errors="coerce"), settings)


def _is_iso(text: "pd.Series[str]") -> bool:
    return bool(text.str.match(r"\d{4}-\d\d-\d\d").mean() > 0.5)  # noqa: PLR2004


def _in_utc(times: Times, settings: TimeSettings) -> Times:
    """Times without a zone; local ones of a zone are UTC from here on."""
    if times.dt.tz is not None:
        return pd.Series(times.dt.tz_convert("UTC").dt.tz_localize(None))
    if settings.zone is None:
        return times
    try:
        local = times.dt.tz_localize(settings.zone, ambiguous="infer", nonexistent="shift_forward")
    except ValueError:  # the hour does not come twice in full: its first half is as good
        known = np.zeros(len(times), np.bool_)
        local = times.dt.tz_localize(settings.zone, ambiguous=known, nonexistent="shift_forward")
    return pd.Series(local.dt.tz_convert("UTC").dt.tz_localize(None))


def pauses(times: Times, assets: pd.Series, settings: TimeSettings) -> Bools:
    """Whether a reading follows a pause: [R], of readings in order, asset by asset."""
    same = (assets == assets.shift()).to_numpy()
    since = times.diff()
    if settings.gap is None or not same.any():
        return np.zeros(len(times), np.bool_)
    longest = PAUSE * since[same].median() if settings.gap == "auto" else _span(times, settings.gap)
    return np.asarray(same & (since > longest).to_numpy())


def _span(times: Times, text: str | float) -> Any:
    """A length of time in the unit of the times."""
    if pd.api.types.is_datetime64_any_dtype(times):
        try:
            return pd.Timedelta(text) if isinstance(text, str) else pd.Timedelta(text, unit="s")
        except ValueError:
            pass
    elif not isinstance(text, str):
        return float(text)
    msg = f"a time as 10min is needed, or a number where times are numbers, got {text!r}"
    raise BadInputError(msg)


def periods(times: Times, settings: TimeSettings) -> pd.Series:
    """The end of the period that each reading is in: [R]; what is taken of it was known by then."""
    span = _span(times, settings.every or "")
    if pd.api.types.is_datetime64_any_dtype(times):
        return pd.Series(times.dt.ceil(span))
    counted: pd.Series = np.ceil(times / span) * span
    return counted
