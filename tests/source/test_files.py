from collections.abc import Callable, Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import fsspec
import pandas as pd
import pytest

from matts.domain import BadInputError
from matts.source.described import Described
from matts.source.files import find, read
from matts.source.settings import SourceSettings

Make = Callable[..., Described]

TWO = "flow,level\n1.5,2\n2.5,3\n"
UMLAUT = "Füllstand;n\n1,5;1\n2,5;2\n"
WRITTEN = {
    "utf-8": UMLAUT.encode(),
    "utf-8 with a mark": UMLAUT.encode("utf-8-sig"),
    "utf-16": UMLAUT.encode("utf-16"),
    "cp1252": UMLAUT.encode("cp1252"),
    "Windows' line ends": UMLAUT.replace("\n", "\r\n").encode(),
}


@pytest.mark.parametrize("raw", WRITTEN.values(), ids=WRITTEN)
def test_encodings_are_found_out(made: Make, raw: bytes) -> None:
    table = made({"x.csv": raw}).table
    assert table.to_dict("list") == {"Füllstand": [1.5, 2.5], "n": [1.0, 2.0]}


def test_an_encoding_that_is_said_counts(made: Make) -> None:
    table = made({"x.csv": "a,№\n1,2\n3,4\n".encode("cp1251")}, read={"encoding": "cp1251"}).table
    assert list(table) == ["a", "№"]


SEPARATED = {
    "comma": ("flow,level\n1.5,2\n2.5,3\n", {}),
    "semicolon": ("flow;level\n1.5;2\n2.5;3\n", {}),
    "tab": ("flow\tlevel\n1.5\t2\n2.5\t3\n", {}),
    "bar": ("flow|level\n1.5|2\n2.5|3\n", {}),
    "another": ("flow/level\n1.5/2\n2.5/3\n", {"separator": "/"}),
    "spaces": ("flow   level\n 1.5 2\n2.5     3 \n", {"format": "whitespace"}),
    "no header, commas in numbers": ("1,5;2\n2,5;3\n", {"columns": ["flow", "level"]}),
    "a cell in quotes": ('"flow";level\n"1,5";2\n"2,5";3\n', {}),
    "lines before the header": ("plant 7;;\nflow;level\n1.5;2\n2.5;3\n", {"skip": 1}),
    "an end of separators": ("flow,level\n1.5,2,\n2.5,3,\n", {}),
    "blank lines": ("flow,level\n1.5,2\n\n2.5,3\n\n", {}),
}


@pytest.mark.parametrize(("text", "how"), SEPARATED.values(), ids=SEPARATED)
def test_separators(made: Make, text: str, how: dict[str, Any]) -> None:
    table = made(text, read=how).table
    assert table.to_dict("list") == {"flow": [1.5, 2.5], "level": [2.0, 3.0]}


def test_a_text_file_is_separated_by_spaces(made: Make) -> None:
    table = made({"x.txt": "1 2 \n3 4 \n"}, read={"columns": ["a", "b"]}).table
    assert table.to_dict("list") == {"a": [1.0, 3.0], "b": [2.0, 4.0]}


def test_a_short_row_is_missing_at_its_end_and_a_long_one_refused(made: Make) -> None:
    assert made("a,b\n1,2\n3\n").table["b"].isna().tolist() == [False, True]
    with pytest.raises(BadInputError, match=r"x\.csv is not a CSV that can be read.*saw 3"):
        made("a,b\n1,2\n3,4,5\n")


def test_parquet_keeps_its_types(tmp_path: Path) -> None:
    pd.DataFrame({"flow": [1.5, None], "open": [True, False]}).to_parquet(tmp_path / "x.parquet")
    found = read(SourceSettings(path=str(tmp_path)))
    assert found
    assert found.tables[0].cells["open"].tolist() == [True, False]
    (tmp_path / "x.parquet").write_bytes(b"PAR1")
    with pytest.raises(BadInputError, match="is not a Parquet file that can be read"):
        read(SourceSettings(path=str(tmp_path)))


FOUND = {
    "one file": (("b/2.csv",), None, ["b/2.csv"]),
    "an expression": (("b/*.csv",), None, ["b/2.csv", "b/10.csv"]),
    "a folder": (("b",), None, ["b/2.csv", "b/10.csv", "b/z.txt"]),
    "a folder of some": (("b",), ["1*.csv"], ["b/10.csv"]),
    "below a folder": ((".",), ["*/2.csv"], ["a/2.csv", "b/2.csv"]),
    "several": (("a", "b/10.csv"), None, ["a/2.csv", "b/10.csv"]),
    "none": (("c.csv",), None, []),
}


