"""Take the running bias of an operating mode out of residuals: past readings alone decide."""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass

import numpy as np

from matts.domain import Floats
from matts.groups import VirtualSettings

NEW = 5  # readings of a mode; until then a bias may be twice as far out
MODES = 10_000  # so many are remembered, those seen last


@dataclass
class Bias:
    """What the residuals of a mode came to, readings long ago counting less."""

    total: Floats  # [C]
    count: Floats  # [C]
    seen: int = 0


Memory = dict[Hashable, Bias]  # the mode that was seen last stands last


def recentre(
    residuals: Floats, modes: Sequence[Hashable], memory: Memory, settings: VirtualSettings
) -> Floats:
    """Residuals without the bias of their mode before them; the memory goes on: [R, C].

    >>> from matts.groups import VirtualSettings
    >>> same = np.full((3, 1), 2.0)
    >>> recentre(same, ["strip"] * 3, {}, VirtualSettings(prior=1, memory=1000)).round(2).tolist()
    [[2.0], [1.0], [0.67]]
    """
    centred = np.empty_like(residuals)
    for row, mode in enumerate(modes):
        bias = memory.pop(mode, None) or _nought(residuals.shape[1])
        centred[row] = _follow(residuals[row], bias, settings)
        memory[mode] = bias
        if len(memory) > MODES:
            del memory[next(iter(memory))]
    return centred


def _nought(channels: int) -> Bias:
    return Bias(np.zeros(channels), np.zeros(channels))


def _follow(residual: Floats, bias: Bias, settings: VirtualSettings) -> Floats:
    """What is left of one reading [C]; the bias learns from what is not far out."""
    known = bias.total / np.maximum(bias.count + settings.prior, 1e-9)
    left = residual - known
    farthest = settings.freeze if bias.seen > NEW else 2 * settings.freeze
    near = (np.abs(left) < farthest).astype(np.float64)
    believed = np.minimum(np.maximum(left, -settings.clip), settings.clip) + known
    forgotten = near / settings.memory
    bias.total += near * believed - forgotten * bias.total
    bias.count += near - forgotten * bias.count
    bias.seen += 1
    return np.asarray(left)
