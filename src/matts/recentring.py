"""Take the running bias of an operating mode out of residuals: past readings alone decide.

The bias of each mode is a level that wanders a little; a Kalman filter follows it (Durbin and
Koopman, Time Series Analysis by State Space Methods, 2012, chapter 2). Residuals have a spread of
one, so what is left of a reading is divided by sqrt(1 + variance of the bias): the first readings
of a new mode, whose bias nobody knows, count for little.
"""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass

import numpy as np

from matts.domain import Floats
from matts.groups import VirtualSettings

MODES = 10_000  # so many are remembered, those seen last
TINY = 1e-12


@dataclass
class Bias:
    """What is known of the bias of a mode."""

    mean: Floats  # [C]
    variance: Floats  # [C]


Memory = dict[Hashable, Bias]  # the mode that was seen last stands last


def recentre(
    residuals: Floats,
    modes: Sequence[Hashable],
    memory: Memory,
    unsure: Floats,
    settings: VirtualSettings,
) -> Floats:
    """Residuals [R, C] without the bias of their mode before them, in spreads; the memory goes on.

    `unsure` is the variance of the bias of a mode that was never seen: [C].

    >>> from matts.groups import VirtualSettings
    >>> same, unsure = np.full((3, 1), 2.0), np.ones(1)
    >>> recentre(same, ["strip"] * 3, {}, unsure, VirtualSettings()).round(2).tolist()
    [[1.41], [0.82], [0.58]]
    """
    centred = np.empty_like(residuals)
    for row, mode in enumerate(modes):
        bias = memory.pop(mode, None) or Bias(np.zeros_like(unsure), unsure)
        centred[row], memory[mode] = _follow(residuals[row], bias, unsure, settings)
        if len(memory) > MODES:
            del memory[next(iter(memory))]
    return centred


def _follow(
    residual: Floats, bias: Bias, unsure: Floats, settings: VirtualSettings
) -> tuple[Floats, Bias]:
    """What is left of one reading [C], and what it taught.

    What is far out takes one lesson back, 1/variance being their number: a mode that was first seen
    in a fault is soon as unknown as before, one that was seen often keeps its bias through a fault.
    """
    spread = np.sqrt(1 + bias.variance)
    left = (residual - bias.mean) / spread
    near = np.abs(left) < settings.freeze
    gain = np.where(near, bias.variance / np.square(spread), 0.0)
    believed = np.minimum(np.maximum(left, -settings.clip), settings.clip) * spread
    lessons = np.maximum(1 + np.where(near, 1, -1) * bias.variance, TINY)
    variance = bias.variance / lessons + settings.memory**-2.0
    return left, Bias(bias.mean + gain * believed, np.minimum(variance, unsure))
