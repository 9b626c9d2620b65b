"""Which asset has which place, of which there are so many and no more. No clock, no chance."""

from collections.abc import Iterable, Mapping
from math import inf
from typing import Self

from matts.serve.live.reading import Reading


class Places:
    """A unit that has ended keeps its place until all are taken; the first that ended leaves first.

    >>> places = Places(2)
    >>> for name, end in (("a", True), ("b", False)):
    ...     places.take(Reading(name, 1.0, {}, end=end))
    >>> places.leaver("b"), places.leaver("c"), places.admits("c")
    ('', 'a', True)
    >>> places.take(Reading("c", 2.0, {}))
    >>> places.slots, places.admits("a")
    ({'b': 1, 'c': 0}, False)
    """

    def __init__(self, most: int) -> None:
        self.most = most
        self.slots: dict[str, int] = {}
        self.newest: dict[str, float] = {}  # the latest time of each of them
        self.idle: dict[
            str, None
        ] = {}  # those without a unit under way, the first that ended first

    @classmethod
    def of(
        cls, most: int, names: Iterable[str], idle: Iterable[str], newest: Mapping[str, float]
    ) -> Self:
        """As they were kept: `names` in the order of their places."""
        places = cls(most)
        places.slots = {name: slot for slot, name in enumerate(names)}
        places.idle, places.newest = dict.fromkeys(idle), dict(newest)
        return places

    @property
    def names(self) -> list[str]:
        """All assets, in the order of their places."""
        return sorted(self.slots, key=self.slots.__getitem__)

    def copy(self) -> Self:
        """Another one, for a trial."""
        twin = self.of(self.most, (), self.idle, self.newest)
        twin.slots = dict(self.slots)
        return twin

    def __contains__(self, asset: str) -> bool:
        return asset in self.slots

    @property
    def under_way(self) -> int:
        """How many assets cannot be asked to leave."""
        return len(self.slots) - len(self.idle)

    def admits(self, asset: str) -> bool:
        """Whether the asset has a place, or would get one."""
        return asset in self.slots or self.under_way < self.most

    def leaver(self, asset: str) -> str:
        """Whose place the asset would get; nobody's, where it has its own or there is a new one."""
        if asset in self.slots or len(self.slots) < self.most:
            return ""
        return next(iter(self.idle), "")

    def take(self, reading: Reading) -> None:
        """A reading of an asset that is admitted has come."""
        asset = reading.asset
        if asset not in self.slots:
            self.slots[asset] = self._free(self.leaver(asset))
        if reading.time > self.newest.get(asset, -inf):
            self.newest[asset] = reading.time
            self.idle.pop(asset, None)
            if reading.end:
                self.idle[asset] = None

    def _free(self, leaver: str) -> int:
        """The place of the one that leaves; without one the next that nobody had."""
        if not leaver:
            return len(self.slots)
        del self.idle[leaver]
        self.newest.pop(leaver, None)
        return self.slots.pop(leaver)

    def forget(self, asset: str) -> None:
        """No unit of the asset is under way, and none ever was."""
        self.newest.pop(asset, None)
        self.idle[asset] = None
