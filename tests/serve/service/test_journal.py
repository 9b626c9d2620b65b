import sqlite3
import threading
from contextlib import closing
from pathlib import Path

import pytest

from matts.domain import BadInputError
from matts.serve.live.reading import Reading
from matts.serve.service.journal import Journal
from matts.serve.service.schema import VERSION


def some(count: int, asset: str = "a") -> list[Reading]:
    return [Reading(asset, float(k), {"x": 1.5, "y": None}, received=9.0) for k in range(count)]


def test_what_was_taken_is_there_after_opening_again(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "j.db")
    assert journal.append(some(3)) == [True] * 3
    assert journal.append(some(4)) == [False, False, False, True]
    journal.append_tick(5.0)
    before = journal.after(0, 100)
    journal.close()
    again = Journal(tmp_path / "j.db")
    assert again.after(0, 100) == before
    first = before[0].what
    assert isinstance(first, Reading)
    assert (first.number, first.values) == (1, {"x": 1.5, "y": None})
    assert again.last == before[-1].number
    assert again.newest() == {"a": 3.0}
    again.close()


def test_many_who_write_at_once_lose_nothing(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "j.db", durable=False)
    names = [f"m{k}" for k in range(8)]
    threads = [threading.Thread(target=journal.append, args=(some(50, n),)) for n in names]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    entries = journal.after(0, 1000)
    assert len(entries) == 400
    assert [each.number for each in entries] == list(range(1, 401))
    journal.close()


def test_a_second_process_is_told(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "j.db")
    with pytest.raises(BadInputError, match="another process"):
        Journal(tmp_path / "j.db")
    journal.close()
    Journal(tmp_path / "j.db").close()


def test_another_version_and_what_is_no_database_are_told(tmp_path: Path) -> None:
    Journal(tmp_path / "j.db").close()
    with closing(sqlite3.connect(tmp_path / "j.db")) as database:
        database.execute(f"PRAGMA user_version = {VERSION + 1}")
    with pytest.raises(BadInputError, match=f"version {VERSION}, got version {VERSION + 1}"):
        Journal(tmp_path / "j.db")
    (tmp_path / "k.db").write_bytes(b"no database at all" * 100)
    with pytest.raises(BadInputError, match="journal of matts"):
        Journal(tmp_path / "k.db")
    (tmp_path / "k.db").unlink()
    Journal(tmp_path / "k.db").close()  # the lock of the one refused is gone


def test_old_readings_go_and_numbers_go_on(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "j.db")
    journal.append(some(30))
    with journal.write():
        journal.prune(folded=25, keep=10, oldest=0.0)
    assert [each.number for each in journal.after(0, 100)] == list(range(21, 31))
    with journal.write():
        journal.prune(folded=25, keep=1000, oldest=10.0)  # all were received before
    assert journal.after(0, 100)[0].number == 26  # what is not folded stays
    journal.close()
    again = Journal(tmp_path / "j.db")
    again.append(some(1, "b"))
    assert again.last == 31
    again.close()


def test_names_beyond_the_most_are_spelt(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("matts.serve.service.entries.MOST_SHAPES", 1)
    journal = Journal(tmp_path / "j.db")
    journal.append([Reading("a", 1.0, {"x": 1.0}), Reading("a", 2.0, {"z": 2.0, "w": None})])
    told = [each.what for each in journal.after(0, 9)]
    assert [dict(each.values) for each in told if isinstance(each, Reading)] == [
        {"x": 1.0},
        {"z": 2.0, "w": None},
    ]
    assert len(journal.shapes.bodies) == 1
    journal.close()


def test_what_is_there_already_uses_up_no_number(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "j.db")
    journal.append(some(5))
    assert journal.append(some(5)) == [False] * 5
    assert journal.last == 5
    journal.append(some(1, "b"))
    assert [each.number for each in journal.after(0, 9)] == [1, 2, 3, 4, 5, 6]
    journal.close()
