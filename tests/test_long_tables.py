from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from matts.domain import BadInputError
from matts.long_tables import RawFile, StoredTable, write_csv, write_parquet
from matts.readings import is_sensor

Chunks = Callable[..., list[pd.DataFrame]]


@pytest.fixture
def chunks(tmp_path: Path) -> Chunks:
    """The chunks of a CSV with this text, at most three rows each."""

    def read(text: str, rows: int = 3) -> list[pd.DataFrame]:
        (tmp_path / "raw.csv").write_text(text, encoding="utf-8")
        return list(RawFile(tmp_path / "raw.csv", is_sensor, rows))

    return read


def cells(table: pd.DataFrame) -> list[list[object]]:
    return table.to_numpy(np.object_).tolist()


def test_numbers_are_numbers_and_names_stay_text(chunks: Chunks) -> None:
    text = "asset,force,Anomaly_Leak\n007,1.5,True\n007,2,False\n007,3,0\n1e1,1e3,1\n"
    first, second = chunks(text)
    assert cells(first) == [["007", 1.5, "True"], ["007", 2.0, "False"], ["007", 3.0, "0"]]
    assert cells(second) == [["1e1", 1000.0, "1"]]
    assert (first.index.tolist(), second.index.tolist()) == ([0, 1, 2], [3])


def test_numbers_are_read_to_the_last_bit(chunks: Chunks) -> None:
    numbers = np.random.default_rng(0).normal(size=2000) * 10.0 ** np.arange(2000).clip(max=300)
    text = "force\n" + "\n".join(map(repr, numbers.tolist()))
    [table] = chunks(text, 5000)
    assert table["force"].tolist() == [float(repr(number)) for number in numbers.tolist()]


@pytest.mark.parametrize("cell", ["four", "", "NaN", "1e999"])
def test_from_the_first_odd_cell_on_all_is_text(chunks: Chunks, cell: str) -> None:
    text = f"asset,force\na,1\na,2\na,3\na,4\na,{cell}\na,6\n"
    parts = chunks(text)
    assert [index for part in parts for index in part.index] == [0, 1, 2, 3, 4, 5]
    assert cells(parts[-1])[-2:] == [["a", cell], ["a", "6"]]


@pytest.mark.parametrize("rows", [2, 3, 4, 100])
def test_blank_lines_count_where_rows_follow(chunks: Chunks, rows: int) -> None:
    table = pd.concat(chunks("asset,force\na,1\na,2\n\na,3\n\n\n\n\n", rows))
    assert cells(table) == [["a", "1"], ["a", "2"], ["", ""], ["a", "3"]]
    assert table.index.tolist() == [0, 1, 2, 3]


@pytest.mark.parametrize("text", ["", "force,speed\n", "force,speed\n\n\n"])
def test_a_file_without_rows_is_one_empty_chunk(chunks: Chunks, text: str) -> None:
    assert [len(part) for part in chunks(text)] == [0]


def test_a_byte_order_mark_is_no_part_of_a_name(chunks: Chunks) -> None:
    assert chunks("\ufeffforce,speed\n1,2\n")[0].columns.tolist() == ["force", "speed"]


def test_names_that_pandas_changes_are_left_to_it(chunks: Chunks) -> None:
    assert chunks("force,force\n1,2\n3,4\n")[0].columns.tolist() == ["force", "force.1"]


def test_a_row_with_too_many_cells_far_below_is_named(chunks: Chunks) -> None:
    with pytest.raises(BadInputError, match=r"raw\.csv is not a CSV .* line 6, saw 3"):
        chunks("force,speed\n" + "1,2\n" * 4 + "1,2,3\n")


def test_a_parquet_file_gives_the_same(chunks: Chunks, tmp_path: Path) -> None:
    table = pd.DataFrame(
        {"asset": ["7"] * 4, "force": [1.5, 2, 3, 4], "Anomaly_Leak": [True, False, True, True]}
    )
    table.to_parquet(tmp_path / "raw.parquet", row_group_size=3)
    read = list(RawFile(tmp_path / "raw.parquet", is_sensor, 2))
    assert [part.index.tolist() for part in read] == [[0, 1], [2], [3]]
    expected = pd.concat(chunks(table.to_csv(index=False)))
    pd.testing.assert_frame_equal(pd.concat(read), expected)


def test_what_is_no_parquet_file_is_refused_by_name(tmp_path: Path) -> None:
    (tmp_path / "raw.parquet").write_text("words")
    with pytest.raises(BadInputError, match=r"raw\.parquet is not a Parquet file"):
        list(RawFile(tmp_path / "raw.parquet", is_sensor))


PARTS = [
    pd.DataFrame({"score": [np.nan, 0.25], "alert": [False, True], "fault": ["", "Leak"]}),
    pd.DataFrame({"score": [0.1], "alert": [False], "fault": ["a,b"]}),
]


def test_chunks_become_one_file(tmp_path: Path) -> None:
    write_parquet(tmp_path / "below/long.parquet", iter(PARTS))
    stored = StoredTable(tmp_path / "below/long.parquet")
    pd.testing.assert_frame_equal(pd.concat(stored), pd.concat(PARTS))
    assert stored.head(1)["alert"].tolist() == [False]
    some = stored.read(["score", "alert"])
    pd.testing.assert_frame_equal(some, pd.concat(PARTS, ignore_index=True)[["score", "alert"]])


def test_text_reads_as_it_was_written(tmp_path: Path) -> None:
    write_csv(tmp_path / "long.csv", iter(PARTS))
    text = (tmp_path / "long.csv").read_text()
    assert text.splitlines()[0] == '"score","alert","fault"'
    assert [line.split(",")[1] for line in text.splitlines()[1:]] == ["false", "true", "false"]
    again = pd.read_csv(tmp_path / "long.csv", keep_default_na=False, na_values={"score": ""})
    pd.testing.assert_frame_equal(again, pd.concat(PARTS, ignore_index=True))


@pytest.mark.parametrize("write", [write_parquet, write_csv])
def test_a_chunk_that_fails_leaves_the_old_file(
    tmp_path: Path, write: Callable[[Path, object], None]
) -> None:
    def failing() -> object:
        yield PARTS[0]
        msg = "the second chunk is odd"
        raise BadInputError(msg)

    path = tmp_path / "long"
    path.write_text("old")
    with pytest.raises(BadInputError, match="second chunk"):
        write(path, failing())
    assert path.read_text() == "old"
    assert [each.name for each in tmp_path.iterdir()] == ["long"]
