"""Which assets say nothing any more, by the ticks of the service's own clock."""

import math
from collections.abc import Iterable

from matts.domain import State
from matts.serve.alarms.alarm import Signal
from matts.serve.service.board import Row
from matts.serve.settings import ServiceSettings


class Silence:
    """Since when the service has listened, and who has been silent since."""

    def __init__(self, settings: ServiceSettings) -> None:
        self.settings = settings
        self.ticked = math.nan
        self.awake = 0.0  # while the service was away nobody could be heard

    def tick(self, rows: Iterable[Row], time: float, number: int) -> list[Signal]:
        """A signal of each asset that has spoken, and has said nothing for too long."""
        after = self.settings.silent_seconds
        if time - self.ticked > after + self.settings.tick_seconds:
            self.awake = time
        self.ticked = time
        if not after:
            return []
        found = (self._signal(row, time, number) for row in rows if row.received)
        return [signal for signal in found if signal.value >= 1]

    def _signal(self, row: Row, time: float, number: int) -> Signal:
        """1: too long; in the time of the asset's own readings, or of their coming."""
        row.received = min(row.received, time)  # the clock may have been set back
        quiet = time - max(row.received, self.awake)
        value = 0.0 if row.completed else min(quiet / self.settings.silent_seconds, 1.0)
        last = row.received if math.isnan(row.last_time) else row.last_time  # none judged yet
        at = (row.name, last + time - row.received, number, "silent")
        return Signal(*at, value, 1.0, text=f"no reading for {time - row.received:.0f} s")

    def state(self) -> State:
        """All that it takes to go on."""
        ticked = None if math.isnan(self.ticked) else self.ticked
        return State({}, {"ticked": ticked, "awake": self.awake})

    def restore(self, state: State) -> None:
        """Go on from there."""
        ticked, self.awake = state.config["ticked"], state.config["awake"]
        self.ticked = math.nan if ticked is None else ticked
