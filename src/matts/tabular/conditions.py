"""Rules that a person can read: thresholds on columns, joined by and and or."""

from dataclasses import dataclass
from typing import Literal

import numpy as np

from matts.domain import Bools, Floats

Sign = Literal[">", ">=", "<", "<="]
COMPARE = {">": np.greater, ">=": np.greater_equal, "<": np.less, "<=": np.less_equal}


@dataclass(frozen=True)
class Columns:
    """What a rule may look at: C columns of R rows, NaN missing; some are labels themselves."""

    names: tuple[str, ...]  # [C]
    values: Floats  # [R, C]
    labels: frozenset[str] = frozenset()  # those of the names that are 0 or 1

    def __getitem__(self, name: str) -> Floats:
        """One column: [R]."""
        return np.asarray(self.values[:, self.names.index(name)])

    def take(self, rows: Bools) -> "Columns":
        """The rows marked true."""
        return Columns(self.names, self.values[rows], self.labels)


@dataclass(frozen=True)
class Condition:
    """A threshold on a column."""

    column: str
    sign: Sign
    limit: float

    def holds(self, columns: Columns) -> Bools:
        """[R]: where it is so; where the column is missing it is not."""
        return np.asarray(COMPARE[self.sign](columns[self.column], self.limit))

    def words(self, labels: frozenset[str]) -> str:
        """As a person would write it."""
        if self.column in labels:
            return self.column if self.sign in {">", ">="} else f"not {self.column}"
        return f"{self.column} {self.sign} {self.limit:.6g}"


Clause = tuple[Condition, ...]  # joined by and
Rule = tuple[Clause, ...]  # joined by or


def matches(rule: Rule, columns: Columns) -> Bools:
    """[R]: the rows that the rule holds for.

    >>> hot = Condition("temperature", ">", 90.0)
    >>> matches(((hot,),), Columns(("temperature",), np.array([[90.0], [90.5]]))).tolist()
    [False, True]
    """
    told = np.zeros(len(columns.values), np.bool_)
    for clause in rule:
        told |= np.logical_and.reduce([each.holds(columns) for each in clause])
    return told


def in_words(rule: Rule, labels: frozenset[str] = frozenset()) -> str:
    """The rule as a sentence's part.

    >>> hot, shaky = Condition("temperature", ">", 90.0), Condition("vibration", ">", 80.0)
    >>> in_words(((hot,), (shaky,)))
    'temperature > 90 or vibration > 80'
    """
    clauses = [" and ".join(each.words(labels) for each in clause) for clause in rule]
    if len(clauses) == 1:
        return clauses[0]
    return " or ".join(f"({c})" if " and " in c else c for c in clauses)


def f1_of(told: Bools, label: Bools) -> float:
    """2 hits / (told + true): [R], [R]."""
    hits = int((told & label).sum())
    return 2 * hits / max(int(told.sum()) + int(label.sum()), 1)
