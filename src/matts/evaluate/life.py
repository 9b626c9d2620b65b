"""What foreseen remaining life is worth: errors, the NASA score, and intervals that hold."""

from typing import Any

import numpy as np
import pandas as pd

from matts.domain import Bools, Floats
from matts.evaluate.intervals import summarise_seeds
from matts.life.intervals import Interval, cover
from matts.life.settings import LifeSettings
from matts.life.study import ENSEMBLE, Estimators

Tree = dict[str, Any]

EARLY, LATE = 13.0, 10.0  # readings: what a forecast off by so many costs, by the NASA score
REPEATS = 100  # times that held-out units are split to measure the cover of intervals


def errors(foreseen: Floats, left: Floats) -> dict[str, float]:
    """RMSE and MAE in readings, and the NASA score: too late costs more than too early.

    The score is the sum of exp(-d / 13) - 1 for d < 0 and exp(d / 10) - 1 for d >= 0, where d is
    what was foreseen less the truth (Saxena et al., Int. Conf. Prognostics and Health Management,
    2008).

    >>> found = errors(np.array([110.0, 87.0]), np.array([100.0, 100.0]))
    >>> round(found["nasa"], 3), round(found["mae"], 1)
    (3.437, 11.5)
    """
    off = foreseen - left
    costs = np.expm1(np.where(off < 0, -off / EARLY, off / LATE))
    return {
        "rmse": float(np.sqrt(np.square(off).mean())),
        "mae": float(np.abs(off).mean()),
        "nasa": float(costs.sum()),
    }


def judge_life(
    estimators: Estimators, held_out: pd.DataFrame, foreseen: pd.DataFrame, settings: LifeSettings
) -> Tree:
    """What the test part says of remaining life, as `life`; nothing where nobody knows any."""
    known = foreseen[foreseen["left"].notna()] if len(foreseen) else foreseen
    if not len(known):
        return {}
    at_end = met_once(known, settings.seed)
    seeds = [each.seed for each in estimators.values()]
    first = next(iter(estimators.values()))
    judged = {
        "cap": settings.cap,
        "units": {"learnt": _units(held_out), "test": len(at_end)},
        "seeds": seeds,
        "weights": dict(zip(first.models, first.weights.tolist(), strict=True)),
        "models": {
            name: _judge_model(name, seeds, at_end, known, held_out)
            for name in (ENSEMBLE, *first.models)
        },
        "intervals": _judge_intervals(seeds, at_end, known, settings)
        | {"held_out": cover_of_splits(held_out, settings)},
    }
    return {"life": judged}


def met_once(table: pd.DataFrame, seed: int) -> pd.DataFrame:
    """One reading a unit, as it is met in service: its last, or any if it was seen to fail."""
    rng, left = np.random.default_rng(seed), table["left"].to_numpy()
    own = table.groupby("unit", sort=True).indices.values()
    rows = [rng.choice(each) if left[each[-1]] == 0 else each[-1] for each in own]
    return table.iloc[rows]


def _units(table: pd.DataFrame) -> int:
    return int(table["unit"].nunique())


def _judge_model(
    name: str,
    seeds: list[int],
    at_end: pd.DataFrame,
    every: pd.DataFrame,
    held_out: pd.DataFrame,
) -> Tree:
    """One model on the test part, over the seeds, and on the assets that were held out."""
    columns = [f"{name}/{seed}" for seed in seeds]
    last = [errors(at_end[c].to_numpy(), at_end["left"].to_numpy()) for c in columns]
    all_of = [even_rmse(every, c) for c in columns]
    return {
        **{key: summarise_seeds([each[key] for each in last]) for key in last[0]},
        "rmse_all_readings": summarise_seeds(all_of),
        "held_out_rmse": even_rmse(held_out, name),
    }


def even_rmse(table: pd.DataFrame, column: str) -> float:
    """RMSE over all readings, every unit alike: what a unit met at any time may expect."""
    return float(
        np.sqrt(_even(table, np.square(table[column].to_numpy() - table["left"].to_numpy())))
    )


def _judge_intervals(
    seeds: list[int], at_end: pd.DataFrame, every: pd.DataFrame, settings: LifeSettings
) -> Tree:
    """How often intervals on the test part hold the truth, how wide, how often open above."""
    views = {"last": at_end, "all_readings": every}
    found: Tree = {"confidence": settings.confidence}
    for name, table in views.items():
        parts = [_one_seed(table, seed) for seed in seeds]
        found[name] = {key: summarise_seeds([part[key] for part in parts]) for key in parts[0]}
    return found


def _one_seed(table: pd.DataFrame, seed: int) -> dict[str, float]:
    low, high = table[f"low/{seed}"].to_numpy(), table[f"high/{seed}"].to_numpy()
    return {
        "coverage": _even(table, cover(table["left"].to_numpy(), low, high)),
        "width": _even(table, high - low),
        "open": _even(table, table[f"open/{seed}"].to_numpy()),
    }


def _even(table: pd.DataFrame, values: Floats | Bools) -> float:
    """The mean in which every unit counts the same."""
    return float(pd.Series(values, table.index).groupby(table["unit"]).mean().mean())


def cover_of_splits(held_out: pd.DataFrame, settings: LifeSettings) -> dict[str, float | int]:
    """Cover on some held-out units of intervals measured on the others, many times."""
    rng, covers = np.random.default_rng(settings.seed), []
    names = held_out["unit"].unique()
    foreseen, left, own = (held_out[c].to_numpy() for c in (ENSEMBLE, "left", "unit"))
    for _ in range(REPEATS):
        aside = np.isin(own, rng.permutation(names)[: max(len(names) // settings.folds, 1)])
        known = (foreseen[~aside], left[~aside], own[~aside])
        interval = Interval.fit(*known, settings.confidence, settings.cap)
        held = cover(left[aside], *interval(foreseen[aside]))
        covers.append(_even(held_out[aside], held))
    return {
        "repeats": REPEATS,
        "coverage": float(np.mean(covers)),
        "low": float(np.quantile(covers, 0.025)),
        "high": float(np.quantile(covers, 0.975)),
    }
