"""What several seeds of the same run say together."""

from collections.abc import Sequence

import numpy as np
from scipy.special import stdtrit

from matts.domain import Floats

CONFIDENCE = 0.95


def summarise_seeds(values: Sequence[float | None]) -> dict[str, float | None]:
    """Count, median, mean and 95 % Student-t interval of the mean; missing values are left out.

    The interval needs two values; it isn't cut off at 0 or 1.

    >>> summarise_seeds([0.8, 0.9, None])["n"]
    2
    """
    known = np.array([value for value in values if value is not None], dtype=float)
    n = len(known)
    mean = float(known.mean()) if n else None
    low, high = _interval(known) if n > 1 else (None, None)
    return {
        "n": n,
        "median": float(np.median(known)) if n else None,
        "mean": mean,
        "low": low,
        "high": high,
    }


def _interval(values: Floats) -> tuple[float, float]:
    n = len(values)
    half = stdtrit(n - 1, (1 + CONFIDENCE) / 2) * values.std(ddof=1) / np.sqrt(n)
    return float(values.mean() - half), float(values.mean() + half)
