"""What is kept of one asset: its last healthy-looking readings, as codes."""

from typing import Any, NamedTuple, Self

import numpy as np

from matts.monitor.codebook import GAP, Codes
from matts.monitor.settings import DriftSettings


class Waiting(NamedTuple):
    """A reading of which nobody knows yet if an alert follows."""

    codes: Codes | None  # None where it is not one to be kept
    place: float  # rank of its score, nan where it has none


class Recent:
    """A ring of codes, and the readings that wait to go into it.

    A reading counts once `around` readings without an alert came before it and after it.
    """

    def __init__(self, settings: DriftSettings, columns: int) -> None:
        self.around, self.columns = settings.around, columns
        self.ring = np.full((settings.keep, columns), GAP, np.uint8)
        self.kept, self.counted, self.left_out, self.quiet = 0, 0, 0, 0
        self.came = 0  # readings that are kept or waiting: each `thin`-th gets codes
        self.waiting: list[Waiting] = []

    def alert(self) -> None:
        """What waits was just before an alert, and some after it stay out as well."""
        self.left_out += len(self.waiting) + 1
        self.waiting.clear()
        self.quiet = self.around

    def after_alert(self) -> bool:
        """Whether a reading is too near to the last alert; it then is left out."""
        if not self.quiet:
            return False
        self.quiet -= 1
        self.left_out += 1
        return True

    def take(self, waiting: Waiting) -> Waiting | None:
        """One more reading that looks healthy; gives back the one that has waited long enough."""
        self.waiting.append(waiting)
        if len(self.waiting) <= self.around:
            return None
        ready = self.waiting.pop(0)
        self.counted += 1
        if ready.codes is not None:
            self.ring[self.kept % len(self.ring)] = ready.codes
            self.kept += 1
        return ready

    @property
    def codes(self) -> Codes:
        """[n, C]: what is kept, in no order."""
        return self.ring[: min(self.kept, len(self.ring))]

    def state(self) -> tuple[dict[str, Codes], dict[str, Any]]:
        """Codes, and the rest as JSON holds it."""
        codes = [each.codes for each in self.waiting if each.codes is not None]
        stacked = np.stack(codes) if codes else np.zeros((0, self.columns), np.uint8)
        numbers = [self.kept, self.counted, self.left_out, self.quiet, self.came]
        places = [None if np.isnan(each.place) else each.place for each in self.waiting]
        coded = [each.codes is not None for each in self.waiting]
        tree = {"numbers": numbers, "places": places, "coded": coded}
        return {"ring": self.codes, "waiting": stacked}, tree

    @classmethod
    def restored(
        cls, settings: DriftSettings, arrays: dict[str, Codes], tree: dict[str, Any]
    ) -> Self:
        """The same again."""
        recent = cls(settings, arrays["ring"].shape[1])
        recent.ring[: len(arrays["ring"])] = arrays["ring"]
        numbers = tree["numbers"]
        recent.kept, recent.counted, recent.left_out, recent.quiet, recent.came = numbers
        codes = iter(arrays["waiting"].copy())
        for place, coded in zip(tree["places"], tree["coded"], strict=True):
            known = np.nan if place is None else place
            recent.waiting.append(Waiting(next(codes) if coded else None, known))
        return recent
