"""The shortest rule that tells a label: thresholds on a few columns, joined by or and and."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from matts.domain import Bools, Ints
from matts.tabular.conditions import (
    Clause,
    Columns,
    Condition,
    Rule,
    Sign,
    f1_of,
    in_words,
    matches,
)

if TYPE_CHECKING:  # slow to import
    from sklearn.tree import DecisionTreeClassifier

DEEPEST = 4  # conditions joined by and: what a person can hold in mind
LEAVES = 8  # of a tree, so that a rule stays short
EXACT = 0.999  # F1 from which a rule is the label
DIGITS = range(1, 7)  # of a threshold, the fewest first
FEWEST = 3  # rows with the label in each half: fewer prove nothing


@dataclass(frozen=True)
class Found:
    """A rule, and how well it tells the label on the machines that it was not found on."""

    rule: Rule
    words: str
    f1: float
    rows: int  # that it was judged on

    @property
    def exact(self) -> bool:
        """Whether the label is this rule and nothing more."""
        return self.f1 >= EXACT


def find_rule(columns: Columns, label: Bools, learn: Bools) -> Found | None:
    """The shortest rule that tells the label [R], found where `learn`, judged on the other rows.

    Of trees of one to four levels the first that tells it, else the best. None where too few rows
    of either half have the label, or lack it.
    """
    if not columns.names:
        return None
    whole = ~np.isnan(columns.values).any(axis=1)
    halves = [whole & learn, whole & ~learn]
    if any(min(label[half].sum(), (~label[half]).sum()) < FEWEST for half in halves):
        return None
    known, truth = columns.take(halves[0]), label[halves[0]]
    rule = _ordered(_shortest(known, truth), known)
    told = matches(rule, columns.take(halves[1]))
    judged = f1_of(told, label[halves[1]])
    return Found(rule, in_words(rule, columns.labels), judged, int(halves[1].sum()))


def _shortest(columns: Columns, label: Bools) -> Rule:
    """The rule of the shallowest tree that tells the label, else of the best."""
    best: Rule = ()
    for depth in range(1, DEEPEST + 1):
        rule = _rounded(_shortened(_grow(columns, label, depth), columns, label), columns, label)
        if f1_of(matches(rule, columns), label) > f1_of(matches(best, columns), label):
            best = rule
        if f1_of(matches(best, columns), label) >= EXACT:
            break
    return best


def _ordered(rule: Rule, columns: Columns) -> Rule:
    """With the clause that holds for most rows first, and the columns of each as they stand."""
    clauses = [tuple(sorted(c, key=lambda each: columns.names.index(each.column))) for c in rule]
    return tuple(sorted(clauses, key=lambda clause: -int(matches((clause,), columns).sum())))


def _grow(columns: Columns, label: Bools, depth: int) -> Rule:
    """The branches of a decision tree that end in the label."""
    from sklearn.tree import DecisionTreeClassifier  # noqa: PLC0415

    tree = DecisionTreeClassifier(
        criterion="entropy", max_depth=depth, max_leaf_nodes=LEAVES, random_state=0
    )
    return tuple(_branches(tree.fit(columns.values, label), columns.names, 0))


def _branches(tree: "DecisionTreeClassifier", names: Sequence[str], node: int) -> list[Clause]:
    """The conditions on the way from a node to each of its leaves with the label."""
    grown = tree.tree_
    if grown.children_left[node] < 0:
        return [()] if grown.value[node, 0, -1] > grown.value[node, 0, 0] else []
    column, limit = names[grown.feature[node]], float(grown.threshold[node])
    low, high = Condition(column, "<=", limit), Condition(column, ">", limit)
    sides = ((low, grown.children_left[node]), (high, grown.children_right[node]))
    return [(way, *rest) for way, child in sides for rest in _branches(tree, names, child)]


def _shortened(rule: Rule, columns: Columns, label: Bools) -> Rule:
    """Without the conditions and clauses that it does as well without."""
    worth = f1_of(matches(rule, columns), label)
    for clause, condition in [(c, each) for c in rule for each in (*c, None)]:
        shorter = _without(rule, clause, condition)
        if shorter and f1_of(matches(shorter, columns), label) >= worth:
            return _shortened(shorter, columns, label)
    return rule


def _without(rule: Rule, clause: Clause, condition: Condition | None) -> Rule:
    """The rule without a clause's condition; without the clause where none or the last is named."""
    kept = tuple(each for each in clause if each != condition) if condition else ()
    changed = [kept if each is clause else each for each in rule]
    return tuple(each for each in changed if each)


def _rounded(rule: Rule, columns: Columns, label: Bools) -> Rule:
    """With each threshold as round as may be, as long as the rule tells the label as well."""
    for place, clause in enumerate(rule):
        for position, condition in enumerate(clause):
            if condition.column not in columns.labels:
                rule = _round_one(rule, (place, position), columns, label)
    return rule


def _round_one(rule: Rule, where: tuple[int, int], columns: Columns, label: Bools) -> Rule:
    """The rule with one threshold rounded."""
    place, position = where
    condition, worth = rule[place][position], f1_of(matches(rule, columns), label)
    signs: tuple[Sign, ...] = (">", ">=") if condition.sign in {">", ">="} else ("<", "<=")
    for digits, sign in product(DIGITS, signs):
        rounded = Condition(condition.column, sign, float(f"{condition.limit:.{digits}g}"))
        clause = (*rule[place][:position], rounded, *rule[place][position + 1 :])
        tried = (*rule[:place], clause, *rule[place + 1 :])
        if f1_of(matches(tried, columns), label) >= worth:
            return tried
    return rule


def half_of(machines: NDArray[np.str_], seed: int) -> Bools:
    """[R]: the rows of half of the machines, drawn; of one machine the first half of its rows."""
    names, which = np.unique(machines, return_inverse=True)
    if len(names) == 1:
        return np.arange(len(machines)) < len(machines) // 2
    drawn: Ints = np.random.default_rng(seed).permutation(len(names))[: (len(names) + 1) // 2]
    return np.isin(which, drawn)
