"""Who may come in: what the fold would have no place for is refused before it is in the journal."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from matts.domain import BadInputError
from matts.serve.live.deployment import Deployment
from matts.serve.live.places import Places
from matts.serve.live.reading import Reading
from matts.serve.service.entries import RESET, Entry


class Refused(NamedTuple):
    """Which readings cannot be taken, and why."""

    errors: list[tuple[int, str]]
    crowded: int  # of them: assets for which there is no place


class Door:
    """The places of the fold, as they will be when all that was taken is folded.

    Two requests at once that both bring a new asset may both get the last place; then the fold has
    the last word, and counts the readings that it has no place for.
    """

    def __init__(self, deployment: Deployment, places: Places) -> None:
        self.deployment, self.places = deployment, places

    def follow(self, entries: Iterable[Entry]) -> None:
        """Entries that are in the journal, and not folded yet."""
        for entry in entries:
            if isinstance(entry.what, Reading):
                self.take([entry.what])
            elif entry.kind == RESET:
                self.reset()

    def take(self, readings: Iterable[Reading]) -> None:
        """These are in the journal now."""
        for each in readings:
            if not self._strange(each) and self.places.admits(each.asset):
                self.places.take(each)

    def reset(self) -> None:
        """No unit is under way any more."""
        for name in self.places.names:
            self.places.forget(name)

    def refuse(self, readings: Sequence[Reading]) -> Refused:
        """What is wrong with each that cannot be judged at all, were they taken in this order."""
        known = all(each.asset in self.places for each in readings)
        places = self.places if known else self.places.copy()
        errors, crowded = [], 0
        for k, each in enumerate(readings):
            if strange := self._strange(each):
                errors.append((k, strange))
            elif not places.admits(each.asset):
                errors.append((k, f"there may be {places.most} assets, got one more"))
                crowded += 1
            elif not known:
                places.take(each)
        return Refused(errors, crowded)

    def _strange(self, reading: Reading) -> str:
        """Why no sensor of a reading is known; nothing, where one is."""
        try:
            self.deployment.refuse_strangers(reading)
        except BadInputError as error:
            return str(error)
        return ""
