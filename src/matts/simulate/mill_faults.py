"""The faults of the tandem mill: how often, how long and how strong, as in the published rows."""

from dataclasses import dataclass
from typing import NamedTuple, Self

import numpy as np
import pandas as pd

from matts.domain import Bools, Floats

STANDS = (1, 2, 3, 4, 5)
FAMILIES = ("Electric", "Bearing", "WorkRoll")
LABELS = (
    "Anomaly_Reduction",
    *(f"Anomaly_{family}_{stand}" for stand in STANDS for family in FAMILIES),
)
CAUSES = {  # the sensors that a fault moves first; whatever else moves follows from these
    "Reduction": tuple(f"reduction_{stand}" for stand in STANDS),
    "Electric": ("motor_power_{stand}",),
    "Bearing": ("torque_{stand}", "motor_power_{stand}"),
    "WorkRoll": ("force_{stand}", "torque_{stand}"),
}


class Spell(NamedTuple):
    """A fault that comes to one stand for a few coils and multiplies one of its quantities."""

    rate: float  # a coil, all stands together
    coils: tuple[int, int]  # shortest, longest
    factor: tuple[float, float]


MISDRAFT = Spell(0.0117, (1, 1), (0.81, 0.93))  # Reduction: the first stand's share of the draft
ELECTRIC = Spell(1 / 405, (3, 9), (0.575, 0.667))  # efficiency of a motor
BEARING = Spell(1 / 410, (3, 5), (1.13, 1.33))  # torque of a stand


@dataclass(frozen=True)
class Faults:
    """What each fault multiplies, 1 where it is absent."""

    draft: Floats  # [N], Reduction: the first stand's share of the draft
    efficiency: Floats  # [N, 5], Electric
    torque: Floats  # [N, 5], Bearing
    force: Floats  # [N, 5], WorkRoll

    @property
    def labels(self) -> Bools:
        """[N, 16]: which faults are present, in the order of LABELS."""
        by_stand = np.stack([self.efficiency, self.torque, self.force], axis=2) != 1
        return np.column_stack([self.draft != 1, by_stand.reshape(len(self.draft), -1)])

    def scaled(self, severity: float) -> Self:
        """The same faults, each stronger by the factor `severity` in its logarithm."""
        parts = (self.draft, self.efficiency, self.torque, self.force)
        return type(self)(*(part**severity for part in parts))


def no_faults(coils: int) -> Faults:
    """A mill in good order."""
    stands = np.ones((coils, len(STANDS)))
    return Faults(np.ones(coils), stands, stands, stands)


def draw_faults(coils: int, rng: np.random.Generator) -> Faults:
    """Draw all faults but WorkRoll, which comes with a roll change; they may overlap."""
    draft = np.ones(coils)
    struck = np.flatnonzero(rng.random(coils) < MISDRAFT.rate)
    draft[struck] = rng.uniform(*MISDRAFT.factor, len(struck))
    efficiency, torque = (_draw_spells(spell, coils, rng) for spell in (ELECTRIC, BEARING))
    return Faults(draft, efficiency, torque, np.ones_like(torque))


def _draw_spells(spell: Spell, coils: int, rng: np.random.Generator) -> Floats:
    """[N, 5]: the factor of a fault; two spells of one stand never touch."""
    factor = np.ones((coils, len(STANDS)))
    for start in np.flatnonzero(rng.random(coils) < spell.rate):
        stop = start + rng.integers(*spell.coils, endpoint=True)
        stand, strength = rng.integers(len(STANDS)), rng.uniform(*spell.factor)
        if (factor[max(start - 1, 0) : stop + 1, stand] == 1).all():
            factor[start:stop, stand] = strength
    return factor


def list_episodes(labels: Bools) -> pd.DataFrame:
    """One row for each unbroken run of a label in [N, 16], in order of the first coil."""
    edges = np.diff(labels.astype(np.int8), axis=0, prepend=0, append=0).T
    label, first = np.nonzero(edges == 1)
    last = np.nonzero(edges == -1)[1] - 1
    order = np.lexsort([label, first])
    names = [LABELS[number].removeprefix("Anomaly_").partition("_") for number in label[order]]
    return pd.DataFrame(
        {
            "episode": np.arange(len(order)),
            "fault": [fault for fault, _, _ in names],
            "stand": np.array([stand or 0 for _, _, stand in names], np.int64),
            "first_coil": first[order],
            "last_coil": last[order],
            "sensors": [
                [c.format(stand=stand) for c in CAUSES[fault]] for fault, _, stand in names
            ],
        }
    )
