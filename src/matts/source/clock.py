"""When readings were taken: their order, the pauses between them, one a period."""

from typing import Any

import numpy as np
import pandas as pd
from pytz.exceptions import AmbiguousTimeError

from matts.domain import BadInputError, Bools
from matts.source.cells import to_numbers
from matts.source.formats import find_format
from matts.source.settings import ReadSettings, TimeSettings

PAUSE = 10  # usual steps: a longer one begins a new segment
MOST = 0.5  # a larger share of cells decides
OFFSET = r".*\d(Z|[+-]\d\d:?\d\d)"  # a time that says how far it is off UTC

Times = pd.Series  # of time stamps in UTC or of a zone unknown, or of float64 that count


def to_times(column: pd.Series, settings: TimeSettings, assets: pd.Series | None = None) -> Times:
    """The times of a column; missing where it holds none: [R].

    Numbers count something, as cycles, unless a unit says since when: then they are times. Local
    times of a zone become UTC; the hour that comes twice in autumn is told by its order, which is
    that of each asset by itself.
    """
    times: Times = _parse(column, settings)
    if not pd.api.types.is_datetime64_any_dtype(times):
        return times
    if times.dt.tz is not None:
        return pd.Series(times.dt.tz_convert("UTC").dt.tz_localize(None))
    if settings.zone is None or settings.unit:
        return times  # which numbers since 1970 are in UTC
    groups = [times] if assets is None else [own for _, own in times.groupby(assets, sort=False)]
    found: Times = pd.concat([_in_utc(own, settings.zone) for own in groups])
    return found.reindex(times.index)


def _parse(column: pd.Series, settings: TimeSettings) -> Times:
    """Times as they are written, or numbers that count."""
    if settings.unit:
        return pd.Series(pd.to_datetime(to_numbers(column, ReadSettings()), unit=settings.unit))
    if pd.api.types.is_datetime64_any_dtype(column):
        return column
    numbers = to_numbers(column, ReadSettings(decimal="."))
    if not settings.format and numbers.notna().mean() > MOST:
        return numbers
    text = column.astype(str).str.strip()
    told_zone = bool(text.str.fullmatch(OFFSET).mean() > MOST)
    how = settings.format or find_format(text)
    return pd.Series(pd.to_datetime(text, format=how, errors="coerce", utc=told_zone))


def _in_utc(times: Times, zone: str) -> Times:
    """Local times as UTC; those that no clock showed are an hour later."""
    known = times.dropna()
    try:
        local = known.dt.tz_localize(zone, ambiguous="infer", nonexistent="shift_forward")
    except (ValueError, AmbiguousTimeError):  # the hour comes once, or in disorder
        first = known.duplicated(keep="last").to_numpy()  # of two the one of summer
        local = known.dt.tz_localize(zone, ambiguous=first, nonexistent="shift_forward")
    return pd.Series(local.dt.tz_convert("UTC").dt.tz_localize(None)).reindex(times.index)


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
    dated = pd.api.types.is_datetime64_any_dtype(times)
    try:
        found: Any = pd.Timedelta(text) if isinstance(text, str) else float(text)
        found = pd.Timedelta(found, unit="s") if dated and isinstance(found, float) else found
    except ValueError:
        found = None
    if found is None or isinstance(found, float) == dated or not found > 0 * found:
        msg = f"a time as 10min is needed, or a number where times are numbers, got {text!r}"
        raise BadInputError(msg)
    return found


def periods(times: Times, settings: TimeSettings) -> pd.Series:
    """The end of the period that each reading is in: [R]; what is taken of it was known by then."""
    span = _span(times, settings.every or "")
    if pd.api.types.is_datetime64_any_dtype(times):
        return pd.Series(times.dt.ceil(span))
    counted: pd.Series = np.ceil(times / span) * span
    return counted
