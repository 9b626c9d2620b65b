"""What the times of a record are like: those that cannot be read, that repeat, that jump."""

from typing import Any

import pandas as pd

from matts.source.clock import pauses
from matts.source.settings import TimeSettings

SUNDAY, NIGHT, MONTHS = 6, 4, {3, 4, 9, 10, 11}  # when clocks are changed: about two o'clock


def describe_clock(
    came: pd.DataFrame, kept: pd.DataFrame, cells: pd.Series, settings: TimeSettings
) -> dict[str, Any]:
    """What the times of a record are like: those that came, in the order of the files, and kept.

    Both tables have `asset` and `time`.
    """
    unread = came["time"].isna()
    since = kept["time"].diff()[kept["asset"] == kept["asset"].shift()]
    read = came.dropna()
    on = read["time"].diff()[read["asset"] == read["asset"].shift()]
    nothing = on.iloc[:0].sum()
    broken = pauses(kept["time"], kept["asset"], settings)
    return {
        "rows_without_time": int(unread.sum()),
        "unread_time": str(cells[unread].iloc[0]) if unread.any() else None,
        "rows_of_a_time_again": int((~unread).sum()) - len(kept),
        "steps_back": int((on < nothing).sum()),
        "pauses": int(broken.sum()),
        "longest_pause": str(since.max()) if len(since) else None,
        "step": str(since.median()) if len(since) else None,
        "first": str(kept["time"].min()),
        "last": str(kept["time"].max()),
        "clock_changes": _clock_changes(came, kept, since, settings),
    }


def _clock_changes(
    came: pd.DataFrame, kept: pd.DataFrame, since: pd.Series, settings: TimeSettings
) -> list[str]:
    """When local times of no told zone seem to skip an hour of a Sunday night, or to repeat it."""
    told = settings.zone is not None or not pd.api.types.is_datetime64_any_dtype(kept["time"])
    if told or since.empty:
        return []
    hour: Any = pd.Timedelta("1h")
    skipped = kept["time"].shift()[since.index][since == hour + since.median()]
    again = came["time"][came.duplicated(["asset", "time"]) & came["time"].notna()]
    nights = [
        each
        for each in (*skipped, *again)
        if each.dayofweek == SUNDAY and each.hour < NIGHT and each.month in MONTHS
    ]
    return sorted({str(each.floor("h")) for each in nights})
