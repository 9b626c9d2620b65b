"""Answers as a caller of the API has them, and as tasks have them."""

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from matts.domain import BadInputError, Floats
from matts.tabular.rows import LIFE, Rows
from matts.tabular.tasks import NORMAL, Task


def with_answers(rows: Rows, y: NDArray[Any], task: Task) -> Rows:
    """Rows that hold what is true of each [R], in place of what they held of it.

    Raises:
        BadInputError: truth values other than 0 and 1, or no finite number where one is needed.
    """
    if task.name == "failure_type":
        return _with_failures(rows, y)
    numbers = pd.to_numeric(pd.Series(y), errors="coerce").to_numpy(np.float64)
    odd = (np.isnan(numbers) & ~pd.isna(y)) | np.isinf(numbers)
    if not task.is_number:
        odd |= ~np.isnan(numbers) & ~np.isin(numbers, (0, 1))
    if odd.any():
        needed = "finite numbers" if task.is_number else "truth values, 0 or 1"
        msg = f"y of {task.name} needs {needed}, got {str(y[odd.argmax()])!r}"
        raise BadInputError(msg)
    return replace(rows, targets=rows.targets | {LIFE if task.is_number else task.name: numbers})


def _with_failures(rows: Rows, y: NDArray[Any]) -> Rows:
    """What is not known is None or NaN; health is called Normal."""
    known = ~pd.isna(y)
    words = np.where(known, y.astype(str), "")
    names = tuple(sorted({*words[known]} - {NORMAL}))
    faults = np.column_stack([words == name for name in names] or [np.zeros((len(y), 0), bool)])
    return replace(rows, faults=faults, fault_names=names, known=known)


def told_of(task: Task, classes: tuple[str, ...]) -> NDArray[Any]:
    """The answers that a classifier gives: 0 and 1, or the names of failures: [K].

    >>> told_of(Task("anomaly"), ("no", "yes")).tolist()
    [0, 1]
    """
    return np.array(classes) if task.name == "failure_type" else np.arange(len(classes))


def figure_of(task: Task, y: NDArray[Any], told: Floats) -> float:
    """One figure, higher is better: PR-AUC, macro F1 of failure types, or R².

    `y` [n] are class numbers or numbers, `told` [n, K] probabilities or [n] numbers, NaN where a
    row cannot be judged: such a row does not count.

    Raises:
        BadInputError: what counts has fewer than two different answers.
    """
    from sklearn.metrics import average_precision_score, f1_score, r2_score  # noqa: PLC0415

    there = ~np.isnan(told.reshape(len(told), -1)).any(axis=1)
    y, told = y[there], told[there]
    if len(np.unique(y)) < 2:  # noqa: PLR2004 (no figure is made of one answer)
        msg = f"a figure of {task.key} needs different answers, got {len(y)} rows without"
        raise BadInputError(msg)
    if task.is_number:
        return float(r2_score(y, told))
    if task.name == "failure_type":
        return float(f1_score(y, told.argmax(axis=1), average="macro"))
    return float(average_precision_score(y, told[:, 1]))
