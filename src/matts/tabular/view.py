"""Rows as the families of features look at them."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from matts.domain import Floats
from matts.tabular.past import Kernel, Past, past_of
from matts.tabular.rows import Rows


@dataclass(frozen=True)
class View:
    """Rows, and what several families need of them."""

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
        """What each machine's past says of their readings."""
        return past_of(self.values, self.rows, self.kernel)

    @cached_property
    def z(self) -> Floats:
        """How many deviations each reading is off the mean of its machine so far: [R, S]."""
        return self.past.z

    @cached_property
    def clock(self) -> pd.DatetimeIndex:
        """When the readings were taken; empty where nobody knows."""
        return pd.DatetimeIndex([] if self.rows.times is None else self.rows.times)

    @cached_property
    def hour(self) -> Floats:
        """The hour of the day, 0 to 23: [R]."""
        return self.clock.hour.to_numpy(np.float64)

    @cached_property
    def weekday(self) -> Floats:
        """The day of the week, Monday is 0: [R]."""
        return self.clock.weekday.to_numpy(np.float64)

    @cached_property
    def minute(self) -> Floats:
        """The minute of the day, 0 to 1439: [R]."""
        return self.hour * 60 + self.clock.minute.to_numpy(np.float64)

    def of(self, sensors: tuple[str, ...]) -> Floats:
        """The readings of some sensors: [R, S]."""
        columns = [self.rows.sensors.index(each) for each in sensors]
        return self.rows.values[:, columns]  # noqa: PD011 (no frame)
