"""The engineered columns of rows: what models are given, none of it from the future."""

from dataclasses import dataclass
from difflib import get_close_matches

import numpy as np
from pydantic import BaseModel, ConfigDict

from matts.domain import BadInputError, Floats
from matts.tabular.families import FAMILIES
from matts.tabular.past import Kernel
from matts.tabular.rows import Rows
from matts.tabular.view import View, blocks


class FeatureSettings(BaseModel):
    """Which columns are made: all but those left out, by family or one by one."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    leave_out: tuple[str, ...] = ()
    kernel: Kernel = "auto"  # compiled by Numba where it is installed, else numpy


@dataclass(frozen=True)
class Features:
    """What models are given of each row."""

    names: tuple[str, ...]  # [C]
    values: Floats  # [R, C] float64, NaN where nobody knows


def engineer(rows: Rows, settings: FeatureSettings) -> Features:
    """The columns of every family that is not left out.

    Raises:
        BadInputError: a column to leave out that there is not, none left, or two of one name.
    """
    columns = {name: family.names(View(rows)) for name, family in FAMILIES.items()}
    _refuse_unknown(settings.leave_out, [name for own in columns.values() for name in own])
    kept = _kept(columns, {*settings.leave_out})
    names = tuple(columns[family][place] for family, places in kept.items() for place in places)
    if not names:
        msg = "tabular.features.leave_out has to leave a column, got all of them"
        raise BadInputError(msg)
    _refuse_twice(names)
    values = np.empty((len(rows), len(names)), order="F")
    for own in blocks(rows):
        _fill(values[own], View(rows.take(own), settings.kernel), kept)
    return Features(names, values)


def _kept(columns: dict[str, tuple[str, ...]], out: set[str]) -> dict[str, list[int]]:
    """The places of the columns of each family that are made."""
    kept = {
        family: [place for place, name in enumerate(names) if name not in out]
        for family, names in columns.items()
        if family not in out
    }
    return {family: places for family, places in kept.items() if places}


def _fill(values: Floats, view: View, kept: dict[str, list[int]]) -> None:
    """Make the columns of some rows: [R, C]."""
    column = 0
    for family, places in kept.items():
        made = FAMILIES[family].make(view)
        whole = len(places) == made.shape[1]
        values[:, column : column + len(places)] = made if whole else made[:, places]
        column += len(places)


def _refuse_unknown(asked: tuple[str, ...], names: list[str]) -> None:
    known = [*FAMILIES, *names]
    for name in asked:
        if name not in known:
            near = get_close_matches(name, known, n=1)
            hint = f" (did you mean {near[0]}?)" if near else ""
            msg = f"tabular.features.leave_out needs families or columns that there are, got {name}"
            raise BadInputError(msg + hint)


def _refuse_twice(names: tuple[str, ...]) -> None:
    """A sensor may be called as a column that is made, as `hour`."""
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        msg = f"a sensor needs a name that no made column has, got {twice[0]}"
        raise BadInputError(msg + ": leave one of their families out, or rename the sensor")
