"""A mill whose faults come when and where somebody says, for demonstrations and tests."""

from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from matts.domain import BadInputError
from matts.simulate.mill_faults import STANDS, Faults, no_faults
from matts.simulate.tandem_mill import MillRun, MillSettings, simulate_tandem_mill

FACTORS = {"Electric": 0.62, "Bearing": 1.25, "WorkRoll": 1.18, "Reduction": 0.87}  # as published
QUANTITIES = {"Electric": "efficiency", "Bearing": "torque", "WorkRoll": "force"}


class Injection(NamedTuple):
    """A fault that is put in: which, where, from which coil on, for how many."""

    fault: str  # Electric, Bearing, WorkRoll or Reduction
    stand: int  # 1 to 5; Reduction is of the whole mill
    first: int
    coils: int


def simulate_with(settings: MillSettings, injected: Sequence[Injection]) -> MillRun:
    """The mill of the settings with these faults and no others.

    >>> run = simulate_with(MillSettings(coils=100), [Injection("Bearing", 3, 60, 8)])
    >>> run.episodes[["fault", "stand", "first_coil", "last_coil"]].to_numpy().tolist()
    [['Bearing', 3, 60, 67]]

    Raises:
        BadInputError: there is no such fault or stand.
    """
    faults = no_faults(settings.coils)
    for each in injected:
        faults = _with(faults, each)
    return simulate_tandem_mill(settings, faults)


def _with(faults: Faults, injected: Injection) -> Faults:
    """The faults, and one more."""
    if injected.fault not in FACTORS or injected.stand not in STANDS:
        msg = f"a fault of {', '.join(FACTORS)} at stand 1 to 5 is needed, got {injected}"
        raise BadInputError(msg)
    coils = slice(injected.first, injected.first + injected.coils)
    name = QUANTITIES.get(injected.fault, "draft")
    factor = np.array(getattr(faults, name))  # no other's
    factor[coils if name == "draft" else (coils, injected.stand - 1)] = FACTORS[injected.fault]
    return replace(faults, **{name: factor})
