"""Where a probability becomes a yes, and which model is best: each said by other folds alone."""

from collections.abc import Mapping

import numpy as np
from sklearn.metrics import average_precision_score, f1_score, precision_recall_curve, r2_score

from matts.domain import Bools, Floats, Ints

HALF = 0.5  # the threshold of a fold that no other fold says one for


def others_of(fold: int, folds: Ints, *, by_time: bool) -> Bools:
    """Which examples may say something about a fold: those of others, or of earlier ones: [N]."""
    return (folds >= 0) & ((folds < fold) if by_time else (folds != fold))


def name_classes(
    values: Floats, truth: Ints, folds: Ints, *, by_time: bool
) -> tuple[Ints, dict[int, float]]:
    """The class that each row is given: [N, C] -> [N], and the threshold of each fold.

    Of more than two classes the likeliest. Of two the second, from the threshold on that gives the
    best F1 on the examples of the other folds: what a fold holds never chooses its own.
    """
    if values.shape[1] != 2:  # noqa: PLR2004
        return np.asarray(values.argmax(axis=1)), {}
    scores, named = values[:, 1], np.zeros(len(values), np.int64)
    thresholds = {}
    for fold in np.unique(folds[folds >= 0]).tolist():
        others, own = others_of(fold, folds, by_time=by_time), folds == fold
        thresholds[fold] = best_threshold(scores[others], truth[others] == 1)
        named[own] = scores[own] >= thresholds[fold]
    return named, thresholds


def best_threshold(scores: Floats, truth: Bools) -> float:
    """The threshold of the highest F1; a half where only one class is known.

    >>> best_threshold(np.array([0.1, 0.2, 0.3]), np.array([False, True, True]))
    0.2
    """
    if truth.all() or not truth.any():
        return HALF
    precision, recall, thresholds = precision_recall_curve(truth, scores)
    both = precision + recall
    f1 = np.divide(2 * precision * recall, both, out=np.zeros_like(both), where=both > 0)
    return float(thresholds[f1[:-1].argmax()])


def lead_of(classes: int) -> str:
    """The one figure by which models are ranked: R², PR-AUC of two classes, macro F1 of more.

    >>> lead_of(0), lead_of(2), lead_of(5)
    ('r2', 'pr_auc', 'f1_macro')
    """
    if not classes:
        return "r2"
    return "pr_auc" if classes == 2 else "f1_macro"  # noqa: PLR2004


def lead_figure(values: Floats, truth: Ints | Floats) -> float:
    """That figure of what was said."""
    lead = lead_of(0 if values.ndim == 1 else values.shape[1])
    if lead == "r2":
        return float(r2_score(truth, values))
    if lead == "pr_auc":
        return float(average_precision_score(truth == 1, values[:, 1])) if truth.any() else 0.0
    return float(f1_score(truth, values.argmax(axis=1), average="macro"))


def choose_by_fold(
    said: Mapping[str, Floats], truth: Ints | Floats, folds: Ints, *, by_time: bool
) -> tuple[Floats, dict[int, str]]:
    """What the best model by all other folds says of each fold, and which that is.

    So the choice is judged by rows that had no part in it. The first block of time has no earlier
    one: the first model is taken.
    """
    found = np.full(next(iter(said.values())).shape, np.nan)
    chosen = {}
    for fold in np.unique(folds[folds >= 0]).tolist():
        others, own = others_of(fold, folds, by_time=by_time), folds == fold
        ranked = (
            {n: lead_figure(v[others], truth[others]) for n, v in said.items()}
            if others.any()
            else {}
        )
        chosen[fold] = max(ranked, key=lambda name: ranked[name]) if ranked else next(iter(said))
        found[own] = said[chosen[fold]][own]
    return found, chosen
