"""How far a label tells remaining life, and whether that life is lived or drawn."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from matts.domain import Bools, Floats

Tree = dict[str, Any]

SURE = 1.63  # Kolmogorov's distance times the root of the count: beyond it lie 1 % by chance


def life_bound(life: Floats, labels: Mapping[str, Floats], machines: NDArray[np.str_]) -> Tree:
    """What each label tells of remaining life [R], and whether it is drawn rather than lived."""
    known = ~np.isnan(life)
    told = {
        name: _given(life[rows], label[rows] == 1)
        for name, label in labels.items()
        if (rows := known & ~np.isnan(label)).any() and len(np.unique(label[rows])) > 1
    }
    return {"follows_itself": _follows(life, machines), "given": told}


def _follows(life: Floats, machines: NDArray[np.str_]) -> float | None:
    """How the life of a reading goes with that of the reading before, same machine; rows in time.

    A countdown runs down with the clock: near 1. What is drawn anew each time: near 0.
    """
    pairs = (machines[1:] == machines[:-1]) & ~np.isnan(life[1:]) & ~np.isnan(life[:-1])
    before, now = life[:-1][pairs], life[1:][pairs]
    if not len(now) or not (before.std() > 0 and now.std() > 0):
        return None
    return float(np.corrcoef(before, now)[0, 1])


def _given(life: Floats, yes: Bools) -> Tree:
    """Ranges with and without a label, if each is evenly filled, and the variance that it tells."""
    sides = {name: _side(life[rows]) for name, rows in (("yes", yes), ("no", ~yes))}
    between = sum(s["share"] * (s["mean"] - life.mean()) ** 2 for s in _sized(sides, len(life)))
    even = all(side["even"] for side in sides.values())
    return {
        **sides,
        "r2": float(between / max(life.var(), 1e-12)),
        "r2_if_drawn": _drawn(sides, len(life)) if even else None,
    }


def _sized(sides: Mapping[str, Tree], count: int) -> list[Tree]:
    return [side | {"share": side["rows"] / count} for side in sides.values()]


def _side(life: Floats) -> Tree:
    """Where the lives of one side lie, and whether they fill that range evenly."""
    from scipy.stats import kstest  # noqa: PLC0415 - slow to import

    low, high = float(life.min()), float(life.max())
    width = max(high - low, 1e-12)
    distance = float(kstest(life, "uniform", (low, width)).statistic)
    return {
        "rows": len(life),
        "low": low,
        "high": high,
        "mean": float(life.mean()),
        "even": bool(
            distance <= SURE / np.sqrt(len(life)) + 1 / width
        ),  # whole numbers lie in steps
    }


def _drawn(sides: Mapping[str, Tree], count: int) -> float:
    """R² of who knows the label, were life drawn evenly from each range.

    The variance between two means over all variance; of U(a, b) it is (b - a)² / 12.
    """
    yes, no = _sized(sides, count)
    middles = [(side["low"] + side["high"]) / 2 for side in (yes, no)]
    between = yes["share"] * no["share"] * (middles[0] - middles[1]) ** 2
    within = sum(side["share"] * (side["high"] - side["low"]) ** 2 / 12 for side in (yes, no))
    return float(between / max(between + within, 1e-12))
