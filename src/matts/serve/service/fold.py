"""From entries of the journal to what follows from them: no clock, no chance, no I/O."""

from collections.abc import Sequence
from itertools import groupby
from typing import Any

from matts.domain import BadInputError, State
from matts.monitor.drift import DriftMonitor
from matts.serve.alarms.actions import Action
from matts.serve.alarms.alarm import Record, Signal
from matts.serve.alarms.book import AlarmBook
from matts.serve.alarms.feedback import Feedback
from matts.serve.live.deployment import Deployment
from matts.serve.live.judged import Judged
from matts.serve.live.panel import Panel
from matts.serve.live.reading import Reading
from matts.serve.service.board import Board, number
from matts.serve.service.drifting import listen
from matts.serve.service.entries import END, RESET, TICK, Entry
from matts.serve.service.outputs import Outputs
from matts.serve.service.signals import Grader, anomaly, largest
from matts.serve.service.silence import Silence
from matts.serve.settings import ServeSettings


class Fold:
    """All that the service knows; the same entries, however they are cut, lead to the same."""

    def __init__(self, deployment: Deployment, settings: ServeSettings) -> None:
        self.deployment, self.settings = deployment, settings
        self.panel = Panel.deploy(deployment, settings.live)
        self.book, self.feedback = AlarmBook(settings.alarms), Feedback(settings.alarms.feedback)
        self.drift = DriftMonitor(deployment.reference, settings.drift)
        self.board = Board(deployment.assets)
        self.silence = Silence(settings.service)
        self.grader = Grader(deployment.reference, deployment.inputs)
        self.line = 1  # of the audit, the next one

    def take(self, entries: Sequence[Entry]) -> Outputs:
        """What follows from these entries, one after the other."""
        out = Outputs(entries[-1].number, first_line=self.line)
        for are_readings, run in groupby(entries, key=lambda entry: entry.kind <= END):
            if are_readings:
                self._judge([entry.what for entry in run if isinstance(entry.what, Reading)], out)
            else:
                for entry in run:
                    self._follow(entry, out)
        out.alarms = self.book.touched()
        new = [alarm for alarm in out.alarms if alarm.key == "anomaly" and alarm.returned is None]
        out.similar = {alarm.id: self.panel.similar(alarm.asset) for alarm in new}
        if out.alarms or out.reset is not None:
            self.board.count(self.book.alarms)
        self.line += len(out.records)
        return out

    def _judge(self, readings: Sequence[Reading], out: Outputs) -> None:
        for part in self.panel.follow(readings):
            for reading in part.readings:
                self.board.arrive(reading.asset, reading.received)
            self._hear(part.judged, out)
            if part.leaver:  # a unit that has ended gives its place to another
                self.drift.forget(part.leaver)
                self.board.forget(part.leaver)

    def _hear(self, judged: Sequence[Judged], out: Outputs) -> None:
        """What follows from readings that were judged."""
        changes = listen(judged, self.drift, self.deployment, self.board)
        for each in judged:
            out.drifted |= {each.asset} if each.number in changes else set()
            signals, asked = changes.get(each.number, ([], []))
            out.records += [*asked, *self.book.hear([*self._signals(each), *signals])]
            self._label(each.asset, out)
            if each.end:
                out.completed.append((each.number, each.asset, self._completed(each)))
        out.judged += judged

    def _label(self, asset: str, out: Outputs) -> None:
        """An alarm that somebody has judged goes on, and so do its labels."""
        alarm = self.book.standing(asset, "anomaly")
        if alarm and self.feedback.follow(alarm):
            out.labels[alarm.id] = self.feedback.labels_of(alarm.id)

    def _signals(self, judged: Judged) -> list[Signal]:
        """What a reading says to the alarms, and to the overview."""
        bad = self.grader.bad(judged)
        row, found = self.board.row(judged.asset), []
        if row.silent:
            found.append(Signal(judged.asset, judged.time, judged.number, "silent", 0.0, 1.0))
        signal = anomaly(judged, self.deployment.deployed_name)
        self.board.hear(judged, signal.value, 1 - float(bad.mean()))
        if judged.alert:
            sensors = largest(judged.contributions, self.deployment.inputs)
            signal = signal._replace(sensors=sensors)
        return [*found, signal, self.grader.signal(judged, bad, row.last_time)]

    def _completed(self, judged: Judged) -> dict[str, Any]:
        row = self.board.rows[judged.asset]
        times: dict[str, Any] = {
            "first_time": number(row.first_time),
            "last_time": number(row.last_time),
        }
        return times | {"readings": row.readings, "alerts": row.alerts, "peak": row.peak}

    def _follow(self, entry: Entry, out: Outputs) -> None:
        """An action, a tick of the clock, or a reset."""
        if isinstance(entry.what, Action):
            self._act(entry.what, out)
        elif entry.kind == TICK:
            self._tick(entry, out)
        elif entry.kind == RESET:
            self._reset(entry, out)

    def _act(self, action: Action, out: Outputs) -> None:
        try:
            out.records += self.book.act(action)
        except BadInputError as error:
            out.refused[action.number] = str(error)
            return
        if action.alarm is not None and action.kind in ("feedback", "undo_feedback"):
            alarm = self.book.alarm(action.alarm)
            out.records += self.feedback.learn(action, alarm)
            self.panel.shift(alarm.asset, self.feedback.shift(alarm.asset))
            out.labels[alarm.id] = self.feedback.labels_of(alarm.id)
        if action.asset in self.board.rows:
            row = self.board.row(action.asset)
            away = not self.book.in_service(row.name)
            row.mode = "out_of_service" if away else self.book.mode(row.name)

    def _tick(self, entry: Entry, out: Outputs) -> None:
        self._hear(self.panel.release(entry.received), out)
        out.records += self.book.tick(entry.received, entry.number)
        out.records += self.book.hear(self._settled(entry.number))
        silent = self.silence.tick(self.board.rows.values(), entry.received, entry.number)
        for signal in silent:
            if not self.board.rows[signal.asset].silent:
                self.board.row(signal.asset).silent = True
        out.records += self.book.hear(silent)

    def _settled(self, number: int) -> list[Signal]:
        """That there is no drift, where an alarm still says so: other models have begun anew."""
        drifting = [a.asset for a in self.book.alarms if a.key == "drift" and a.returned is None]
        rows = [self.board.rows[name] for name in drifting if name in self.board.rows]
        return [
            Signal(row.name, row.last_time, number, "drift", 0.0, 1.0)
            for row in rows
            if row.drift == "ok"
        ]

    def _reset(self, entry: Entry, out: Outputs) -> None:
        """Forget windows and alarms; numbers go on, and so does what people said and hid."""
        self.panel.forget(None)
        self.book = self.book.reset()
        self.drift = DriftMonitor(self.deployment.reference, self.settings.drift)
        modes = {name: row.mode for name, row in self.board.rows.items()}
        self.board = Board([*self.deployment.assets, *modes])
        for name, mode in modes.items():
            self.board.rows[name].mode = mode
        out.reset = entry.who
        out.records.append(Record(entry.number, entry.received, None, "", "reset", entry.who, ""))

    def state(self) -> dict[str, State]:
        """All that it takes to go on from here."""
        parts: dict[str, Any] = {"panel": self.panel, "book": self.book, "feedback": self.feedback}
        parts |= {"drift": self.drift, "board": self.board, "silence": self.silence}
        return {name: part.state() for name, part in parts.items()} | {
            "fold": State({}, {"line": self.line})
        }

    def restore(self, states: dict[str, State], *, same_models: bool) -> None:
        """Go on from there; what other models made of the readings is of no use to these."""
        self.book.restore(states["book"])
        self.feedback.restore(states["feedback"])
        for alarm in self.book.alarms:  # a snapshot may be of before labels went on
            self.feedback.follow(alarm)
        self.board.restore(states["board"])
        self.silence.restore(states["silence"])
        self.line = states["fold"].config["line"]
        if same_models:
            self.panel.restore(states["panel"])
            self.drift.restore(states["drift"])
        else:
            for row in self.board.rows.values():
                row.kinds = {}
            for asset, shift in self.feedback.shifts().items():
                self.panel.shift(asset, shift)
