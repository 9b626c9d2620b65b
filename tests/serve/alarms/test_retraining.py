"""What operators said is read back as labels, and a detector learns from it."""

import io
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from matts.detect import DETECTORS
from matts.ingest import get_readings
from matts.readings import to_readings
from matts.serve.alarms.actions import read_action
from matts.serve.alarms.alarm import Signal
from matts.serve.alarms.book import AlarmBook
from matts.serve.alarms.feedback import Feedback
from matts.serve.alarms.label_file import label_file
from matts.serve.alarms.settings import AlarmSettings
from matts.source.files import read
from matts.source.intervals import intervals_of
from matts.source.record import to_record
from matts.source.settings import IntervalLabels, SourceSettings
from matts.windows import WindowSettings, split_readings

START = 1_700_000_000.0
LEAKS = [*range(20, 600, 40)]
SOURCE: dict[str, Any] = {
    "files": ["plant.csv"],
    "time": {"column": "t"},
    "asset": {"columns": ["machine"]},
    "labels": {
        "kind": "intervals",
        "file": "labels.csv",
        "start": "first",
        "end": "last",
        "fault": "fault",
        "asset": "asset",
    },
}


def plant() -> pd.DataFrame:
    """A fan whose flow falls for five minutes now and then, and once for no fault at all."""
    values = np.random.default_rng(0).normal(size=(600, 3))
    for start in (*LEAKS, 5):
        values[start : start + 5, 0] -= 8
    times = pd.date_range(pd.Timestamp(START, unit="s"), periods=600, freq="min")
    return pd.DataFrame(values, columns=["flow", "load", "speed"]).assign(
        t=times.strftime("%Y-%m-%d %H:%M:%S"), machine="fan"
    )


def judged_by_operators(table: pd.DataFrame) -> str:
    """Every alarm of a limit on the flow is judged: the first was false, the others leaks."""
    settings = AlarmSettings()
    book, feedback = AlarmBook(settings), Feedback(settings.feedback)
    for n, flow in enumerate(table["flow"]):
        book.hear([Signal("fan", START + 60 * n, n, "anomaly", 5.0 if flow < -4 else 0.0, 3.0)])
        for alarm in [each for each in book.alarms if each.state == "returned_unacknowledged"]:
            said = {"verdict": "confirmed", "fault": "Leak"} if n > 15 else {}
            tree = {"kind": "feedback", "alarm": alarm.id, "verdict": "false_alarm", **said}
            for action in (tree, {"kind": "acknowledge", "alarm": alarm.id}):
                done = read_action(action, "Ann", START + 60 * n)
                book.act(done)
                feedback.learn(done, book.alarm(alarm.id))
    return label_file(feedback.labels())


def test_names_like_formulas_are_marked_in_the_file_and_read_back_as_they_were(
    tmp_path: Path,
) -> None:
    names = ["=HYPERLINK(1)", "-12", "+fan", "@fan", "'=fan", "'fan", "fan-1"]
    rows = [
        {"asset": name, "first": START, "last": START + 60, "label": "faulty", "fault": name}
        | {"who": name, "time": START}
        for name in names
    ]
    text = label_file(rows)
    cells = pd.read_csv(io.StringIO(text), dtype=str)[["asset", "fault", "who"]].to_numpy()
    assert not [cell for cell in cells.ravel() if cell[0] in "=+-@"]
    (tmp_path / "labels.csv").write_text(text)
    table = pd.concat([plant().head(2).assign(machine=name) for name in names])
    table.to_csv(tmp_path / "plant.csv", index=False)
    source = SourceSettings(path=str(tmp_path), **SOURCE)
    labels = source.labels
    assert isinstance(labels, IntervalLabels)
    raw = read(source)
    assert raw is not None
    found = intervals_of(to_record(raw, source), labels)
    assert [(each.asset, each.fault) for each in found] == [(name, name) for name in names]


def test_a_described_dataset_with_the_label_file_trains(tmp_path: Path) -> None:
    table = plant()
    table.to_csv(tmp_path / "plant.csv", index=False)
    (tmp_path / "labels.csv").write_text(judged_by_operators(table))
    source = SourceSettings(path=str(tmp_path), **SOURCE)
    readings = to_readings(get_readings(read(source), source).readings)
    assert readings.fault_names == ("Leak",)
    expected = np.zeros(600, np.bool_)
    for start in LEAKS:
        expected[start : start + 5] = True
    np.testing.assert_array_equal(readings.faults[:, 0], expected)  # and nothing at 5
    windows = split_readings(readings, WindowSettings(length=3))
    detector = DETECTORS["supervised"]().fit(windows.train, windows.validation)
    scores = detector.score(windows.test)
    faulty = windows.test.faulty
    assert scores[faulty].min() > scores[~faulty].max()
