"""What the present sensors tell of remaining life and of faults, beside chance."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from matts.domain import Bools, Floats, Ints

if TYPE_CHECKING:  # slow to import
    from sklearn.base import BaseEstimator

Tree = dict[str, Any]

MOST_ROWS = 20_000  # that the sensors are asked about
ROUNDS, FOLDS = 40, 3  # of boosting, and of machines held out in turn
DRAWS, TAILS = 1000, (2.5, 97.5)  # of machines, and per cent: a 95 % interval


def life_by_sensors(
    values: Floats, life: Floats, machines: NDArray[np.str_], seed: int
) -> Tree | None:
    """R² of remaining life foreseen from the present sensors, machines held out; and if shuffled.

    None where fewer machines than folds know any.
    """
    rows = _asked(~np.isnan(life), seed)
    own, truth = _numbered(machines[rows]), life[rows]
    if own.max(initial=-1) + 1 < FOLDS:
        return None
    rng = np.random.default_rng(seed)
    dealt = rng.permutation(truth)
    found = {
        "r2": _spread_of_r2(truth, _foreseen(values[rows], truth, own, seed), own, seed),
        "shuffled": _spread_of_r2(dealt, _foreseen(values[rows], dealt, own, seed), own, seed),
    }
    return found | {"rows": len(rows)}


def faults_by_sensors(
    values: Floats, classes: Ints, names: tuple[str, ...], machines: NDArray[np.str_], seed: int
) -> Tree | None:
    """F1 of naming the fault from the present sensors, machines held out, beside controls.

    `classes` [R] counts from 0, healthy, as `names` do; -1 where nobody knows. None where fewer
    machines than folds are known, or there is one class.
    """
    from sklearn.metrics import f1_score  # noqa: PLC0415

    rows = _asked(classes >= 0, seed)
    own, truth = _numbered(machines[rows]), classes[rows]
    if own.max(initial=-1) + 1 < FOLDS or len(np.unique(truth)) < 2:  # noqa: PLR2004
        return None
    dealt = np.random.default_rng(seed).permutation(truth)
    majority = np.full(len(rows), np.bincount(truth).argmax())
    guesses = {
        "sensors": (truth, _named(values[rows], truth, own, seed)),
        "shuffled": (dealt, _named(values[rows], dealt, own, seed)),
        "majority": (truth, majority),
    }
    macro = {
        name: _spread_of_macro(true, named, own, seed) for name, (true, named) in guesses.items()
    }
    weighted = float(f1_score(truth, majority, average="weighted", zero_division=0))
    return {
        "rows": len(rows),
        "majority": names[int(majority[0])],
        "majority_weighted_f1": weighted,
        "macro_f1": macro,
    }


def _asked(known: Bools, seed: int) -> Ints:
    """Rows that are known, at most so many, drawn."""
    rows = np.flatnonzero(known)
    if len(rows) <= MOST_ROWS:
        return rows
    return np.sort(np.random.default_rng(seed).choice(rows, MOST_ROWS, replace=False))


def _numbered(machines: NDArray[np.str_]) -> Ints:
    return np.asarray(np.unique(machines, return_inverse=True)[1], np.int64)


def _foreseen(values: Floats, truth: Floats, machines: Ints, seed: int) -> Floats:
    """Remaining life [N] of machines that the model was not fitted on."""
    from sklearn.ensemble import HistGradientBoostingRegressor  # noqa: PLC0415

    model = HistGradientBoostingRegressor(
        max_iter=ROUNDS, max_leaf_nodes=15, early_stopping=False, random_state=seed
    )
    return _out_of_fold(model, values, truth, machines)


def _named(values: Floats, truth: Ints, machines: Ints, seed: int) -> Ints:
    """The class [N] of machines that the model was not fitted on; rare ones weigh as much."""
    from sklearn.ensemble import HistGradientBoostingClassifier  # noqa: PLC0415

    model = HistGradientBoostingClassifier(
        max_iter=ROUNDS,
        max_leaf_nodes=15,
        early_stopping=False,
        class_weight="balanced",
        random_state=seed,
    )
    return np.asarray(_out_of_fold(model, values, truth, machines), np.int64)


def _out_of_fold(
    model: "BaseEstimator", values: Floats, truth: NDArray[Any], machines: Ints
) -> NDArray[Any]:
    from sklearn.impute import SimpleImputer  # noqa: PLC0415
    from sklearn.model_selection import GroupKFold, cross_val_predict  # noqa: PLC0415
    from sklearn.pipeline import make_pipeline  # noqa: PLC0415

    # histograms of trees need a reading of each sensor in every fold
    filled = make_pipeline(SimpleImputer(strategy="median", keep_empty_features=True), model)
    folds = GroupKFold(FOLDS)
    return np.asarray(cross_val_predict(filled, values, truth, groups=machines, cv=folds))


def _spread_of_r2(truth: Floats, foreseen: Floats, machines: Ints, seed: int) -> Tree:
    """R² with its 95 % interval over machines drawn."""
    parts = np.stack([(truth - foreseen) ** 2, truth, truth**2, np.ones(len(truth))], axis=1)

    def r2(sums: Floats) -> Floats:
        off, total, squares, count = np.moveaxis(sums, -1, 0)
        return np.asarray(1 - off / np.maximum(squares - total**2 / count, 1e-12))

    return _spread(r2, _by_machine(parts, machines), seed)


def _macro(sums: Floats) -> Floats:
    """F1 of classes [..., C, 2] of hits, and names given plus truths; absent ones left out."""
    hits, named = sums[..., 0], sums[..., 1]
    f1 = np.divide(2 * hits, named, out=np.zeros(hits.shape), where=named > 0)
    return np.asarray(f1.sum(axis=-1) / np.maximum((named > 0).sum(axis=-1), 1))


def _spread_of_macro(truth: Ints, named: Ints, machines: Ints, seed: int) -> Tree:
    classes = np.arange(max(truth.max(), named.max()) + 1)
    true, told = truth[:, None] == classes, named[:, None] == classes
    parts = np.stack([true & told, true.astype(int) + told], axis=-1).astype(float)
    return _spread(_macro, _by_machine(parts, machines), seed)


def _by_machine(parts: Floats, machines: Ints) -> Floats:
    """Sums [M, ...] of rows [N, ...]."""
    sums = np.zeros((machines.max() + 1, *parts.shape[1:]))
    np.add.at(sums, machines, parts)
    return sums


def _spread(figure: Callable[[Floats], Floats], sums: Floats, seed: int) -> Tree:
    """A figure of all machines' sums [M, ...], and where 95 % of the draws of machines lie."""
    count = len(sums)
    drawn = np.random.default_rng(seed).multinomial(count, np.full(count, 1 / count), DRAWS)
    low, high = np.percentile(figure(np.tensordot(drawn, sums, 1)), TAILS)
    return {"value": float(figure(sums.sum(axis=0))), "low": float(low), "high": float(high)}
