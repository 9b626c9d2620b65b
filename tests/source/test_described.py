from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest
from pydantic import ValidationError

from matts.domain import BadInputError
from matts.source.described import Described, to_table
from matts.source.files import RawData, RawTable
from matts.source.settings import SourceSettings
from matts.source.validation import validate

Make = Callable[..., Described]

RUNS = {
    "p1/a.csv": "t,who,run,flow\n2,x,1,2\n1,x,1,1\n3,y,2,3\n",
    "p2/b.csv": "t,who,run,flow\n1,x,1,4\n2,x,3,5\n",
}
ASSETS: dict[str, tuple[dict[str, Any], list[str]]] = {
    "columns": ({"columns": ["who"]}, ["x", "x", "x", "x", "y"]),
    "file": ({"file": "name"}, ["a", "a", "a", "b", "b"]),
    "folder": ({"file": "folder"}, ["p1", "p1", "p1", "p2", "p2"]),
    "file and columns": (
        {"file": "name", "columns": ["who", "run"]},
        ["a x 1", "a x 1", "a y 2", "b x 1", "b x 3"],
    ),
}


@pytest.mark.parametrize(("asset", "expected"), ASSETS.values(), ids=ASSETS)
def test_what_names_an_asset(made: Make, asset: dict[str, Any], expected: list[str]) -> None:
    table = made(RUNS, files=["*/*.csv"], asset=asset, columns={"like": "flow"}).table
    assert table["asset"].tolist() == expected
    assert list(table) == ["asset", "flow"]


def test_each_asset_is_in_the_order_of_time(made: Make) -> None:
    settings = {"asset": {"file": "name"}, "time": {"column": "t"}, "columns": {"like": "flow"}}
    table = made(RUNS, files=["*/*.csv"], **settings).table
    assert table["flow"].tolist() == [1, 2, 3, 4, 5]
    assert table["time"].tolist() == [1, 2, 3, 1, 2]


def test_without_an_asset_the_times_of_all_files_are_one_record(made: Make) -> None:
    made_ = made(RUNS, files=["*/*.csv"], time={"column": "t"}, columns={"like": "flow"})
    assert made_.table["flow"].tolist() == [4, 5, 3]
    assert made_.found["rows_of_a_time_again"] == 2


def test_segments_are_named_and_broken_by_pauses(made: Make) -> None:
    text = "t,run,flow\n1,a,1\n2,a,2\n3,b,3\n50,b,4\n51,b,5\n"
    time = {"column": "t", "gap": 10}
    by_both = made(text, time=time, segment={"columns": ["run"]}).table["segment"]
    assert by_both.nunique() == 3
    assert by_both.tolist() == ["a 0", "a 0", "b 0", "b 1", "b 1"]
    assert made(text, time=time, columns={"like": "flow"}).table["segment"].tolist() == [
        *["0"] * 3,
        *["1"] * 2,
    ]
    never = made(text, time={**time, "gap": None}, columns={"like": "flow"})
    assert "segment" not in never.table


def test_which_columns_are_sensors(made: Make) -> None:
    text = "flow 1,flow 2,id,level\n1,2,3,4\n1,2,3,4\n"
    assert list(made(text).table) == ["flow 1", "flow 2", "id", "level"]
    columns = {"like": "flow.*|id", "leave_out": ["id", r".*2"]}
    assert list(made(text, columns=columns).table) == ["flow 1"]
    with pytest.raises(BadInputError, match="needs at least one sensor column, got flow 1, flow 2"):
        made(text, columns={"like": "nothing"})
    with pytest.raises(BadInputError, match="needs no sensor called part: leave it out"):
        made({"x.csv": "part,flow\n1,2\n1,2\n"})


def test_parts_by_rules(made: Make) -> None:
    text = "flow,run,n\n" + "".join(f"{i},{run},{i}\n" for run in (1, 2) for i in range(4))
    parts = [
        {"part": "test", "where": {"run": 2, "n": {"from": 2}}},
        {"part": "validation", "where": {"run": [2, 3]}},
        {"part": "train", "where": {"file": "x", "n": {"below": 3}}},
    ]
    table = made(text, parts=parts).table
    expected = ["train"] * 3 + [""] + ["validation"] * 2 + ["test"] * 2
    assert table["part"].tolist() == expected
    assert list(table) == ["part", "flow"]
    with pytest.raises(BadInputError, match=r"source.parts needs a column rnu, got flow, run"):
        made(text, parts=[{"part": "test", "where": {"rnu": 1}}])


FILLS: dict[str, tuple[dict[str, Any], list[float]]] = {
    "nothing": ({}, [1, np.nan, np.nan, np.nan, np.nan, 6]),
    "the one before": ({"fill": "previous"}, [1, 1, 1, np.nan, np.nan, 6]),
    "once": ({"fill": "previous", "limit": 1}, [1, 1, np.nan, np.nan, np.nan, 6]),
}


@pytest.mark.parametrize(("missing", "expected"), FILLS.values(), ids=FILLS)
def test_missing_readings(made: Make, missing: dict[str, Any], expected: list[float]) -> None:
    text = "m,flow\na,1\na,\na,Bad\nb,\nb,\nb,6\n"
    table = made(text, asset={"columns": ["m"]}, missing=missing).table
    np.testing.assert_array_equal(table["flow"], expected)


