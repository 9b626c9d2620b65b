"""Each asset off its own level: the mean of its first readings, in their spread if asked.

Machines of a kind differ more from each other than a fault changes one of them. An asset's first
readings, taken while it is in order, say what is ordinary for it; nothing later changes that.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from matts.domain import BadInputError, Floats, Ints
from matts.windows import ReferenceSettings, Scaler

Assets = NDArray[np.str_] | None
Memory = dict[str, Scaler | Floats]  # a level, or the readings [n, C] that it will be learnt from


@dataclass(frozen=True)
class Reference:
    """The level of each asset that training has seen, and how one is learnt of a new asset."""

    settings: ReferenceSettings
    channels: tuple[str, ...]  # [C]
    levels: Mapping[str, Scaler]

    @classmethod
    def fit(
        cls, rows: Floats, assets: Assets, channels: tuple[str, ...], settings: ReferenceSettings
    ) -> Self:
        """Learn the level of every asset that has readings enough in [R, C] rows."""
        memory: Memory = {}
        cls(settings, channels, {}).off(rows, assets, memory)
        levels = {name: known for name, known in memory.items() if isinstance(known, Scaler)}
        if not levels:
            most = max(map(len, memory.values()), default=0)  # type: ignore[arg-type]
            msg = (
                f"windows.reference needs an asset with {settings.readings} readings before the "
                f"test part, got {most} at most"
            )
            raise BadInputError(msg)
        return cls(settings, channels, levels)

    def recall(self) -> Memory:
        """A copy of what is remembered, for readings that follow."""
        return dict(self.levels)

    def off(self, rows: Floats, assets: Assets, memory: Memory) -> Floats:
        """What each reading is off its asset's level: [R, C] -> [R, C]; the memory goes on.

        NaN for the readings that a level is learnt from: none is measured by itself.
        """
        found = np.empty(rows.shape)
        for asset, own in _rows_of(assets, len(rows)):
            found[own] = self._follow(rows[own], asset, memory)
        return found

    def _follow(self, rows: Floats, asset: str, memory: Memory) -> Floats:
        """The same of one asset."""
        known = memory.get(asset, rows[:0])
        if isinstance(known, Scaler):
            return self._measure(rows, known)
        first = np.concatenate([known, rows[: self.settings.readings - len(known)]])
        taken = len(first) - len(known)
        unknown = np.full((taken, rows.shape[1]), np.nan)
        if len(first) < self.settings.readings:
            memory[asset] = first
            return unknown
        memory[asset] = level = _level(first)
        return np.concatenate([unknown, self._measure(rows[taken:], level)])

    def _measure(self, rows: Floats, level: Scaler) -> Floats:
        return np.asarray((rows - level.mean) / (level.spread if self.settings.spread else 1.0))

    @property
    def arrays(self) -> dict[str, Floats]:
        """All numbers by name: [A, C] each."""
        levels = self.levels.values()
        return {
            "level_mean": np.array([level.mean for level in levels]),
            "level_spread": np.array([level.spread for level in levels]),
        }

    @property
    def config(self) -> dict[str, Any]:
        """The rest of it."""
        return {
            "reference": self.settings.model_dump(),
            "measured": self.channels,
            "levels_of": list(self.levels),
        }

    @classmethod
    def rebuild(cls, arrays: Mapping[str, NDArray[Any]], config: Mapping[str, Any]) -> Self:
        """From `arrays` and `config`."""
        numbers = zip(arrays["level_mean"], arrays["level_spread"], strict=True)
        levels = zip(config["levels_of"], (Scaler(*each) for each in numbers), strict=True)
        settings = ReferenceSettings.model_validate(config["reference"])
        return cls(settings, tuple(config["measured"]), dict(levels))


def _level(first: Floats) -> Scaler:
    """Mean and spread of an asset's first readings [n, C]; unknown where a sensor has none."""
    scaler = Scaler.fit(first)
    return Scaler(np.where(np.isfinite(first).any(axis=0), scaler.mean, np.nan), scaler.spread)


def _rows_of(assets: Assets, count: int) -> Iterator[tuple[str, Ints]]:
    """The rows of each asset, in the order of time."""
    if assets is None:
        yield "", np.arange(count)
        return
    names, which = np.unique(assets, return_inverse=True)
    order = np.argsort(which, kind="stable")
    borders = np.searchsorted(which[order], np.arange(1, len(names)))
    yield from zip(names.tolist(), np.split(order, borders), strict=True)
