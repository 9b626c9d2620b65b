"""What the laws of the tandem mill leave open: a misfit for each product, a noise for each coil."""

from dataclasses import dataclass

import numpy as np

from matts.domain import Floats, Ints

SHARES = np.array([0.0104, 0.0055, 0.0024, 0.0013])  # of the draft up to stands 1 to 4
FRICTION = np.array([0.027, 0.026, 0.018, 0.023, 0.039])  # logarithm, by stand
TENSION = 1950.0  # N
TORQUE = 0.018  # logarithm
EFFICIENCY = 0.0137  # logarithm
GAP = 0.030  # mm
WIDEST = 3.5  # spreads: no draw lies farther out, so that the noisiest mill still rolls


@dataclass(frozen=True)
class Scatter:
    """How far each coil is off the laws; logarithms where a law is multiplied."""

    shares: Floats  # [N, 4]
    tension: Floats  # [N, 6], N
    friction: Floats  # [N, 5], logarithm
    force: Floats  # [N, 5], logarithm, by product alone
    torque: Floats  # [N, 5], logarithm
    efficiency: Floats  # [N, 5], logarithm
    gap: Floats  # [N, 5], mm


def draw_scatter(product: Ints, noise: float, misfit: float, rng: np.random.Generator) -> Scatter:
    """Draw the misfit of every product in [N] and the noise of every coil."""
    coils, kinds = len(product), int(product.max()) + 1

    def draw(rows: int, columns: int) -> Floats:
        return np.clip(rng.standard_normal((rows, columns)), -WIDEST, WIDEST)

    force, torque = (misfit * draw(kinds, 5)[product] for _ in range(2))
    return Scatter(
        shares=noise * SHARES * draw(coils, 4),
        tension=noise * TENSION * draw(coils, 6),
        friction=noise * FRICTION * draw(coils, 5),
        force=force,
        torque=torque + noise * TORQUE * draw(coils, 5),
        efficiency=noise * EFFICIENCY * draw(coils, 5),
        gap=noise * GAP * draw(coils, 5),
    )