@pytest.mark.parametrize(("paths", "files", "expected"), FOUND.values(), ids=FOUND)
def test_where_to_look(
    tmp_path: Path, paths: tuple[str, ...], files: list[str] | None, expected: list[str]
) -> None:
    for name in ("a/2.csv", "b/10.csv", "b/2.csv", "b/z.txt", "b/deep.csv/x"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(TWO)
    more = {} if files is None else {"files": files}
    settings = SourceSettings.model_validate(
        {"path": [f"{tmp_path}/{each}" for each in paths], **more}
    )
    found = [path for each in settings.paths for path, _ in find(each, settings)]
    assert [str(Path(path).relative_to(tmp_path)) for path in found] == expected
    assert (read(settings) is None) == (not expected)


def test_any_place_that_fsspec_reaches() -> None:
    memory = fsspec.filesystem("memory")
    memory.pipe("/plant/run_1.csv", TWO.encode())
    memory.pipe("/plant/run_2.csv", TWO.encode())
    memory.pipe("/plant/life.txt", b"3 4")
    labels = {"kind": "run_to_failure", "remaining": {"run_1": "life.txt"}}
    found = read(
        SourceSettings.model_validate({"path": "memory://plant/run_*.csv", "labels": labels})
    )
    assert found
    assert [(table.name, table.folder) for table in found.tables] == [
        ("run_1", "plant"),
        ("run_2", "plant"),
    ]
    assert found.aside == {"life.txt": "3 4"}


def test_a_file_aside_that_is_not_there(made: Make) -> None:
    labels = {"kind": "intervals", "file": "faults.csv"}
    with pytest.raises(
        BadInputError, match=r"faults\.csv is needed beside .*x\.csv, and it is not"
    ):
        made(TWO, labels=labels)


def test_parquet_as_pandas_writes_it(tmp_path: Path) -> None:
    times = pd.date_range("2024-01-01", periods=3, name="time")
    pd.DataFrame({0: [1.0, 2.0, 3.0], "list": [[1], [2], [3]]}, index=times).rename(
        columns=str
    ).to_parquet(tmp_path / "x.parquet")
    raw = read(SourceSettings(path=str(tmp_path / "x.parquet")))
    assert raw is not None
    cells = raw.tables[0].cells
    assert [*cells] == ["time", "0", "list"]
    assert cells["list"].tolist() == ["[1]", "[2]", "[3]"]
    pd.DataFrame([[1.0, 2.0]] * 3).to_parquet(tmp_path / "x.parquet")
    raw = read(SourceSettings(path=str(tmp_path / "x.parquet")))
    assert raw is not None
    assert [*raw.tables[0].cells] == ["0", "1"]


def test_rows_that_all_have_more_cells_than_the_header_are_refused(made: Make) -> None:
    with pytest.raises(BadInputError, match="more cells than there are names"):
        made("flow,level\n" + "1,5,2,5\n" * 5)
    assert [*made("flow,level\n" + "1.5,2.5,\n" * 5).table] == ["flow", "level"]


def test_a_file_that_two_expressions_mean_is_read_once(tmp_path: Path) -> None:
    (tmp_path / "x.csv").write_text("flow\n1\n2\n")
    raw = read(SourceSettings(path=(str(tmp_path), str(tmp_path / "*.csv"))))
    assert raw is not None
    assert len(raw.tables) == 1


@pytest.mark.parametrize("path", ["none://x/y.csv", "http://127.0.0.1:9/y.csv"])
def test_a_place_that_cannot_be_reached(path: str) -> None:
    with pytest.raises(BadInputError, match="cannot be reached"):
        read(SourceSettings(path=path))


def test_a_file_aside_is_that_beside_the_readings(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "plant").mkdir()
    (tmp_path / "plant/x.csv").write_text("t,flow\n1,1\n2,2\n")
    (tmp_path / "plant/events.csv").write_text("start,end\n1,2\n")
    (tmp_path / "events.csv").write_text("start,end\n8,9\n")
    monkeypatch.chdir(tmp_path)
    labels = {"kind": "intervals", "file": "events.csv"}
    settings = {"path": "plant", "time": {"column": "t"}, "labels": labels}
    raw = read(SourceSettings.model_validate(settings))
    assert raw is not None
    assert raw.aside["events.csv"] == "start,end\n1,2\n"


@pytest.fixture
def served(tmp_path: Path) -> Iterator[str]:
    """Where a server shows the files of a folder."""
    handler = partial(Quiet, directory=str(tmp_path))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


class Quiet(SimpleHTTPRequestHandler):
    """A server that says nothing."""

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


ASIDE: dict[str, dict[str, Any]] = {
    "intervals": {"labels": {"kind": "intervals", "file": "events.csv"}},
    "lives": {"labels": {"kind": "run_to_failure", "remaining": {"x": "events.csv"}}},
    "lines beside": {"read": {"beside": {"file": "events.csv", "columns": ["c"]}}},
}


@pytest.mark.parametrize("settings", ASIDE.values(), ids=ASIDE)
@pytest.mark.parametrize("below", ["", "plant/"])
def test_a_file_aside_is_found_on_a_server(
    tmp_path: Path, served: str, settings: dict[str, Any], below: str
) -> None:
    pytest.importorskip("aiohttp")
    (tmp_path / below).mkdir(exist_ok=True)
    (tmp_path / below / "x.csv").write_text("flow\n1\n2\n")
    (tmp_path / below / "events.csv").write_text("3\n4\n")
    source = {"path": f"{served}/{below}x.csv", "labels": {"kind": "none"}, **settings}
    raw = read(SourceSettings.model_validate(source))
    assert raw is not None
    told = [*raw.aside.values(), *("\n".join(t.cells["c"]) for t in raw.tables if "c" in t.cells)]
    assert [text.split() for text in told] == [["3", "4"]]


RAGGED = {"a long line": "1 2\n3 4 5\n", "long lines": "1 2 3\n4 5 6\n"}


@pytest.mark.parametrize("text", RAGGED.values(), ids=RAGGED)
def test_a_file_with_a_line_for_each_row_that_cannot_be_read(made: Make, text: str) -> None:
    beside = {"file": "more.dat", "columns": ["a", "b"]}
    with pytest.raises(BadInputError, match=r"more\.dat needs lines with 2 cells, a, b: "):
        made({"x.csv": TWO, "more.dat": text}, read={"beside": beside})
