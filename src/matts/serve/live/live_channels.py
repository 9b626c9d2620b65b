"""Readings into channels, asset by asset, as they come."""

import numpy as np
from numpy.typing import NDArray

from matts.channels import Channels, Memory
from matts.domain import Floats, State
from matts.serve.live.biases import Biases
from matts.serve.live.states import joined, parted
from matts.windows import Scaler

LEVEL = ("mean", "spread")


class LiveChannels:
    """What the readings so far taught of each asset: the biases of its modes, and its level."""

    def __init__(self, channels: Channels) -> None:
        self.channels, self.levels = channels, channels.recall().levels
        self.biases = Biases(channels.virtual) if channels.virtual else None

    def __call__(self, rows: Floats, owners: NDArray[np.str_]) -> Floats:
        """The channels [n, C] of readings [n, F] of these assets [n]."""
        if self.biases is not None:
            self.biases.adopt(rows, owners)
        if "" in self.levels:  # training knew one machine without a name
            for owner in set(owners.tolist()) - self.levels.keys():
                self.levels[owner] = self.levels[""]
        known = {} if self.biases is None else self.biases.memory
        return self.channels.follow_rows(rows, owners, Memory(known, self.levels))

    def forget(self, owners: set[str]) -> None:
        """Back to what training knew of these assets."""
        trained = self.channels.recall().levels
        for owner in owners:
            self.levels.pop(owner, None)
            if owner in trained:
                self.levels[owner] = trained[owner]
        if self.biases is not None:
            self.biases.forget(owners)

    def state(self) -> State:
        """Biases, levels, and the readings that a level is still learnt from."""
        arrays: dict[str, Floats] = {}
        for place, level in enumerate(self.levels.values()):
            if isinstance(level, Scaler):
                arrays |= {f"{place}.{name}": array for name, array in level.arrays.items()}
            else:
                arrays[f"{place}.first"] = level
        levels = State(arrays, {"names": list(self.levels)})
        biases = {"biases": self.biases.state()} if self.biases is not None else {}
        return joined({"levels": levels, **biases})

    def restore(self, state: State) -> None:
        """Go on from there."""
        states = parted(state)
        arrays = states["levels"].arrays
        self.levels = {}
        for place, name in enumerate(states["levels"].config["names"]):
            first = arrays.get(f"{place}.first")
            known = {each: arrays.get(f"{place}.{each}") for each in LEVEL}
            self.levels[name] = Scaler(**known) if first is None else first  # type: ignore[arg-type]
        if self.biases is not None:
            self.biases.restore(states["biases"])
