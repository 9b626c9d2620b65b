"""The live service: takes readings and actions, and knows what became of them."""

import logging
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from threading import Condition, Event, Lock, Thread
from time import monotonic, time
from typing import Any, Self

from matts.domain import BadInputError
from matts.serve.alarms.actions import Action
from matts.serve.live.deployment import Deployment
from matts.serve.live.judged import CROWDED
from matts.serve.live.reading import Reading
from matts.serve.service.door import Door
from matts.serve.service.engine import Engine
from matts.serve.service.hub import Hub
from matts.serve.service.journal import Journal
from matts.serve.service.outputs import Outputs
from matts.serve.service.questions import Questions
from matts.serve.settings import ServeSettings
from matts.serve.sources.source import Accepted, Busy, Source, status

log = logging.getLogger(__name__)

PATIENCE = 10.0  # seconds that somebody waits for an action to be folded


class Service:
    """A journal, the engine that folds it, the sources that fill it, and who is told."""

    def __init__(self, engine: Engine) -> None:
        self.engine, self.journal, self.settings = engine, engine.journal, engine.settings
        self.deployment = engine.deployment
        self.hub = Hub(engine)
        self.questions = Questions(self.journal.path, engine.layout, engine.shape)
        self.sources: list[Source] = []
        self.running, self.closed, self.stopping = False, False, Event()
        self.threads: list[Thread] = []
        self.newest = self.journal.newest()
        self.door = Door(self.deployment, engine.fold.panel.places.copy())
        self._catch_up()
        self.counting = Lock()
        self.folded = Condition()
        self.results: dict[int, str] = {}  # of the latest actions: why one made no sense, or ""
        engine.listeners += [self.hub.publish, self._told]

    @classmethod
    def open(cls, deployment: Deployment, settings: ServeSettings, path: Path) -> Self:
        """The service on the journal at the path, where it was left.

        Raises:
            BadInputError: the file is no journal, of another version, or in use.
        """
        journal = Journal(path, durable=settings.service.durable)
        try:
            return cls(Engine(deployment, settings, journal))
        except BaseException:
            journal.close()
            raise

    def _catch_up(self) -> None:
        """Let the door know what is in the journal and not folded yet."""
        number = self.engine.number
        while entries := self.journal.after(number, self.settings.service.batch):
            self.door.follow(entries)
            number = entries[-1].number

    def begin(self) -> None:
        """Fold what is there and whatever comes."""
        self.engine.start()
        self.engine.wake.set()

    def close(self) -> None:
        """Stop the sources, fold the rest, and give the journal back; a second time is nothing."""
        if self.closed:
            return
        self.closed = True
        self.stop()
        self.engine.stop()
        self.journal.close()

    def accept(self, readings: Sequence[Reading]) -> Accepted:
        """Take readings: when this returns they are in the journal, whatever happens next.

        Raises:
            Busy: too many wait already, or the disk is full; nothing was taken.
        """
        if self.engine.lag + len(readings) > self.settings.service.waiting:
            msg = f"{self.engine.lag} readings wait to be judged: send these again later"
            raise Busy(msg)
        with self.counting:
            errors, crowded = self.door.refuse(readings)
        bad = {k for k, _ in errors}
        good = [each for k, each in enumerate(readings) if k not in bad]
        with self._writing():
            new = self.journal.append(good) if good else []
        accepted = self._count([each for each, fresh in zip(good, new, strict=True) if fresh])
        came = accepted._replace(duplicates=new.count(False), errors=errors)
        self._add(came, crowded)
        self.engine.wake.set()
        return came

    @contextmanager
    def _writing(self) -> Iterator[None]:
        """A disk that is full is no fault of those who send: they are to try again."""
        try:
            yield
        except sqlite3.OperationalError as error:
            msg = f"the journal cannot be written now, {error}: send this again later"
            raise Busy(msg) from error

    def _count(self, taken: Sequence[Reading]) -> Accepted:
        """How many are in, and which of them are older than another of their asset."""
        late = 0
        with self.counting:
            self.door.take(taken)
            for each in taken:
                late += each.time < self.newest.get(each.asset, each.time)
                self.newest[each.asset] = max(each.time, self.newest.get(each.asset, each.time))
        return Accepted(len(taken), 0, late, [])

    def _add(self, came: Accepted, crowded: int) -> None:
        with self.counting:
            counters = self.engine.counters
            counters.accepted += came.accepted
            counters.duplicates += came.duplicates
            counters.late += came.late
            counters.wrong += len(came.errors) - crowded
            counters.crowded += crowded

    def send_away(self, count: int) -> None:
        """Count readings that somebody posted while there was no room."""
        with self.counting:
            self.engine.counters.busy += count

    def act(self, action: Action) -> None:
        """Do what somebody asks for, and wait until it is done.

        Raises:
            BadInputError: it makes no sense as things are.
            Busy: it is taken, and done as soon as what came before it is judged.
        """
        with self._writing():
            number = self.journal.append_action(action)
        self._wait_for(number)

    def reset(self, who: str = "") -> None:
        """Forget windows and alarms; the history and the audit stay."""
        with self._writing():
            number = self.journal.append_reset(time(), who)
        with self.counting:
            self.door.reset()
        self._wait_for(number)

    def _wait_for(self, number: int) -> None:
        self.engine.wake.set()
        if self.engine.thread is None:
            self.engine.run_pending()
        end = monotonic() + PATIENCE
        with self.folded:
            while self.engine.number < number and monotonic() < end:
                self.folded.wait(end - monotonic())
            if self.engine.number < number:
                msg = "taken, but much waits to be judged before it: look again later"
                raise Busy(msg)
            wrong = self.results.pop(number, "")
        if wrong:
            raise BadInputError(wrong)

    def _told(self, out: Outputs) -> None:
        with self.counting:
            crowded = sum(each.note == CROWDED for each in out.judged)
            self.engine.counters.crowded += crowded
        with self.folded:
            self.results |= out.refused
            while len(self.results) > 1000:  # noqa: PLR2004 (nobody waits for those)
                del self.results[next(iter(self.results))]
            self.folded.notify_all()

    def start(self) -> None:
        """Let the sources send, each on a thread of its own."""
        if not self.running:
            self.running, self.stopping = True, Event()
            self.threads = [self._thread_of(source) for source in self.sources]
        self.hub.tell_status(self.status())

    def _thread_of(self, source: Source) -> Thread:
        name = f"matts-{source.tally.name}"
        thread = Thread(target=self._run, args=(source,), name=name, daemon=True)
        thread.start()
        return thread

    def _run(self, source: Source) -> None:
        """Let a source send until it ends; one that breaks is told, and harms no other."""
        try:
            source.run(self, self.stopping)
        except Exception as error:
            log.exception("source %s", source.tally.name)
            source.tally.fail(error)
        self.hub.tell_status(self.status())

    def stop(self) -> None:
        """Let no source send any more; readings that are posted are still taken."""
        self.stopping.set()
        for thread in self.threads:
            thread.join()
        self.running, self.threads = False, []
        self.hub.tell_status(self.status())

    @property
    def dropped(self) -> int:
        """Readings that sources have lost, for the service had no room for them in time."""
        return sum(each.tally.dropped for each in self.sources)

    def status(self) -> dict[str, Any]:
        """How the service is."""
        counters = self.engine.counters
        return {
            "running": self.running,
            "sources": [status(each) for each in self.sources],
            "lag": max(self.engine.lag, 0),
            "dropped": self.dropped,
            "busy": counters.busy,
            "crowded": counters.crowded,
            "failed": counters.failed,
            "failing": self.engine.failing,
        }
