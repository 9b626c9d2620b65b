"""One reading a period, and what becomes of missing ones; nothing is taken from the future."""

from collections.abc import Sequence

import pandas as pd

from matts.readings import LABEL, TARGET_OF
from matts.source.clock import periods
from matts.source.settings import SourceSettings

MAYBE = 0.5  # between no and yes: a truth that nobody knows


def one_a_period(
    table: pd.DataFrame, settings: SourceSettings, sensors: Sequence[str]
) -> pd.DataFrame:
    """One reading a period and segment, at the end of it: faulty if one in it was; so for targets.

    A target is not true in a period only where it is known to be so of each reading.
    Of a period with a pause in it the segment after the pause is kept.
    """
    truths = [TARGET_OF + name for name in settings.targets.truths if TARGET_OF + name in table]
    names = [str(name) for name in table]
    ends = periods(table["time"], settings.time)
    keys = [*(name for name in ("asset", "segment", "part") if name in table), "time"]
    how = dict.fromkeys(names, "last") | dict.fromkeys(sensors, settings.time.take)
    how |= {name: "any" for name in names if LABEL.fullmatch(name)}
    how |= dict.fromkeys(truths, "max")
    how |= {"known": "all"} if "known" in table else {}
    ranked = table.assign(time=ends, **table[truths].fillna(MAYBE))
    groups = ranked.groupby(keys, sort=False)
    taken = groups.agg({name: each for name, each in how.items() if name not in keys})
    taken[truths] = taken[truths].where(taken[truths] != MAYBE)
    moments = [name for name in ("asset", "time") if name in table]
    taken = taken.reset_index()[names]
    again = taken[moments].eq(taken[moments].shift(-1)).all(axis=1)
    return taken[~again].reset_index(drop=True)


def filled(table: pd.DataFrame, settings: SourceSettings, sensors: Sequence[str]) -> pd.DataFrame:
    """Missing readings as the settings want them; nothing goes from one part to another."""
    if settings.missing.fill == "none":
        return table
    keys = [name for name in ("asset", "segment", "part") if name in table]
    values = table[[*sensors]]
    runs = values.groupby([table[key] for key in keys], sort=False) if keys else values
    changed = table.copy()
    changed[[*sensors]] = runs.ffill(limit=settings.missing.limit)
    return changed
