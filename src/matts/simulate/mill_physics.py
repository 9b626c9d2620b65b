"""The laws of the tandem mill, with constants fitted to the published rows of TCM5.

Shapes: N coils, 5 stands. Units: mm, m/s, N, Nm, MPa (N/mm²), kW.
"""

from dataclasses import dataclass

import numpy as np

from matts.domain import Floats
from matts.simulate.mill_products import Orders

FLATTENING = 16 * (1 - 0.3**2) / (np.pi * 210_000)  # 1/MPa, Hitchcock's constant of a steel roll
DRAFT_SPLIT = (0.533, 0.267, 0.1325)  # stands 2 to 4, of what the first stand leaves over
TENSION_RELIEF = np.array([0.60, 0.40, 0.65, 0.80, 0.75])  # of the mean tension, off the resistance
PRESSURE = np.array([0.882, 0.822, 0.904, 0.910, 0.848])  # without friction, of the flow stress
FRICTION = np.array([0.0305, 0.0305, 0.0374, 0.0463, 0.0391])  # of a worn roll
FRESHNESS = np.array([0.24, 0.30, 0.20, 0.20, 0.25])  # extra friction of a new roll
FRESH_KM = 40.0
TORQUE = (
    np.array(  # intercept and exponents of force MN, draft mm, radius mm, width mm, strength MPa
        [
            [7.728, 1.123, 0.634, 0.535, -0.335, 0.107],
            [4.564, 1.455, 0.284, 1.920, -0.685, -0.338],
            [10.637, 0.611, 0.467, -0.163, 0.077, 0.083],
            [5.623, 0.323, 0.339, 0.566, 0.231, 0.122],
            [13.879, 0.240, 0.261, -0.571, 0.130, -0.047],
        ]
    )
)
FRICTION_TORQUE = 0.25  # exponent: torque follows force weakly where friction is what raised it
STIFFNESS = 50e6  # N/mm, of a stand
GAP_OFFSET = np.array([0.0, 0.018, 0.016, 0.025, 0.023])  # mm
EFFICIENCY = 0.951  # of a healthy motor and drive


@dataclass(frozen=True)
class Passes:
    """The strip on both sides of every stand, [N, 5] mm."""

    entry: Floats
    exit: Floats

    @property
    def draft(self) -> Floats:
        """[N, 5] mm: what each stand takes off."""
        return self.entry - self.exit

    @property
    def reduction(self) -> Floats:
        """[N, 5]: the part of its entry thickness that each stand takes off."""
        return self.draft / self.entry


def schedule_passes(orders: Orders, scatter: Floats, first_share: Floats) -> Passes:
    """Share the draft out; `scatter` [N, 4] adds to the shares up to each stand but the last.

    The shares about halve from stand to stand; `first_share` [N] multiplies the first, and the
    others take its loss in proportion. The last stand always ends at the ordered thickness.
    """
    strain = np.log(orders.entry / orders.exit)
    first = (0.5175 + 0.055 * (strain - 1.07)) * first_share
    others = (1 - first)[:, None] * np.array(DRAFT_SPLIT)
    shares = np.cumsum(np.column_stack([first, others]), axis=1) + scatter
    inner = orders.entry[:, None] - shares * (orders.entry - orders.exit)[:, None]
    return Passes(
        np.column_stack([orders.entry, inner]), exit=np.column_stack([inner, orders.exit])
    )


def keep_flow(at_last_stand: Floats, orders: Orders, passes: Passes) -> Floats:
    """[N, 5]: a speed or length at every stand, from the one at the last, by constant mass flow."""
    return (at_last_stand * orders.exit)[:, None] / passes.exit


def tensions(orders: Orders, shares: tuple[float, ...]) -> Floats:
    """[N, 6] N: before, between and behind the stands, as shares of the entry strip's strength."""
    full = orders.strength * orders.width * orders.exit
    return np.asarray(full[:, None] * np.array(shares))


def flow_stress(orders: Orders, passes: Passes) -> Floats:
    """[N, 5] MPa: yield strength averaged over the true strain inside each stand."""
    before = np.log(orders.entry[:, None] / passes.entry)
    after = np.log(orders.entry[:, None] / passes.exit)
    mean_root = (2 / 3) * (after**1.5 - before**1.5) / (after - before)
    return np.asarray(orders.strength[:, None] + orders.hardening[:, None] * mean_root)


def friction(mileage: Floats) -> Floats:
    """[N, 5]: of rolls that have run so many km; a fresh roll grips more."""
    return np.asarray(FRICTION * (1 + FRESHNESS * np.exp(-mileage / FRESH_KM)))


def resistance(orders: Orders, passes: Passes, tension: Floats) -> Floats:
    """[N, 5] MPa: what the strip sets against the roll, relieved by the tension on both sides."""
    back = tension[:, :5] / (orders.width[:, None] * passes.entry)
    front = tension[:, 1:] / (orders.width[:, None] * passes.exit)
    return np.asarray(flow_stress(orders, passes) - TENSION_RELIEF * (back + front) / 2)


def roll_force(pressed: Floats, grip: Floats, radius: Floats, passes: Passes) -> Floats:
    """[N, 5] N per mm of width, `pressed` MPa times a friction hill on a roll that it flattens.

    With force f = s·L·(q + m·L/h) and Hitchcock's contact length L² = R·dh + R·c·f, L is the
    positive root of a quadratic.
    """
    mean = (passes.entry + 2 * passes.exit) / 3
    square = 1 / (radius * FLATTENING) - pressed * grip / mean
    linear = pressed * PRESSURE
    contact = (linear + np.sqrt(linear**2 + 4 * square * passes.draft / FLATTENING)) / (2 * square)
    return np.asarray(pressed * contact * (PRESSURE + grip * contact / mean))


def roll_torque(force: Floats, radius: Floats, orders: Orders, passes: Passes) -> Floats:
    """[N, 5] Nm: a power law for each stand; the published rows follow it within 2 to 4 %."""
    wide = np.ones_like(force)
    strip = (orders.width[:, None] * wide, orders.strength[:, None] * wide)
    terms = np.log(np.stack([force / 1e6, passes.draft, radius, *strip], axis=2))
    return np.asarray(np.exp(TORQUE[:, 0] + np.einsum("nsk,sk->ns", terms, TORQUE[:, 1:])))


def roll_gap(force: Floats, passes: Passes) -> Floats:
    """[N, 5] mm: set narrower than the strip by what the force stretches the stand."""
    return np.asarray(passes.exit - force / STIFFNESS - GAP_OFFSET)


def motor_power(torque: Floats, speed: Floats, radius: Floats, efficiency: Floats) -> Floats:
    """[N, 5] kW: Nm times m/s over mm is kW."""
    return torque * speed / radius / efficiency
