"""Diagnosis metrics: which fault was named, judged over a fixed list of classes."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from matts.domain import HEALTHY, BadInputError, Bools, Floats, Ints

HEALTHY_NAME = "Healthy"


def diagnosis_metrics(
    predicted: Ints, truth: Bools, fault_names: Sequence[str], *, with_healthy: bool
) -> dict[str, Any]:
    """Accuracy, F1s, per-class figures and confusion of predicted classes [N] on truth [N, K].

    With healthy: end to end, every row counts. Without: the rows with a true fault alone, and
    each must be given a fault. A class with neither truth nor prediction has no F1 (None) and
    stays out of the macro mean, so that a fault the period lacks neither helps nor hurts.
    """
    _check_shape(predicted, truth, fault_names)
    if not with_healthy:
        faulty = truth.any(axis=1)
        predicted, truth = predicted[faulty], truth[faulty]
    lowest = HEALTHY if with_healthy else HEALTHY + 1
    _check_classes(predicted, lowest, highest=len(fault_names))
    names = [HEALTHY_NAME, *fault_names][lowest:]
    matrix = _confusion(resolve(predicted, truth) - lowest, predicted - lowest, len(names))
    return {
        **_summary(matrix),
        "per_class": _per_class(matrix, names),
        "confusion": {"labels": names, "matrix": matrix.tolist()},
        "multi_label": int((truth.sum(axis=1) > 1).sum()),
    }


def resolve(predicted: Ints, truth: Bools) -> Ints:
    """One true class a row [N]: the predicted one where it is among the truth, else the first.

    >>> truth = np.array([[True, True], [True, True], [False, False]])
    >>> resolve(np.array([2, 0, 1]), truth).tolist()
    [2, 1, 0]
    """
    classes = np.column_stack([~truth.any(axis=1), truth])
    hit = classes[np.arange(len(predicted)), predicted]
    return np.where(hit, predicted, classes.argmax(axis=1))


def _confusion(truth: Ints, predicted: Ints, classes: int) -> Ints:
    """Rows by true class and predicted class: [C, C]."""
    pairs = np.bincount(truth * classes + predicted, minlength=classes**2)
    return pairs.reshape(classes, classes)


def _summary(matrix: Ints) -> dict[str, float | None]:
    """Accuracy and the three F1 means; one class a row makes micro F1 the accuracy."""
    if not matrix.any():
        return dict.fromkeys(("accuracy", "f1_macro", "f1_micro", "f1_weighted"))
    support, f1 = matrix.sum(axis=1), _f1s(matrix)
    accuracy = float(matrix.trace() / matrix.sum())
    return {
        "accuracy": accuracy,
        "f1_macro": float(np.nanmean(f1)),
        "f1_micro": accuracy,
        "f1_weighted": float(np.average(np.nan_to_num(f1), weights=support)),
    }


def _per_class(matrix: Ints, names: Sequence[str]) -> dict[str, dict[str, float | None]]:
    hits, support = matrix.diagonal(), matrix.sum(axis=1)
    columns = {
        "precision": _ratios(hits, matrix.sum(axis=0)),
        "recall": _ratios(hits, support),
        "f1": _f1s(matrix),
        "support": support,
    }
    return {
        name: {metric: _known(values[row]) for metric, values in columns.items()}
        for row, name in enumerate(names)
    }


def _f1s(matrix: Ints) -> Floats:
    """F1 of each class [C]: 2 hits / (truths + predictions)."""
    return _ratios(2 * matrix.diagonal(), matrix.sum(axis=0) + matrix.sum(axis=1))


def _ratios(parts: Ints, wholes: Ints) -> Floats:
    """Ratios [C], NaN where nothing is there to be a part of."""
    shares = np.full(len(parts), np.nan)
    np.divide(parts, wholes, out=shares, where=wholes > 0)
    return shares


def _known(value: np.number[Any]) -> Any:
    return None if np.isnan(value) else value.item()


def _check_shape(predicted: Ints, truth: Bools, fault_names: Sequence[str]) -> None:
    if truth.shape != (len(predicted), len(fault_names)):
        msg = f"truth must be [{len(predicted)}, {len(fault_names)}], got {list(truth.shape)}"
        raise BadInputError(msg)


def _check_classes(predicted: Ints, lowest: int, highest: int) -> None:
    wrong = (predicted < lowest) | (predicted > highest)
    if wrong.any():
        found = predicted[wrong][0]
        msg = f"predicted classes must be {lowest} to {highest} here, got {found}"
        raise BadInputError(msg)
