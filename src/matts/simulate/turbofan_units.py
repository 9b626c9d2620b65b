"""The lives of turbofan units: how long they are, which module fails, and how its wear grows."""

from typing import NamedTuple, Self

import numpy as np

from matts.domain import Bools, Floats, Ints

STEEPNESS = (3.0, 4.5)  # of wear; FD001's sensors rise like exp(3.7 x the share of the life)
WORN = (0.0, 0.03)  # wear of a new unit, as a share of that at failure


class Units(NamedTuple):
    """U units, each with its one failing module."""

    life: Ints  # [U], cycles until failure
    seen: Ints  # [U], cycles that are recorded
    mode: Ints  # [U], which of the fault modes
    steepness: Floats  # [U]
    worn: Floats  # [U]

    @classmethod
    def draw(cls, count: int, life: tuple[int, int], modes: int, rng: np.random.Generator) -> Self:
        """Draw units that run to failure; every mode comes as often as any other."""
        lives = rng.integers(*life, count, endpoint=True)
        drawn = rng.permutation(np.arange(count) % modes)
        steepness, worn = (rng.uniform(*span, count) for span in (STEEPNESS, WORN))
        return cls(lives, lives, drawn, steepness, worn)

    def cut(self, shares: tuple[float, float], rng: np.random.Generator) -> Self:
        """The same units, recorded over a share of their lives; at least one cycle is left."""
        seen = np.floor(self.life * rng.uniform(*shares, len(self.life))).astype(np.int64)
        return self._replace(seen=np.clip(seen, 1, self.life - 1))


class Cycles(NamedTuple):
    """The recorded cycles of all units, one after the other: R readings."""

    unit: Ints  # [R]
    number: Ints  # [R], from 1 on
    left: Ints  # [R], cycles until failure; 0 at the last of a life
    mode: Ints  # [R]
    damage: Floats  # [R], 1 at failure

    @classmethod
    def of(cls, units: Units) -> Self:
        """Lay the cycles of units out."""
        unit = np.repeat(np.arange(len(units.life)), units.seen)
        number = (
            1 + np.arange(len(unit)) - np.repeat(np.cumsum(units.seen) - units.seen, units.seen)
        )
        life = units.life[unit]
        grown = wear(number / life, units.steepness[unit])
        worn = units.worn[unit]
        return cls(unit, number, life - number, units.mode[unit], worn + (1 - worn) * grown)

    def failing(self, event: int) -> Bools:
        """[R]: whether a reading is one of the last of a life."""
        return np.asarray(self.left < event)

    def healthy(self, share: float, event: int) -> Bools:
        """[R]: whether it is of the first share of a life, and not one of the last either."""
        life = self.number + self.left
        return np.asarray((self.number <= share * life) & ~self.failing(event))


def wear(share: Floats, steepness: Floats) -> Floats:
    """Damage after a share of a life, exponential, from 0 to 1 (Saxena et al., 2008).

    >>> wear(np.array([0.0, 0.5, 1.0]), np.array([4.0])).round(2).tolist()
    [0.0, 0.12, 1.0]
    """
    return np.asarray(np.expm1(steepness * share) / np.expm1(steepness))
