"""What every source promises, and how it hands readings over without losing or piling them up."""

from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from itertools import islice
from threading import Event
from typing import Any, NamedTuple, Protocol

from matts.domain import BadInputError
from matts.serve.live.reading import Reading

FIRST_WAIT = 0.5  # seconds until the second try at a connection
PATIENCE = 0.05  # seconds between two tries at a service that is busy
SLICE = 500  # readings handed over at once, at most


class Busy(Exception):  # noqa: N818 (it is no error: try again)
    """The service has no room now."""


class Accepted(NamedTuple):
    """What became of some readings; those that were taken are in the journal for good."""

    accepted: int
    duplicates: int
    late: int  # of those accepted: older than the newest of their asset
    errors: list[tuple[int, str]]  # which one, and what is wrong with it


class Sink(Protocol):
    """What takes readings: they are kept for good when `accept` returns."""

    def accept(self, readings: Sequence[Reading]) -> Accepted:
        """Keep all but those with errors, or raise `Busy` and keep none."""
        ...


@dataclass
class Tally:
    """What became of what a source was given."""

    name: str
    state: str = "waiting"  # waiting, running, ended or failed
    accepted: int = 0  # readings that the service has
    refused: int = 0  # what is no reading, and readings that the service does not take
    dropped: int = 0  # readings lost, for there was no room until it was too late
    error: str = ""  # the last one

    def refuse(self, error: str, count: int = 1) -> None:
        """Count what is no reading, or none that the service takes."""
        self.refused += count
        self.error = error

    def fail(self, error: Exception) -> None:
        """It has ended by an error."""
        own = isinstance(error, BadInputError)
        self.state, self.error = "failed", str(error) if own else f"{type(error).__name__}: {error}"


class Source(Protocol):
    """Something that readings come from."""

    tally: Tally

    def run(self, sink: Sink, stop: Event) -> None:
        """Hand over readings until there are no more, or until `stop` is set."""
        ...


def status(source: Source) -> dict[str, Any]:
    """How a source is doing, for the page."""
    return asdict(source.tally)


def hand_over(sink: Sink, readings: Sequence[Reading], stop: Event, tally: Tally) -> bool:
    """Wait until the service has kept the readings; False where it was stopped before that."""
    left = deque(readings)
    while not stop.is_set():
        offer(sink, left, SLICE, tally)
        if not left:
            return True
        stop.wait(PATIENCE)
    return False


def offer(sink: Sink, waiting: deque[Reading], most: int, tally: Tally) -> None:
    """Hand over what the service has room for now, in order and `most` at once; the rest waits."""
    size = most
    while waiting and size:
        group = list(islice(waiting, size))
        try:
            errors = sink.accept(group).errors
        except Busy:
            size = len(group) // 2  # there may be room for fewer
            continue
        tally.accepted += len(group) - len(errors)
        if errors:
            tally.refuse(errors[0][1], len(errors))
        for _ in group:
            waiting.popleft()


def keep_trying(attempt: Callable[[], None], stop: Event, tally: Tally, longest: float) -> None:
    """Connect again and again, each wait twice as long up to `longest` seconds, until stopped.

    An attempt that has brought readings starts the waits anew.
    """
    wait = shortest = min(FIRST_WAIT, longest)
    while not stop.is_set():
        tally.state, before = "waiting", tally.accepted
        try:
            attempt()
        except Exception as error:  # whatever a network can do
            tally.error = f"{type(error).__name__}: {error}"
        tally.state = "waiting"
        wait = shortest if tally.accepted > before else min(2 * wait, longest)
        stop.wait(wait)
