"""What every source promises, and how it hands readings over without losing or piling them up."""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from threading import Event
from typing import Any, Protocol

from matts.serve.live.reading import Reading

FIRST_WAIT = 0.5  # seconds until the second try at a connection
PATIENCE = 0.05  # seconds between two tries at a service that is busy


class Busy(Exception):  # noqa: N818 (it is no error: try again)
    """The service has no room now."""


class Sink(Protocol):
    """What takes readings: they are kept for good when `accept` returns."""

    def accept(self, readings: Sequence[Reading]) -> Any:
        """Keep them, or raise `Busy`."""
        ...


@dataclass
class Tally:
    """What became of what a source was given."""

    name: str
    state: str = "waiting"  # waiting, running, ended or failed
    accepted: int = 0
    refused: int = 0  # messages that are no reading
    dropped: int = 0  # readings for which there was no room
    error: str = ""  # the last one

    def refuse(self, error: Exception) -> None:
        """Count what is no reading."""
        self.refused += 1
        self.error = str(error)


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
    while not stop.is_set():
        try:
            sink.accept(readings)
        except Busy:
            stop.wait(PATIENCE)
            continue
        tally.accepted += len(readings)
        return True
    return False


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
