"""When readings are due that come at some speed."""

from collections.abc import Iterable, Iterator
from threading import Event
from time import monotonic

from matts.serve.live.reading import Reading

TICK = 0.05  # seconds: readings that are due within one go together
BEHIND = 1.0  # seconds that are made up for; what was missed before is not


class Pace:
    """`speed` rounds a second, joined to groups of at most `most` readings; 0: unhindered."""

    def __init__(self, speed: float, most: int, stop: Event) -> None:
        self.step = 1 / speed if speed else 0.0
        self.most, self.stop = most, stop

    def groups(self, rounds: Iterable[list[Reading]]) -> Iterator[list[Reading]]:
        """Each group when it is due, until there are no more or somebody says stop."""
        held: list[Reading] = []
        due = monotonic()
        for each in rounds:
            if self.stop.is_set():
                return
            held += each
            due = max(due + self.step, monotonic() - BEHIND)
            early = due - monotonic() if self.step else 0.0
            if len(held) >= self.most or early >= TICK:
                yield from self._cut(held)
                held = []
            if early >= TICK:
                self.stop.wait(early)
        yield from self._cut(held)

    def _cut(self, held: list[Reading]) -> Iterator[list[Reading]]:
        return (held[i : i + self.most] for i in range(0, len(held), self.most))
