"""What out-of-fold predictions of one configuration are worth: figures with intervals."""

from collections.abc import Callable
from functools import partial

import numpy as np
from sklearn.metrics import average_precision_score, roc_auc_score

from matts.domain import Bools, Floats, Ints
from matts.evaluate import unit_draws as draws
from matts.evaluate.unit_draws import Spread

Figures = dict[str, Spread]
ROUNDING = 1e-9  # of a sum of squares
AT_CAP = 0.01  # the share of equal largest answers from which these are taken for a cap


def class_figures(
    probabilities: Floats, named: Ints, truth: Ints, units: Ints, classes: tuple[str, ...]
) -> Figures:
    """Figures of a task with classes: [N, C], [N], [N], [N].

    Of two classes precision, recall, F1, PR-AUC and ROC-AUC are those of the second; of more they
    are means over the classes that there are. The Brier score is the sum over classes of squared
    errors (Brier, Monthly Weather Review 78, 1950), of two classes half of that.
    """
    confusion = draws.confusion_by(units, truth, named, len(classes))
    found = _named(confusion, classes) | _ranked(probabilities, truth, units)
    off = probabilities - np.eye(len(classes))[truth]
    squared = np.square(off).sum(axis=1) / (2 if len(classes) == 2 else 1)  # noqa: PLR2004
    sums = draws.sum_by(units, np.ones(len(truth)), squared, truth > 0)
    found["brier"] = draws.spread_of(lambda s: s[..., 1] / s[..., 0], sums)
    found["base_rate"] = draws.spread_of(lambda s: s[..., 2] / s[..., 0], sums)
    return found


def _named(confusion: Floats, classes: tuple[str, ...]) -> Figures:
    """What is counted of the classes that were named: [U, C, C]."""
    one = len(classes) == 2  # noqa: PLR2004
    kinds: dict[str, Callable[[Floats], Floats]] = {
        "accuracy": lambda c: np.trace(c, axis1=-2, axis2=-1) / c.sum(axis=(-2, -1)),
        "precision": lambda c: _one_or_mean(_precision(c), one=one),
        "recall": lambda c: _one_or_mean(_recall(c), one=one),
        "f1": lambda c: _one_or_mean(_f1(c), one=one),
        "f1_macro": lambda c: np.nanmean(_f1(c), axis=-1),
        "f1_weighted": lambda c: np.nansum(_f1(c) * _shares(c), axis=-1),
    }
    kinds |= {
        f"{metric}/{name}": partial(_of_class, each, k)
        for metric, each in (("precision", _precision), ("recall", _recall), ("f1", _f1))
        for k, name in enumerate(classes)
    }
    return {name: draws.spread_of(kind, confusion) for name, kind in kinds.items()}


def _of_class(each: Callable[[Floats], Floats], k: int, confusion: Floats) -> Floats:
    return each(confusion)[..., k]


def _one_or_mean(each: Floats, *, one: bool) -> Floats:
    """Of each class [..., C]: the second, or the mean of those that there are."""
    return each[..., 1] if one else np.nanmean(each, axis=-1)


def _counts(confusion: Floats) -> tuple[Floats, Floats, Floats]:
    """Of each class: hits, how often it was named, how often it was true."""
    hits = np.diagonal(confusion, axis1=-2, axis2=-1)
    return hits, confusion.sum(axis=-2), confusion.sum(axis=-1)


def _precision(confusion: Floats) -> Floats:
    """0 of a class that was never named; NaN of one that was not there either: [..., C]."""
    hits, named, true = _counts(confusion)
    return np.where(named > 0, hits / named, np.where(true > 0, 0.0, np.nan))


def _recall(confusion: Floats) -> Floats:
    """0 of a class that was named and never there; NaN if it was neither: [..., C]."""
    hits, named, true = _counts(confusion)
    return np.where(true > 0, hits / true, np.where(named > 0, 0.0, np.nan))


def _f1(confusion: Floats) -> Floats:
    hits, named, true = _counts(confusion)
    return np.asarray(2 * hits / (named + true))


def _shares(confusion: Floats) -> Floats:
    true = confusion.sum(axis=-1)
    return np.asarray(true / true.sum(axis=-1, keepdims=True))


def _ranked(probabilities: Floats, truth: Ints, units: Ints) -> Figures:
    """PR-AUC and ROC-AUC: exact, with the interval of scores in many steps."""
    classes = probabilities.shape[1]
    which = [1] if classes == 2 else range(classes)  # noqa: PLR2004
    parts = [_ranked_class(probabilities[:, k], np.asarray(truth == k), units) for k in which]
    names = ("pr_auc", "roc_auc")
    return {name: draws.mean_of([part[i] for part in parts]) for i, name in enumerate(names)}


def _ranked_class(scores: Floats, truth: Bools, units: Ints) -> tuple[Spread, Spread]:
    if truth.all() or not truth.any():
        none = draws.mean_of([])
        return none, none
    ranks = draws.ranks_by(units, truth, scores)
    precision = draws.spread_of(draws.average_precision, ranks)
    area = draws.spread_of(draws.roc_auc, ranks)
    return (
        precision._replace(value=float(average_precision_score(truth, scores))),
        area._replace(value=float(roc_auc_score(truth, scores))),
    )


def number_figures(foreseen: Floats, truth: Floats, units: Ints) -> Figures:
    """RMSE, MAE, the median error and R² of a task whose answer is a number: [N] each.

    Where many answers are the largest one, they are cut off there: R² of the others is told too.
    """
    off, truth = foreseen - truth, truth - truth.mean()
    found = {
        "rmse": draws.spread_of(lambda s: np.sqrt(s[..., 1] / s[..., 0]), _sums(off, truth, units)),
        "mae": draws.spread_of(lambda s: s[..., 2] / s[..., 0], _sums(off, truth, units)),
        "r2": draws.spread_of(_r2, _sums(off, truth, units)),
    }
    none = draws.mean_of([])
    found["median_error"] = none._replace(value=float(np.median(np.abs(off))))
    capped = truth == truth.max()
    if AT_CAP <= capped.mean() < 1:
        below = ~capped
        sums = _sums(off[below], truth[below], units[below])
        found["r2_below_cap"] = draws.spread_of(_r2, sums)
    return found


def _sums(off: Floats, truth: Floats, units: Ints) -> Floats:
    ones = np.ones(len(off))
    return draws.sum_by(units, ones, np.square(off), np.abs(off), truth, np.square(truth))


def _r2(sums: Floats) -> Floats:
    """NaN where all answers are the same, up to rounding: there is nothing to explain."""
    count, squared, _, total, squares = np.moveaxis(sums, -1, 0)
    spread = squares - np.square(total) / count
    return np.where(spread > ROUNDING * squares, 1 - squared / spread, np.nan)
