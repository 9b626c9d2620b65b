"""How times are written is found out from the times themselves."""

from itertools import product

import numpy as np
import pandas as pd

DATES = (
    *("%d.%m.%Y", "%d.%m.%y", "%Y/%m/%d", "%d/%m/%Y", "%m/%d/%Y", "%d/%m/%y", "%m/%d/%y"),
    *("%d-%m-%Y", "%m-%d-%Y", "%d-%b-%y", "%d-%b-%Y", "%d %b %Y", "%Y.%m.%d", "%Y%m%d"),
)
CLOCKS = (
    *(" %H:%M:%S", " %H:%M", "", "T%H:%M:%S", " %H:%M:%S.%f", " %H:%M:%S,%f"),
    *(" %I:%M:%S %p", " %I:%M %p", "-%H:%M:%S", ", %H:%M:%S", "%H%M%S"),
)
ISO, ANY = "ISO8601", "mixed"  # words of pandas
SAMPLE = 300  # cells that tell
MOST = 0.5  # a larger share of them decides


def find_format(text: "pd.Series[str]") -> str:
    """The format of times, as of strptime, or a word of pandas: that of most cells.

    Where day and month could be either, the times that lie closer together are right.

    >>> find_format(pd.Series(["11.02.2024 00:10", "12.02.2024 00:20"]))
    '%d.%m.%Y %H:%M'
    >>> find_format(pd.Series(["2024-02-11T00:10", "2024-02-12 00:20"]))
    'ISO8601'
    """
    full = text[text != ""]
    if full.str.match(r"\d{4}-\d\d-\d\d").mean() > MOST:
        return ISO
    sample = full.iloc[np.linspace(0, len(full) - 1, min(SAMPLE, len(full)), dtype=int)]
    likely = sample[sample.str.contains(r"\d")].iloc[:3]  # three rule most formats out, cheaply
    formats = [date + clock for date, clock in product(DATES, CLOCKS)]
    fitting = [each for each in formats if len(likely) and _parse(likely, each).notna().any()]
    ranked = sorted((*_fit(sample, each), each) for each in fitting)
    return ranked[0][-1] if ranked and -ranked[0][0] > MOST else ANY


def _parse(text: "pd.Series[str]", form: str) -> "pd.Series[pd.Timestamp]":
    return pd.Series(pd.to_datetime(text, format=form, errors="coerce"))


def _fit(text: "pd.Series[str]", form: str) -> tuple[float, float]:
    """What makes a format worse: fewer cells that it reads, and a longer way through them."""
    times = _parse(text, form)
    way = times.dropna().diff().abs().sum() / pd.Timedelta("1s")
    return -float(times.notna().mean()), float(way)
