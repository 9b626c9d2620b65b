"""Replay of files, of any length and layout, at the speed asked for, from where it was left."""

import time
from pathlib import Path
from threading import Event, Timer

import numpy as np
import pandas as pd
import pytest

from matts.domain import BadInputError
from matts.serve.live.reading import Reading
from matts.serve.sources.replay import Replay
from matts.serve.sources.tables import ROWS, open_table
from matts.source.settings import SourceSettings
from tests.serve.sources.conftest import Keeper

PLAIN = SourceSettings(path="none.csv", layout="plain")


def table(rows: int) -> pd.DataFrame:
    force = np.arange(rows, dtype=np.float64)
    return pd.DataFrame({"force": force, "speed": force / 2})


@pytest.mark.parametrize("ending", ["csv", "parquet"])
def test_a_file_longer_than_a_chunk_is_told_once_and_in_order(
    ending: str, tmp_path: Path, keeper: Keeper
) -> None:
    path, rows = tmp_path / f"mill.{ending}", ROWS + 100
    if ending == "csv":
        table(rows).to_csv(path, index=False)
    else:
        table(rows).to_parquet(path)
    chunks = open_table(str(path), PLAIN, ("force", "speed"))
    Replay(chunks, asset="mill", start=1000.0).run(keeper, Event())
    assert keeper.kept() == [1000.0 + row for row in range(rows)]
    last = keeper.journal.after(0, 10_000)[-1].what
    assert isinstance(last, Reading)
    assert dict(last[2]) == {"force": rows - 1.0, "speed": (rows - 1) / 2}
    assert max(keeper.groups) <= 256


def test_machines_take_turns_and_a_cell_that_is_no_number_is_a_gap(
    tmp_path: Path, keeper: Keeper
) -> None:
    path = tmp_path / "plant.csv"
    lines = ["asset,time,force", "a,2026-01-01T00:00:00Z,1", "a,2026-01-01T00:00:01Z,?"]
    lines += ["b,2026-01-01T00:00:00Z,3", "b,never,4"]
    path.write_text("\n".join(lines))
    Replay(open_table(str(path), PLAIN, ("force",))).run(keeper, Event())
    told = [each.what for each in keeper.journal.after(0, 9) if isinstance(each.what, Reading)]
    assert [(each.asset, each[2]["force"]) for each in told] == [
        ("a", 1),
        ("b", 3),
        ("a", None),
    ]
    assert told[0].time == pd.Timestamp("2026-01-01", tz="UTC").timestamp()


def test_a_replay_goes_on_where_the_journal_ends(keeper: Keeper) -> None:
    def replay(count: int) -> None:
        source = Replay(lambda: [table(count)], "mill", start=10.0)
        source.latest = keeper.journal.newest().get
        source.run(keeper, Event())

    replay(30)
    replay(50)
    assert keeper.kept() == [10.0 + row for row in range(50)]
    assert sum(keeper.groups) == 50  # none was handed over twice


def test_a_loop_begins_again_behind_its_end(keeper: Keeper) -> None:
    stop = Event()

    def one_at_a_time() -> list[pd.DataFrame]:
        if len(keeper.kept()) >= 9:
            stop.set()
        return [table(3)]

    Replay(one_at_a_time, "mill", start=10.0, loop=True).run(keeper, stop)
    assert keeper.kept() == [10.0 + row for row in range(9)]


def test_the_speed_is_kept_and_a_stop_is_heard(keeper: Keeper) -> None:
    start = time.monotonic()
    Replay(lambda: [table(20)], "mill", speed=50.0).run(keeper, Event())
    assert time.monotonic() - start >= 0.3
    stop = Event()
    Timer(0.2, stop.set).start()
    source = Replay(lambda: [table(100_000)], "slow", speed=10.0)
    source.run(keeper, stop)
    assert 0 < len(keeper.kept("slow")) < 100
    assert source.tally.state == "waiting"


def test_a_described_file_is_read_as_its_dataset_says(tmp_path: Path, keeper: Keeper) -> None:
    path = tmp_path / "pump.csv"
    path.write_text("when;kN\n2026-01-01 00:00:00;1,5\n2026-01-01 00:00:01;2,5\n")
    settings = SourceSettings.model_validate(
        {
            "path": str(path),
            "read": {"separator": ";", "decimal": ","},
            "time": {"column": "when"},
            "labels": {"kind": "none"},
        }
    )
    Replay(open_table(str(path), settings, ("force",)), "pump").run(keeper, Event())
    told = [each.what for each in keeper.journal.after(0, 9) if isinstance(each.what, Reading)]
    assert [each[2] for each in told] == [{"kN": 1.5}, {"kN": 2.5}]


def test_a_service_without_room_is_waited_for(keeper: Keeper) -> None:
    keeper.busy = 3
    Replay(lambda: [table(10)], "mill").run(keeper, Event())
    assert len(keeper.kept()) == 10


@pytest.mark.parametrize("text", [None, "\x00\x01", "other\n1\n"])
def test_what_cannot_be_replayed_is_refused_in_a_sentence(text: str | None, tmp_path: Path) -> None:
    path = tmp_path / "mill.csv"
    if text is not None:
        path.write_text(text)
    with pytest.raises(BadInputError, match=r"mill\.csv"):
        open_table(str(path), PLAIN, ("force", "speed"))
