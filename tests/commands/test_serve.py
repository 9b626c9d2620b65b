"""The command `matts serve`, as somebody types it: its help, its refusals."""

import socket
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from threading import Event
from types import SimpleNamespace

import pandas as pd
import pytest

from matts.commands import main
from matts.commands.choosing import choose_sources
from matts.commands.options import ServeOptions
from matts.commands.project import read_project
from matts.domain import BadInputError
from matts.serve.live.reading import Reading
from matts.serve.service.journal import Journal
from matts.serve.service.schema import forget
from matts.serve.sources.source import Accepted

ROOT = Path(__file__).parents[2]
Typed = Callable[..., object]


@dataclass
class Kept:
    """What a source has brought."""

    readings: list[Reading] = field(default_factory=list)

    def accept(self, readings: Sequence[Reading]) -> Accepted:
        self.readings += readings
        return Accepted(len(readings), 0, 0, [])


@pytest.fixture
def typed(monkeypatch: pytest.MonkeyPatch) -> Typed:
    """Type a command in the project: what the process ends with, a code or a last sentence."""
    monkeypatch.chdir(ROOT)

    def run(*words: str) -> object:
        monkeypatch.setattr(sys, "argv", ["matts", *words])
        with pytest.raises(SystemExit) as ended:
            main()
        return ended.value.code

    return run


def test_help_names_every_source(typed: Typed, capsys: pytest.CaptureFixture[str]) -> None:
    assert typed("serve", "--help") == 0
    told = capsys.readouterr().out
    assert all(f"--{name}" in told for name in ("replay", "simulate", "mqtt", "opcua", "fresh"))


@pytest.mark.parametrize(("words", "told"), [("--spede 3", "--spede"), ("--speed -1", "--speed")])
def test_what_is_mistyped_ends_with_two(
    words: str, told: str, typed: Typed, capsys: pytest.CaptureFixture[str]
) -> None:
    assert typed("serve", *words.split()) == 2
    assert told in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ("--dataset nine", "there is no dataset 'nine'"),
        ("--params serve.live.wit=2", "did you mean wait?"),
        ("--detectors random", "random is a control"),
        ("--params dataset", "key=value"),
        ("--host 0.0.0.0", "MATTS_TOKEN"),
    ],
)
def test_what_is_wrong_is_one_sentence(words: str, told: str, typed: Typed) -> None:
    ended = typed("serve", *words.split())
    assert isinstance(ended, str)
    assert ended.startswith("matts: ")
    assert told in ended
    assert "\n" not in ended


@pytest.mark.parametrize(
    ("words", "told"),
    [("--replay", "own"), ("--replay --loop", "own"), ("--replay x.csv --loop", "x.csv")],
)
def test_the_file_of_a_replay_may_be_left_out(
    words: str, told: str, typed: Typed, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[ServeOptions] = []
    monkeypatch.setattr("matts.commands.control_room.open_control_room", asked.append)
    assert typed("serve", "--dataset", "6", *words.split()) == 0
    assert (asked[0].dataset, asked[0].replay) == ("6", told)
    assert asked[0].loop == ("--loop" in words)


def test_what_was_simulated_is_replayed_where_the_file_is_missing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(ROOT)
    project = replace(read_project("6", "", ""), data=tmp_path)
    monkeypatch.chdir(tmp_path)  # where data/01_raw is not
    record = tmp_path / "02_intermediate" / "6" / "readings.parquet"
    record.parent.mkdir(parents=True)
    pd.DataFrame({"force_1": [1.0, 2.0], "Anomaly_Electric_1": [False, True]}).to_parquet(record)
    options, inputs = ServeOptions(replay="own", speed=0), SimpleNamespace(inputs=("force_1",))
    (replayed,) = choose_sources(options, project, inputs, lambda _: None)
    kept = Kept()
    replayed.run(kept, Event())
    assert [each[0] for each in kept.readings] == ["tcm5_dataset_6"] * 2
    assert [each[2] for each in kept.readings] == [{"force_1": 1.0}, {"force_1": 2.0}]


def test_a_port_in_use_is_told_before_anything_is_trained_or_opened(
    typed: Typed, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[object] = []
    monkeypatch.setattr("matts.commands.control_room.find_champion", asked.append)
    with socket.create_server(("127.0.0.1", 0)) as other:
        port, store = other.getsockname()[1], tmp_path / "live.db"
        ended = typed("serve", "--port", str(port), "--store", str(store), "--fresh")
    assert ended == (
        f"matts: serve needs a free port, and {port} on 127.0.0.1 is in use: "
        "choose another with --port"
    )
    assert not asked
    assert not store.exists()


def test_elsewhere_than_in_a_project_it_says_so(
    typed: Typed, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert typed("serve") == (
        f"matts: conf/base is needed, and it is not below {tmp_path.name}: go to the project"
    )


def test_a_journal_in_use_is_not_forgotten(tmp_path: Path) -> None:
    store = tmp_path / "live.db"
    journal = Journal(store, durable=False)
    try:
        with pytest.raises(BadInputError, match="another process has it open"):
            forget(store)
        assert store.exists()
    finally:
        journal.close()
    forget(store)
    assert not store.exists()


def test_only_journals_are_forgotten(tmp_path: Path) -> None:
    other = tmp_path / "readings.parquet"
    other.write_bytes(bytes(100))
    with pytest.raises(BadInputError, match="choose another --store"):
        forget(other)
    assert other.exists()