def test_readings_out_of_range_are_missing_and_counted(made: Make) -> None:
    ranges = {"flow.*": [0, 10], ".*2": [None, 5], "level": [1, None]}
    found = made("flow,flow2,x2,level\n-1,7,7,0\n11,8,5,\nx,9,-9,2\n", ranges=ranges)
    nan = np.nan
    expected = [[nan, 7, nan, nan], [nan, 8, 5, nan], [nan, 9, -9, 2]]
    np.testing.assert_array_equal(found.table.to_numpy(), expected)
    assert found.odd == {
        "flow": {"text": 1, "example": "x", "outside": 2},
        "x2": {"outside": 1},
        "level": {"outside": 1},
    }


def test_what_the_clock_did_is_told(made: Make) -> None:
    days = [f"2024-01-01 00:0{i}" for i in (0, 1, 3, 2, 2, 4)] + ["Bad", "2024-01-01 09:00"]
    found = made("t,flow\n" + "".join(f"{t},1\n" for t in days), time={"column": "t"}).found
    assert found == {
        "files": 1,
        "rows": 8,
        "rows_without_asset": 0,
        "rows_without_time": 1,
        "unread_time": "Bad",
        "rows_of_a_time_again": 1,
        "steps_back": 1,
        "pauses": 1,
        "longest_pause": "0 days 08:56:00",
        "step": "0 days 00:01:00",
        "first": "2024-01-01 00:00:00",
        "last": "2024-01-01 09:00:00",
        "clock_changes": [],
        "every": None,
    }


@pytest.mark.parametrize(
    ("hours", "expected"),
    [
        ([0, 1, 2, 2, 3, 4], ["2023-10-29 02:00:00"]),
        ([0, 1, 2, 3, 4, 5], []),
    ],
    ids=["the clock goes back", "it does not"],
)
def test_an_hour_twice_on_a_sunday_night_looks_like_local_time(
    made: Make, hours: list[int], expected: list[str]
) -> None:
    lines = [f"2023-10-29 0{h}:{m},1" for h in hours for m in (10, 30, 50)]
    text = "t,flow\n" + "\n".join(lines)
    assert made(text, time={"column": "t"}).found["clock_changes"] == expected
    zone = {"column": "t", "zone": "Europe/Berlin"}
    found = made(text, time=zone).found
    assert found["clock_changes"] == []
    assert found["rows_of_a_time_again"] == 0


def test_an_hour_that_is_skipped_looks_like_local_time(made: Make) -> None:
    lines = [f"2024-03-31 0{h}:{m},1" for h in (0, 1, 3, 4) for m in (10, 30, 50)]
    text = "t,flow\n" + "\n".join(lines)
    assert made(text, time={"column": "t"}).found["clock_changes"] == ["2024-03-31 01:00:00"]


NEEDS: dict[str, tuple[dict[str, Any], str]] = {
    "time": ({"time": {"column": "when"}}, "source.time needs a column when, got t, flow"),
    "no times": ({"time": {"column": "w"}}, "source.time.column w needs times or numbers, got 'a'"),
    "asset": ({"asset": {"columns": ["who"]}}, "source.asset needs a column who, got t, flow"),
    "segment": ({"segment": {"columns": ["x"]}}, "source.segment needs a column x, got t, flow"),
}


@pytest.mark.parametrize(("settings", "message"), NEEDS.values(), ids=NEEDS)
def test_what_is_not_there_is_named(made: Make, settings: dict[str, Any], message: str) -> None:
    with pytest.raises(BadInputError, match=message):
        made("t,flow,w\n1,1,a\n2,2,b\n", **settings)


def test_too_few_rows(made: Make) -> None:
    with pytest.raises(BadInputError, match=r"readings need at least 2 rows, got 1 in .*x\.csv"):
        made("flow\n1\n")


def test_a_label_that_nobody_named_is_no_sensor(made: Make) -> None:
    labels = {"kind": "class", "column": "state"}
    text = "flow,state,Anomaly_Leak\n1,0,0\n2,1,\n"
    with pytest.raises(BadInputError, match="no sensor called Anomaly_Leak: leave it out"):
        made(text, labels=labels)
    assert "Anomaly_Leak" not in made(text, labels=labels, columns={"leave_out": ["A.*"]}).table


@pytest.mark.parametrize(
    "wrong",
    [
        {"ranges": {"flow": [5, 1]}},
        {"parts": [{"part": "test", "where": {"flow": {"from": 5, "below": 1}}}]},
    ],
)
def test_a_range_that_holds_nothing(made: Make, wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError, match=r"lower end first|more than from"):
        made("flow\n1\n2\n", **wrong)


@pytest.mark.parametrize(
    "idle",
    [
        {"columns": {"leave_out": ["lable"]}},
        {"columns": {"words": {"sate": {"on": 1}}}},
        {"ranges": {"temp.*": [0, 9]}},
    ],
)
def test_what_is_said_of_no_column_is_refused(made: Make, idle: dict[str, Any]) -> None:
    with pytest.raises(BadInputError, match="needs columns that are there, got"):
        made("flow,label\n1,0\n2,1\n", **idle)


def test_a_folder_may_be_the_class(made: Make) -> None:
    files = {"ok/1.csv": "flow\n1\n2\n", "leak/1.csv": "flow\n3\n4\n"}
    labels = {"kind": "class", "column": "folder"}
    settings = {"files": ["*/*.csv"], "labels": labels, "asset": {"file": "folder"}}
    table = made(files, **settings).table
    assert table["flow"][table["Anomaly_leak"]].tolist() == [3, 4]
    raw = RawData([RawTable("leak/1.csv", pd.DataFrame({"flow": ["1", "2"]}))])
    source = SourceSettings.model_validate({"path": "x", **settings})
    validate(raw.tables[0], source)
    assert "Anomaly_leak" not in to_table(raw, source, to_learn=False).table
