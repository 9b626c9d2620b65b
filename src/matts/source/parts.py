"""The part of the record that a reading is declared to be of, by rules: the first that fits."""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from matts.domain import BadInputError, Bools
from matts.source.cells import to_numbers, worded, words
from matts.source.settings import Condition, PartRule, ReadSettings


def parts_of(table: pd.DataFrame, rules: tuple[PartRule, ...]) -> NDArray[np.str_]:
    """The part of each row of a table of cells: [R], empty where no rule fits.

    >>> rules = (PartRule(part="test", where={"run": 2}), PartRule(part="train"))
    >>> parts_of(pd.DataFrame({"run": ["1", "2"]}), rules).tolist()
    ['train', 'test']
    """
    found = np.full(len(table), "", dtype="<U10")
    for rule in reversed(rules):
        found[_fits(table, rule)] = rule.part
    return found


def _fits(table: pd.DataFrame, rule: PartRule) -> Bools:
    fits = np.ones(len(table), np.bool_)
    for name, wanted in rule.where.items():
        if name not in table:
            msg = f"source.parts needs a column {name}, got {', '.join(map(str, table))}"
            raise BadInputError(msg)
        if isinstance(wanted, Condition):
            numbers = to_numbers(table[name], ReadSettings()).to_numpy()
            fits &= numbers >= (-np.inf if wanted.from_ is None else wanted.from_)
            fits &= numbers < (np.inf if wanted.below is None else wanted.below)
        else:
            allowed = words(wanted if isinstance(wanted, tuple) else (wanted,))
            fits &= worded(table[name]).isin(allowed).to_numpy()
    return fits
