"""Rows as the families of features look at them."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from matts.domain import Floats
from matts.tabular.coming import spans
from matts.tabular.past import Kernel, Past, past_of
from matts.tabular.rows import Rows

BLOCK = 8192  # rows whose columns the processor keeps at hand


@dataclass(frozen=True)
class View:
    """Some rows: whole machines, and so all of their past."""

    rows: Rows
    kernel: Kernel = "auto"

    @property
    def sensors(self) -> tuple[str, ...]:
        """Those that are judged: [S]."""
        return self.rows.measured

    @cached_property
    def values(self) -> Floats:
        """Their readings: [R, S]."""
        return self.of(self.sensors)

    @cached_property
    def past(self) -> Past:
        """What the past says of them: [R, S] each."""
        return past_of(self.values, self.rows, self.kernel)

    @cached_property
    def clock(self) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
        """Day of the week, Monday is 0, and minute of the day: [R] each.

        The 1st of January 1970 was a Thursday.
        """
        minutes = (np.asarray(self.rows.times).view(np.int64) // 60_000_000_000).astype(np.int32)
        days = minutes // (24 * 60)  # 32 bits are enough until the year 6000, and quicker
        return (days + 3) % 7, minutes - days * (24 * 60)

    def of(self, sensors: tuple[str, ...]) -> Floats:
        """The readings of some sensors, each in one piece: [R, S]."""
        found = np.empty((len(self.rows), len(sensors)), order="F")
        for place, name in enumerate(sensors):
            found[:, place] = self.rows.values[:, self.rows.sensors.index(name)]
        return found


def blocks(rows: Rows, most: int = BLOCK) -> Iterator[slice]:
    """The rows in their order, whole machines at a time: at most so many, if there are several."""
    start = 0
    for begin, end in spans(rows.first_of_machine):
        if end - start > most and begin > start:
            yield slice(start, begin)
            start = begin
    yield slice(start, len(rows))
