"""Fit models of remaining life, weigh them and measure their intervals on assets held out."""

import logging
from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from typing import NamedTuple

import numpy as np
import pandas as pd

from matts.domain import Floats, Ints, State, Windows
from matts.features import ages
from matts.groups import SensorSettings
from matts.life.estimator import LifeEstimator, weigh
from matts.life.histories import (
    capped_life,
    even_weights,
    every_reading,
    groups,
    join,
    units,
    with_known_life,
)
from matts.life.intervals import Interval
from matts.life.settings import LifeSettings
from matts.parallel import run_all

log = logging.getLogger(__name__)

Estimators = dict[str, LifeEstimator]  # by seed: "life/0"
LEAST = 2  # assets, that one may be held out
ENSEMBLE = "ensemble"


class _Fold(NamedTuple):
    """Which windows are learnt from, which are held out; none: a model to keep."""

    seed: int
    held: Ints


def fit_lives(
    train: Windows,
    validation: Windows,
    settings: LifeSettings,
    sensors: SensorSettings,
    workers: int = 1,
) -> tuple[Estimators, pd.DataFrame]:
    """One estimator a seed, and what was foreseen of assets that were held out.

    The test part is no part of this. Nothing is made where no reading has a known remaining life.
    """
    pool = with_known_life(every_reading(join(train, validation)))
    assets = len(np.unique(groups(pool)))
    if assets < LEAST:
        if assets:
            log.warning("remaining life needs %d assets to learn from, got %d", LEAST, assets)
        return {}, pd.DataFrame()
    folds = [_Fold(settings.seed, held) for held in hold_out(pool, settings)]
    keep = [_Fold(settings.seed + n, np.zeros(0, np.int64)) for n in range(settings.seeds)]
    fit = partial(_fit, pool, settings, sensors)
    found = run_all(fit, [*folds, *keep], workers, "models of life")
    held_out = {
        name: _scatter(len(pool), folds, [each[name] for each, _ in found[: len(folds)]])
        for name in settings.models
    }
    fitted = [LifeEstimator.from_state(state) for _, state in found[len(folds) :] if state]
    return _finish(pool, held_out, fitted)


def hold_out(pool: Windows, settings: LifeSettings) -> list[Ints]:
    """The windows of the assets that are held out together, fold by fold; each asset is once."""
    assets = np.random.default_rng(settings.seed).permutation(np.unique(groups(pool)))
    folds = np.array_split(assets, min(settings.folds, len(assets)))
    return [np.flatnonzero(np.isin(groups(pool), fold)) for fold in folds]


def _fit(
    pool: Windows, settings: LifeSettings, sensors: SensorSettings, fold: _Fold
) -> tuple[dict[str, Floats], State | None]:
    """One training: what it foresees of who is held out, or the trained models themselves."""
    learnt = replace(pool, last=np.delete(pool.last, fold.held))
    estimator = LifeEstimator(settings, sensors, fold.seed)
    estimator.fit(learnt, capped_life(learnt, settings.cap))
    if not len(fold.held):
        return {}, estimator.state()
    return estimator.predict_each(replace(pool, last=pool.last[fold.held])), None


def _scatter(count: int, folds: list[_Fold], parts: list[Floats]) -> Floats:
    """What was foreseen fold by fold, in the order of the windows: [N]."""
    whole = np.full(count, np.nan)
    for fold, part in zip(folds, parts, strict=True):
        whole[fold.held] = part
    return whole


def _finish(
    pool: Windows, held_out: Mapping[str, Floats], fitted: list[LifeEstimator]
) -> tuple[Estimators, pd.DataFrame]:
    """Give every estimator the weights and the interval that the held-out assets ask for."""
    first, left = fitted[0], capped_life(pool, fitted[0].settings.cap)
    weights = weigh(held_out, left, even_weights(pool))
    for each in fitted:
        each.weights = weights
    mixed, settings = first.mix(held_out), first.settings
    interval = Interval.fit(mixed, left, units(pool), settings.confidence, settings.cap)
    for each in fitted:
        each.interval = interval
    table = place(pool, settings.cap).assign(**held_out, **{ENSEMBLE: mixed})
    return {f"life/{each.seed}": each for each in fitted}, table


def place(windows: Windows, cap: float) -> pd.DataFrame:
    """Asset, unit, reading, age and capped remaining life of each window."""
    return pd.DataFrame(
        {
            "asset": "" if windows.assets is None else windows.assets,
            "unit": units(windows),
            "reading": windows.positions,
            "age": ages(windows)[windows.last],
            "left": capped_life(windows, cap),
        }
    )


def foresee_all(estimators: Mapping[str, LifeEstimator], windows: Windows) -> pd.DataFrame:
    """What each estimator and its models say at every reading of a part, one row a reading.

    Columns are `<model>/<seed>`, and of the ensemble `low`, `high` and `open` as well.
    """
    if not estimators:
        return pd.DataFrame()
    every = every_reading(windows)
    table = place(every, next(iter(estimators.values())).settings.cap)
    for each in estimators.values():
        models = each.predict_each(every)
        mixed = each.judge(each.mix(models))
        for name, values in {**models, ENSEMBLE: mixed.left}.items():
            table[f"{name}/{each.seed}"] = values
        for name in ("low", "high", "open"):
            table[f"{name}/{each.seed}"] = getattr(mixed, name)
    return table
