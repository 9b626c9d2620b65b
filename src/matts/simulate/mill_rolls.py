"""The work rolls of the tandem mill: worn by the kilometre, changed in time, rarely rough."""

from dataclasses import dataclass

import numpy as np

from matts.domain import Floats

ROLL_LIFE = 120.0  # km of strip
DIAMETERS = ((540, 557), (530, 549), (551, 578), (572, 596), (570, 594))  # mm, by stand
ROUGH_RATE = 0.025  # of all roll changes bring a rough roll: the WorkRoll fault
ROUGH_COILS = 7  # until a rough roll is found and changed
ROUGH_FORCE = (1.14, 1.22)  # what its friction makes of the force


@dataclass(frozen=True)
class Rolls:
    """The rolls that each coil met, all [N, 5]."""

    diameter: Floats  # mm
    mileage: Floats  # km, before the coil
    roughness: Floats  # factor on the force, 1 for a good roll


def run_rolls(lengths: Floats, rough_rate: float, rng: np.random.Generator) -> Rolls:
    """Wear and change the rolls of all stands for coils of [N, 5] km."""
    stands = [
        _run_stand(length, diameters, rough_rate, stream)
        for length, diameters, stream in zip(lengths.T, DIAMETERS, rng.spawn(5), strict=True)
    ]
    return Rolls(*np.stack(stands, axis=2))


def _run_stand(
    lengths: Floats, diameters: tuple[int, int], rough_rate: float, rng: np.random.Generator
) -> Floats:
    """[3, N]: diameter, mileage and roughness; a rough roll is never followed by another."""
    coils = len(lengths)
    travelled = np.concatenate([[0.0], np.cumsum(lengths)])
    rolls = np.empty((3, coils))
    start, rough = 0, False
    while start < coils:
        worn = int(np.searchsorted(travelled, travelled[start] + ROLL_LIFE, side="right"))
        stop = min(start + ROUGH_COILS if rough else worn, coils)
        rolls[0, start:stop] = rng.integers(*diameters, endpoint=True)
        rolls[1, start:stop] = travelled[start:stop] - travelled[start]
        rolls[2, start:stop] = rng.uniform(*ROUGH_FORCE) if rough else 1.0
        start, rough = stop, not rough and rng.random() < rough_rate
    return rolls
