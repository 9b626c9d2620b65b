"""When readings were taken: their order, the pauses between them, one a period."""

from typing import Any

import numpy as np
import pandas as pd
from pytz.exceptions import AmbiguousTimeError

from matts.domain import BadInputError, Bools
from matts.source.cells import is_text, to_numbers
from matts.source.formats import find_format
from matts.source.settings import ReadSettings, TimeSettings
from matts.source.time_settings import Unit

PAUSE = 10  # usual steps: a longer one begins a new segment
HOUR: Any = pd.Timedelta("1h")  # that a summer time skips
DAY: Any = pd.Timedelta("1D")
PER_SECOND: dict[Unit, float] = {"s": 1, "ms": 1e3, "us": 1e6, "ns": 1e9}
MOST_SECONDS = 9.2e9  # since 1970 that 64 bits of ns hold
MOST = 0.5  # a larger share of cells decides
OFFSET = r".*(:\d\d|T\d{4,6})([.,]\d+)? ?(Z|[+-]\d\d(:?\d\d)?)"  # a time that tells how far off UTC

Times = pd.Series  # of time stamps in UTC or of a zone unknown, or of float64 that count


def to_times(column: pd.Series, settings: TimeSettings, assets: pd.Series | None = None) -> Times:
    """The times of a column; missing where it holds none: [R].

    Numbers count something, as cycles, unless a unit says since when: then they are times. Local
    times of a zone become UTC; the hour that comes twice in autumn is told by its order, which is
    that of each asset by itself.
    """
    times, told = _parse(column, settings)
    if settings.zone is None or told.all():
        return times
    local = times[~told]
    groups = [local] if assets is None else [own for _, own in local.groupby(assets, sort=False)]
    found: Times = pd.concat([times[told], *(_in_utc(own, settings.zone) for own in groups)])
    return found.reindex(times.index)


def to_times_like(text: Times, column: pd.Series, times: Times, settings: TimeSettings) -> Times:
    """Times that somebody wrote as those of a column that became `times`, or in a way of their own.

    Raises:
        BadInputError: they are dates where those are numbers, or numbers where those are dates.
    """
    dated = pd.api.types.is_datetime64_any_dtype(times)
    known = settings.format or settings.unit or not dated or not is_text(column)
    form = settings.format if known else find_format(column.astype(str).str.strip())
    found = to_times(text, settings.model_copy(update={"format": form}))
    if found.isna().any():
        found = to_times(text, settings.model_copy(update={"format": None, "unit": None}))
    if len(found) and pd.api.types.is_datetime64_any_dtype(found) != dated:
        need = "dates as source.time.column has" if dated else "numbers as source.time.column has"
        msg = f"the start and the end of an interval need to be {need}, got {text.iloc[0]}"
        raise BadInputError(msg)
    return found


def _parse(column: pd.Series, settings: TimeSettings) -> tuple[Times, Bools]:
    """Times as they are written or numbers that count, and which of them are in UTC: [R] each."""
    told = np.ones(len(column), np.bool_)
    if settings.unit:
        numbers = to_numbers(column, ReadSettings())
        return _since_1970(numbers, settings.unit), told
    if pd.api.types.is_datetime64_any_dtype(column):
        aware = column.dt.tz is not None
        return (column.dt.tz_convert("UTC").dt.tz_localize(None) if aware else column), told & aware
    numbers = to_numbers(column, ReadSettings(decimal="."))
    if not settings.format and numbers.notna().mean() > MOST:
        return numbers, told
    text = column.astype(str).str.strip()
    times = pd.to_datetime(
        text, format=settings.format or find_format(text), errors="coerce", utc=True
    )
    return pd.Series(times).dt.tz_localize(None), text.str.fullmatch(OFFSET).to_numpy(np.bool_)


def _since_1970(numbers: "pd.Series[float]", unit: Unit) -> Times:
    """Times from a count; missing where it is beyond all dates that there are."""
    known = numbers.where(numbers.abs() < MOST_SECONDS * PER_SECOND[unit])
    return pd.Series(pd.to_datetime(known, unit=unit))


def _in_utc(times: Times, zone: str) -> Times:
    """Local times as UTC; those that no clock showed are an hour later."""
    known = times.dropna()
    nothing, steps = pd.Timedelta(0), known.diff()
    if (steps < nothing).sum() > 2 * (steps > nothing).sum():  # the newest comes first
        known = known[::-1]
    try:
        local = known.dt.tz_localize(zone, ambiguous="infer", nonexistent=HOUR)
    except (ValueError, AmbiguousTimeError):  # the hour comes once, or in disorder
        first = known.duplicated(keep="last").to_numpy()  # of two the one of summer
        local = known.dt.tz_localize(zone, ambiguous=first, nonexistent=HOUR)
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
    """The end of the period that each reading is in: [R]; what is taken of it was known by then.

    Whole days of a zone end at its midnight, be they of 23, 24 or 25 hours.
    """
    span = _span(times, "" if settings.every is None else settings.every)
    if pd.api.types.is_datetime64_any_dtype(times):
        whole = settings.zone is not None and span % DAY == 0 * DAY
        return _local_ends(times, span, settings.zone) if whole else times.dt.ceil(span)
    counted: pd.Series = np.ceil(times / span) * span
    return counted


def _local_ends(times: Times, span: Any, zone: str | None) -> Times:
    """The midnights of a zone after times in UTC; of a midnight that comes twice the first."""
    midnights = times.dt.tz_localize("UTC").dt.tz_convert(zone).dt.tz_localize(None).dt.ceil(span)
    ends = _of_summer(midnights, zone)
    return ends.where(ends >= times, _of_summer(midnights + span, zone))


def _of_summer(local: Times, zone: str | None) -> Times:
    """Local times as UTC; of those that come twice the first."""
    first = np.ones(len(local), np.bool_)
    found = local.dt.tz_localize(zone, ambiguous=first, nonexistent="shift_forward")
    return pd.Series(found.dt.tz_convert("UTC").dt.tz_localize(None))
