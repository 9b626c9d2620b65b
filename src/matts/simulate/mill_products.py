"""What the tandem mill is asked to roll: products, the six published mixes, coils in order.

Products, yield strengths and tensions were read off the published rows of TCM5 (Jakubowski, Bobek
and Nalepa, Zenodo 10.5281/zenodo.11469702); products that those rows do not show are drawn once.
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from matts.domain import Floats, Ints

STEEL_DENSITY = 7850e-9  # kg/mm³
COIL_MASS = (17_500.0, 23_500.0)  # kg
SLOWEST = 7.0  # m/s at the last stand
HARDER = {281: 305, 325: 381, 370: 460, 440: 583}  # MPa: what sets 1 and 2 call the four strengths


class Product(NamedTuple):
    """One strip: its thickness before and after the mill, its width and its steel."""

    entry: float  # mm
    exit: float  # mm
    width: float  # mm
    strength: float  # MPa, yield strength at the entry
    hardening: float  # MPa, gained per square root of true strain


LONG_LIST = (
    Product(2.7, 0.80, 1032, 440, 210.4),
    Product(3.3, 1.18, 1137, 370, 209.1),
    Product(2.5, 0.79, 1173, 325, 226.4),
    Product(3.0, 0.92, 1192, 281, 193.2),
    Product(3.8, 1.65, 1185, 281, 191.6),
    Product(4.0, 1.68, 1147, 370, 209.4),
    Product(2.6, 0.75, 1192, 281, 191.0),
)
SHORT_LIST = (
    Product(2.9, 1.00, 1047, 440, 224.8),
    Product(3.2, 1.19, 1160, 325, 211.1),
    Product(2.5, 0.73, 1060, 440, 225.3),
    Product(4.0, 1.69, 1233, 325, 211.2),
    Product(2.6, 0.90, 1293, 325, 211.2),
)
THIRD_LIST = (
    Product(2.6, 0.67, 1000, 273, 195.8),
    Product(3.7, 1.31, 1002, 372, 190.4),
    Product(2.6, 0.74, 1237, 273, 195.4),
    Product(3.9, 1.43, 1132, 273, 193.7),
)
STEELS = ((281, 192.5), (370, 209.2), (325, 226.0), (440, 210.8), (325, 211.1), (440, 225.0))


def _unseen(count: int, seed: int) -> tuple[Product, ...]:
    """Draw products like the known ones, always the same: sets 2, 4 and 6 roll a long list."""
    rng = np.random.default_rng(seed)
    entry = rng.uniform(2.5, 4.0, count).round(1)
    leave = np.maximum(entry * np.exp(-rng.uniform(0.86, 1.3, count)), 0.65).round(2)
    width = rng.integers(1000, 1295, count)
    steel = rng.integers(len(STEELS), size=count)
    return tuple(
        Product(float(h0), float(h5), float(w), *STEELS[s])
        for h0, h5, w, s in zip(entry, leave, width, steel, strict=True)
    )


def _harder(products: tuple[Product, ...]) -> tuple[Product, ...]:
    return tuple(p._replace(strength=HARDER[int(p.strength)]) for p in products)


@dataclass(frozen=True)
class Mix:
    """What one published set rolls and how; new products and rising speed make it drift."""

    products: tuple[Product, ...]
    new_products: tuple[Product, ...] = ()  # come in one after the other in the second half
    tension: tuple[float, ...] = (0.15, 0.30, 0.35, 0.40, 0.45, 0.15)  # [6], of yield strength
    speed: tuple[float, float] = (11.5, 1.7)  # m/s, mean and spread at the last stand
    speed_rise: float = 0.0  # m/s, gained from the middle of the run to its end


TIGHT = (0.15, 0.35, 0.45, 0.55, 0.65, 0.15)
ALL_LONG = LONG_LIST + _unseen(17, seed=24)
MIXES = {
    1: Mix(_harder(SHORT_LIST), tension=TIGHT, speed=(10.4, 1.4)),
    2: Mix(_harder(ALL_LONG), tension=TIGHT),
    3: Mix(THIRD_LIST),
    4: Mix(ALL_LONG),
    5: Mix(SHORT_LIST, new_products=_unseen(4, seed=5), speed_rise=3.5),
    6: Mix(ALL_LONG, new_products=_unseen(6, seed=6), speed_rise=3.5),
}


@dataclass(frozen=True)
class Orders:
    """The coils in the order they are rolled; every array is [N], one entry a coil."""

    product: Ints  # which product of the mix
    entry: Floats  # mm
    exit: Floats  # mm
    width: Floats  # mm
    strength: Floats  # MPa, yield strength at the entry
    hardening: Floats  # MPa
    length: Floats  # km of finished strip
    speed: Floats  # m/s at the last stand

    @property
    def end_strength(self) -> Floats:
        """[N] MPa: yield strength of the finished strip, by the root of its true strain."""
        strain = np.log(self.entry / self.exit)
        return np.asarray(self.strength + self.hardening * np.sqrt(strain))


def draw_orders(mix: Mix, coils: int, rng: np.random.Generator) -> Orders:
    """Roll products in campaigns of 2 to 20 coils of about one mass."""
    lengths = np.clip(1 + rng.geometric(1 / 6, coils // 2 + 1), 2, 20)
    campaign = np.repeat(np.arange(len(lengths)), lengths)[:coils]
    starts = np.flatnonzero(np.diff(campaign, prepend=-1))
    product = _pick_products(mix, starts / coils, rng)[campaign]
    mass = rng.uniform(*COIL_MASS, len(starts))[campaign]
    entry, leave, width, strength, hardening = np.array(mix.products + mix.new_products)[product].T
    length = mass / (STEEL_DENSITY * width * leave) / 1e6
    speed = _draw_speed(mix, coils, rng)
    return Orders(product, entry, leave, width, strength, hardening, length, speed)


def _pick_products(mix: Mix, when: Floats, rng: np.random.Generator) -> Ints:
    """[C]: a product for each campaign, from those known by then (`when` runs from 0 to 1)."""
    debut = np.append(np.zeros(len(mix.products)), np.linspace(0.5, 0.95, len(mix.new_products)))
    chance = rng.random((len(when), len(debut)))
    return np.asarray(np.where(when[:, None] >= debut, chance, 0.0).argmax(axis=1))


def _draw_speed(mix: Mix, coils: int, rng: np.random.Generator) -> Floats:
    """[N] m/s: scattered from coil to coil about a mean that may rise in the second half."""
    mean, spread = mix.speed
    ramp = np.clip(np.linspace(-1, 1, coils), 0, None)
    drawn = mean + mix.speed_rise * ramp + spread * rng.standard_normal(coils)
    return np.asarray(SLOWEST + np.abs(drawn - SLOWEST))
