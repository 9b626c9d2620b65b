"""The biases that virtual sensors follow live, asset by asset."""

from collections.abc import Hashable, Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from matts.domain import Floats, State
from matts.recentring import Bias, Memory
from matts.virtual_sensors import VirtualSensors, modes_of


class Biases:
    """What is remembered of each asset's modes.

    Where training knew one machine without a name, every live asset starts as that machine.
    """

    def __init__(self, virtual: VirtualSensors) -> None:
        self.virtual = virtual
        self.memory: Memory = virtual.recall()
        self.nameless = {_mode(key): b for key, b in self.memory.items() if not _owner(key)}

    def residuals(self, rows: Floats, owners: NDArray[np.str_]) -> Floats:
        """What readings [n, F] of these assets [n] are off: [n, C]; the memory goes on."""
        self.adopt(rows, owners)
        return self.virtual.residuals(rows, owners, self.memory)

    def adopt(self, rows: Floats, owners: NDArray[np.str_]) -> None:
        """Give assets what the nameless machine knew of their modes."""
        if not self.nameless:
            return
        for mode in modes_of(rows, self.virtual.sensors, self.virtual.settings, owners):
            if mode not in self.memory and mode[1:] in self.nameless:
                self.memory[mode] = self.nameless[mode[1:]]

    def forget(self, owners: set[str] | None) -> None:
        """Back to what training knew of these assets, or of all."""
        trained = self.virtual.recall()
        if owners is not None:
            others = {k: b for k, b in self.memory.items() if _owner(k) not in owners}
            trained = others | {k: b for k, b in trained.items() if _owner(k) in owners}
        self.memory = trained

    def state(self) -> State:
        """Mean and variance of each bias, the mode that was seen last in the last place."""
        biases, channels = list(self.memory.values()), len(self.virtual.channels)
        arrays = {
            "biases": np.array([bias.mean for bias in biases]).reshape(-1, channels),
            "variances": np.array([bias.variance for bias in biases]).reshape(-1, channels),
        }
        return State(arrays, {"modes": _listed(self.memory)})

    def restore(self, state: State) -> None:
        """Go on from there."""
        each = zip(
            state.config["modes"], state.arrays["biases"], state.arrays["variances"], strict=True
        )
        self.memory = {tuple(key): Bias(mean, variance) for key, mean, variance in each}


def _listed(memory: Memory) -> list[list[Any]]:
    """The modes as JSON holds them."""
    keys: Iterable[Any] = memory
    return [list(key) for key in keys]


def _owner(key: Any) -> str:
    """The asset of a mode."""
    return str(key[0])


def _mode(key: Any) -> Hashable:
    """What the machine was working on, whichever it is."""
    return tuple(key[1:])
