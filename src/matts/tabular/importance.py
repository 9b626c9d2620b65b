"""Which columns a fitted model leans on: what it loses without them, and what trees say."""

import warnings
from importlib.util import find_spec
from typing import Any

import numpy as np
import pandas as pd

from matts.domain import Floats, Ints
from matts.tabular.families import PRODUCTS
from matts.tabular.features import Features
from matts.tabular.lesson import Past
from matts.tabular.model import TabularModel
from matts.tabular.rows import Rows
from matts.tabular.tasks import Examples

MOST_ROWS = 4000  # that a model is asked about, each time
MOST_EXPLAINED = 500  # rows that SHAP is asked about, and fewer where there are many leaves:
MOST_LEAVES = 10_000_000  # that it walks to, a second a million
REPEATS = 3  # shufflings of a group
CLOCK = ("hour", "weekday", "day_", "minute_of_day")
ROW = ("row_", "mean_abs_z")
TREES = {"random_forest", "extra_trees", "xgboost", "lightgbm", "catboost"} | {
    "gradient_boosting",
    "hist_gradient_boosting",
}


def importance_of(
    model: TabularModel,
    features: Features,
    examples: Examples,
    places: Ints,
    rows: Rows,
    seed: int,
) -> pd.DataFrame:
    """What matters to a model on examples that it was not fitted on: task, model, what, value.

    `places` are those of the held-out examples. By `permutation` (Breiman, 2001): the score lost
    (PR-AUC of yes or no, macro F1 of classes, R² of a number) when a group of columns is shuffled
    among the rows, with the lowest and highest of the repeats. Columns made of one sensor are one
    group: one alone can be spared, for the others tell the same. By `shap`, of tree models where
    the extra `explain` is installed: the share of the mean |SHAP| (Lundberg and Lee, 2017).
    """
    rng = np.random.default_rng(seed)
    some = np.sort(rng.permutation(places)[:MOST_ROWS])
    asked, past = examples.rows[some], Past(rows, examples.rows[some])
    x, truth = features.values[asked], examples.y[some]  # noqa: PD011
    found = [
        _permuted(model, (x, truth, past), groups_of(features.names, rows), rng),
        _explained(model, x[rng.permutation(len(x))]),
    ]
    table = pd.concat([each for each in found if len(each)], ignore_index=True)
    return table.assign(task=examples.task.key, model=model.kind)


def groups_of(names: tuple[str, ...], rows: Rows) -> dict[str, list[int]]:
    """The columns of each sensor, of the whole row, of products and of the clock.

    A column is of the longest sensor that its name begins with.
    """
    groups: dict[str, list[int]] = {}
    for place, name in enumerate(names):
        groups.setdefault(_group(name, rows.sensors), []).append(place)
    return groups


def _group(name: str, sensors: tuple[str, ...]) -> str:
    if name in PRODUCTS:
        return "products of sensors"
    own = [each for each in sensors if name == each or name.startswith(f"{each}_")]
    if own:
        return max(own, key=len)
    if name.startswith(ROW):
        return "all sensors of a row"
    return "clock" if name.startswith(CLOCK) else name


def _permuted(
    model: TabularModel,
    asked: tuple[Floats, Floats | Ints, Past],
    groups: dict[str, list[int]],
    rng: np.random.Generator,
) -> pd.DataFrame:
    """The score lost by shuffling each group, the same way in all of its columns."""
    x, truth, past = asked
    whole = _score(model, x, truth, past)
    found = []
    for what, columns in groups.items():
        lost = []
        for _ in range(REPEATS):
            changed = x.copy()
            changed[:, columns] = x[rng.permutation(len(x))][:, columns]
            lost.append(whole - _score(model, changed, truth, past))
        found.append((what, float(np.mean(lost)), min(lost), max(lost)))
    table = pd.DataFrame(found, columns=["what", "value", "low", "high"])
    return table.assign(method="permutation")


def _score(model: TabularModel, x: Floats, truth: Floats | Ints, past: Past) -> float:
    """R², PR-AUC or macro F1; 1 is perfect."""
    from sklearn.metrics import average_precision_score, f1_score, r2_score  # noqa: PLC0415

    if not model.classes:
        return float(r2_score(truth, model.numbers(x, past)))
    told = model.probabilities(x, past)
    if len(model.classes) == 2:  # noqa: PLR2004
        return float(average_precision_score(truth, told[:, 1])) if truth.any() else 0.0
    return float(f1_score(truth, told.argmax(axis=1), average="macro", zero_division=0))


def _explained(model: TabularModel, x: Floats) -> pd.DataFrame:
    """The share of mean |SHAP| of each column, over all classes; nothing where it can't be."""
    trees = _trees(model)
    if trees is None or find_spec("shap") is None or not len(x):
        return pd.DataFrame()
    with warnings.catch_warnings():  # its pictures, which nobody draws, warn when imported
        warnings.simplefilter("ignore")
        from shap import TreeExplainer  # noqa: PLC0415 - slow to import, and an extra

        some = model.fitted.preparation(x[: rows_explained(trees)])
        values = TreeExplainer(trees).shap_values(some)
    sizes = np.abs(np.asarray(values))
    share = sizes.reshape(len(some), len(model.names), -1).mean(axis=(0, 2))
    share = share / max(share.sum(), 1e-12)
    table = pd.DataFrame({"what": model.names, "value": share, "low": np.nan, "high": np.nan})
    return table.assign(method="shap")


def rows_explained(trees: Any) -> int:
    """How many rows SHAP is asked about: it walks from each to every leaf of a grown forest.

    >>> rows_explained(None)
    500
    """
    grown = np.ravel(getattr(trees, "estimators_", ()))
    leaves = sum(int(tree.get_n_leaves()) for tree in grown)
    return min(MOST_EXPLAINED, max(MOST_LEAVES // max(leaves, 1), 1))


def _trees(model: TabularModel) -> Any:
    """What the library itself calls the model, if it is made of trees."""
    learner = model.fitted.learner
    many = len(model.classes) > 2  # noqa: PLR2004 (of exact boosting SHAP takes no more)
    if model.kind not in TREES or learner is None or (many and model.kind == "gradient_boosting"):
        return None
    return getattr(learner, "booster", None) or getattr(learner, "estimator", None)
