"""Folds the journal on a thread of its own, writes what follows, and can be killed at any time."""

import logging
import sqlite3
from collections.abc import Callable, Sequence
from threading import Event, Lock, Thread
from time import monotonic, perf_counter, time
from typing import Any

from matts.serve.alarms.alarm import Alarm
from matts.serve.live.deployment import Deployment
from matts.serve.live.judged import FAILED
from matts.serve.live.reading import Reading
from matts.serve.service.counters import Counters
from matts.serve.service.entries import Entry
from matts.serve.service.fold import Fold
from matts.serve.service.journal import Journal
from matts.serve.service.outputs import (
    Outputs,
    last_told,
    load_snapshot,
    save_snapshot,
    write_outputs,
)
from matts.serve.service.rewind import take_back
from matts.serve.service.verdicts import Layout
from matts.serve.settings import ServeSettings

log = logging.getLogger(__name__)

Listener = Callable[[Outputs], None]


class Engine:
    """The fold, where it has come to, and the thread that takes it further."""

    def __init__(self, deployment: Deployment, settings: ServeSettings, journal: Journal) -> None:
        self.deployment, self.settings, self.journal = deployment, settings, journal
        self.layout = Layout(deployment.inputs, tuple(deployment.detectors))
        with journal.write() as database:
            self.shape = journal.shapes.of(self.layout.to_tree())
            self.told = last_told(database)  # the last entry that was written and published
        self.listeners: list[Listener] = []
        self.counters = Counters()
        self.failing = ""  # what the last reading that could not be judged met
        self.torn = False  # whether the fold is not where its number says: a write failed
        self.running, self.folding = Lock(), Lock()
        self.wake, self.stopping = Event(), Event()
        self.thread: Thread | None = None
        self.fold, self.number, self.saved = self._restored()
        with journal.write() as database:
            take_back(database, self.number, self.fold)

    def _restored(self) -> tuple[Fold, int, int]:
        """A fold that stands where the last snapshot does."""
        fold = Fold(self.deployment, self.settings)
        with self.journal.write() as database:
            found = load_snapshot(database)
        if found is None:
            return fold, 0, 0
        number, version, states = found
        fold.restore(states, same_models=version == self.deployment.version)
        return fold, number, number

    @property
    def lag(self) -> int:
        """Entries that were taken and not yet folded, at most."""
        return self.journal.last - self.number

    def run_pending(self) -> int:
        """Fold all that waits: how many entries that was."""
        done = 0
        with self.running:
            if self.torn:
                with self.folding:
                    self.fold, self.number, self.saved = self._restored()
            self.torn = True
            while entries := self._next():
                with self.folding:  # between two steps others may look
                    self._step(entries)
                done += len(entries)
            self.torn = False
        return done

    def _next(self) -> list[Entry]:
        """Entries of one step: what was told before is folded again by itself."""
        entries = self.journal.after(self.number, self.settings.service.batch)
        again = [entry for entry in entries if entry.number <= self.told]
        return again or entries

    def _step(self, entries: Sequence[Entry]) -> None:
        start = perf_counter()
        try:
            out = self.fold.take(entries)
        except Exception as error:
            log.exception("entries %d to %d", entries[0].number, entries[-1].number)
            self.failing = f"{type(error).__name__}: {error}"
            self._go_round(entries[-1].number)
            return
        self.counters.judged(len(out.judged), perf_counter() - start)
        self._write(out)

    def _write(self, out: Outputs) -> None:
        """Outputs, and now and then a snapshot, in one transaction; then tell the listeners."""
        due = out.number - self.saved >= self.settings.service.snapshot_entries
        with self.journal.write() as database:
            write_outputs(database, out, self.layout, self.shape)
            if due:
                save_snapshot(database, out.number, self.deployment.version, self.fold.state())
                oldest = time() - 86_400 * self.settings.service.keep_days
                self.journal.prune(out.number, self.settings.service.keep_readings, oldest)
        self.number = out.number
        self.saved = out.number if due else self.saved
        for listener in self.listeners:
            listener(out)
        self.told = max(self.told, out.number)

    @property
    def flood(self) -> bool:
        """Whether alarms come faster than an operator can meet them, by the latest reading."""
        times = [row.last_time for row in list(self.fold.board.rows.values()) if row.readings]
        return self.fold.book.flood(max(times, default=0.0))

    def alarms(self) -> list[Alarm]:
        """All that are not over, and those that were lately."""
        with self.folding:
            return self.fold.book.alarms

    def drift(self) -> dict[str, dict[str, Any]]:
        """How the drift of each asset stands."""
        with self.folding:
            return {name: each.to_tree() for name, each in self.fold.drift.status().items()}

    def save(self) -> None:
        """Keep a snapshot of where the fold stands."""
        with self.journal.write() as database:
            version = self.deployment.version
            save_snapshot(database, self.number, version, self.fold.state())
        self.saved = self.number

    def _go_round(self, last: int) -> None:
        """Fold one by one from the last snapshot, and leave out what cannot be folded.

        A fold that broke in the middle is of no use, so it is done again up to what broke it.
        """
        while self.number < last:
            broken = self._first_broken(last)
            self.fold, self.number, self.saved = self._restored()
            self._fold_singly((broken.number if broken else last + 1) - 1)
            if broken:
                self._leave_out(broken)
            self.save()

    def _first_broken(self, last: int) -> Entry | None:
        """The first entry that cannot be folded on from the last snapshot."""
        fold, number, _ = self._restored()
        while number < last:
            for entry in self.journal.after(number, self.settings.service.batch):
                try:
                    fold.take([entry])
                except Exception:
                    return entry
                number = entry.number
                if number >= last:
                    break
        return None

    def _fold_singly(self, last: int) -> None:
        while self.number < last:
            entries = self.journal.after(self.number, self.settings.service.batch)
            for entry in entries:
                if entry.number > last:
                    return
                self._write(self.fold.take([entry]))
            if not entries:
                return

    def _leave_out(self, entry: Entry) -> None:
        """A reading that no detector could judge is in the history, and marked."""
        out = Outputs(entry.number, first_line=self.fold.line)
        if isinstance(entry.what, Reading):
            out.judged.append(self.fold.panel.leave_out(entry.what, FAILED))
        else:
            out.refused[entry.number] = f"the service could not do this: {self.failing}"
        self.counters.failed += 1
        self._write(out)

    def start(self) -> None:
        """Begin to fold whatever comes."""
        if self.thread is None:
            self.stopping.clear()
            self.thread = Thread(target=self._run, name="matts-engine", daemon=True)
            self.thread.start()

    def stop(self) -> None:
        """Fold what is there, keep a snapshot, and end the thread."""
        if self.thread is not None:
            self.stopping.set()
            self.wake.set()
            self.thread.join()
            self.thread = None
            self._save_if_whole()

    def _save_if_whole(self) -> None:
        """Without a snapshot nothing is lost: more is folded again next time."""
        if self.torn:
            return
        try:
            self.save()
        except sqlite3.OperationalError:
            log.exception("keeping a snapshot")

    def _run(self) -> None:
        """Ticks come evenly, even where the clock that they tell is set."""
        pause = self.settings.service.tick_seconds
        tick = monotonic() + pause
        while not self.stopping.is_set():
            self.wake.wait(max(0.0, tick - monotonic()))
            self.wake.clear()
            try:
                if monotonic() >= tick:
                    tick = monotonic() + pause
                    self.journal.append_tick(time())
                self.run_pending()
            except Exception as error:  # a full disk, say: what was taken is folded later
                log.exception("folding the journal")
                self.failing = f"{type(error).__name__}: {error}"
                self.stopping.wait(1.0)
