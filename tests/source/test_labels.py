from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from pydantic import ValidationError

from matts.domain import BadInputError
from matts.source.described import Described
from matts.source.settings import ColumnLabels

Make = Callable[..., Described]
Tree = dict[str, Any]


def truths(made: Described) -> dict[str, list[int]]:
    table = made.table
    return {
        name.removeprefix("Anomaly_"): table[name].astype(int).tolist()
        for name in map(str, table)
        if name.startswith("Anomaly_")
    }


COLUMNS = "flow,leak,state,Anomaly_Pump_1,Anomaly_Pump_2\n1,0,ok,0,0\n2,1,worn,0,1\n3,,,1,0\n"
BY_COLUMNS: dict[str, tuple[Tree, dict[str, list[int]], list[str]]] = {
    "named": (
        {"columns": {"Leak": "leak", "Wear": "state"}},
        {"Leak": [0, 1, 0], "Wear": [0, 1, 0]},
        ["flow", "Anomaly_Pump_1", "Anomaly_Pump_2"],
    ),
    "what is healthy": (
        {"columns": {"Leak": {"column": "leak", "healthy": [1]}}},
        {"Leak": [1, 0, 0]},
        ["flow", "state", "Anomaly_Pump_1", "Anomaly_Pump_2"],
    ),
    "like": (
        {"like": "(?P<fault>leak)"},
        {"leak": [0, 1, 0]},
        ["flow", "state", "Anomaly_Pump_1", "Anomaly_Pump_2"],
    ),
}


@pytest.mark.parametrize(("labels", "expected", "sensors"), BY_COLUMNS.values(), ids=BY_COLUMNS)
def test_columns(made: Make, labels: Tree, expected: Tree, sensors: list[str]) -> None:
    leave_out = {"leave_out": ["Anomaly.*"]}
    found = made(COLUMNS, labels={"kind": "columns", **labels}, columns=leave_out)
    assert truths(found) == expected
    assert [name for name in sensors if not name.startswith("Anomaly")] == [
        name for name in map(str, found.table) if not name.startswith("Anomaly")
    ]


def test_columns_of_their_own_names_need_no_word(made: Make) -> None:
    found = made(COLUMNS.replace("state", "n"), labels={"kind": "columns"})
    assert truths(found) == {"Pump_1": [0, 0, 1], "Pump_2": [0, 1, 0]}


def test_a_column_of_labels_that_is_not_there(made: Make) -> None:
    with pytest.raises(BadInputError, match=r"source.labels needs a column leek, got flow, leak"):
        made(COLUMNS, labels={"kind": "columns", "columns": {"Leak": "leek"}})
    with pytest.raises(BadInputError, match=r"source.labels needs a column class, got flow, leak"):
        made(COLUMNS, labels={"kind": "class", "column": "class"})
    with pytest.raises(ValidationError, match=r"like needs \(\?P<fault>\.\.\.\)"):
        ColumnLabels(like="Anomaly_.*")


CLASSES = "flow,c\n1,0\n2,10\n3,2\n4,?\n5,\n6,10.0\n"
BY_CLASS: dict[str, tuple[Tree, Tree, list[int]]] = {
    "in their own order": (
        {"unknown": ["?"]},
        {"2": [0, 0, 1, 0, 0, 0], "10": [0, 1, 0, 0, 0, 1]},
        [1, 1, 1, 0, 0, 1],
    ),
    "named": (
        {"unknown": ["?"], "names": {"10": "Leak"}},
        {"Leak": [0, 1, 0, 0, 0, 1], "2": [0, 0, 1, 0, 0, 0]},
        [1, 1, 1, 0, 0, 1],
    ),
    "what is healthy": (
        {"unknown": ["?"], "healthy": [0, 2]},
        {"10": [0, 1, 0, 0, 0, 1]},
        [1, 1, 1, 0, 0, 1],
    ),
    "all known": (
        {"names": {"?": "Odd"}, "healthy": [0, 2]},
        {"Odd": [0, 0, 0, 1, 0, 0], "10": [0, 1, 0, 0, 0, 1]},
        [1, 1, 1, 1, 0, 1],
    ),
}


@pytest.mark.parametrize(("labels", "expected", "known"), BY_CLASS.values(), ids=BY_CLASS)
def test_classes(made: Make, labels: Tree, expected: Tree, known: list[int]) -> None:
    found = made(CLASSES, labels={"kind": "class", "column": "c", **labels})
    assert truths(found) == expected
    assert found.table["known"].astype(int).tolist() == known
    assert list(found.table)[:2] == ["known", "flow"]


def test_a_class_that_all_know_needs_no_column_for_it(made: Make) -> None:
    found = made("flow,c\n1,ok\n2,leak\n", labels={"kind": "class", "column": "c"})
    assert list(found.table) == ["flow", "Anomaly_leak"]


TIMES = "t,m,flow\n" + "".join(f"2024-01-01 00:0{i},{m},{i}\n" for m in "ab" for i in range(5))
GIVEN = [
    {"fault": "Leak", "start": "2024-01-01 00:01", "end": "2024-01-01 00:02"},
    {"start": "2024-01-01 00:04", "end": "2024-01-01 00:09", "asset": "b"},
]


def test_intervals_include_both_ends_and_may_be_of_one_asset(made: Make) -> None:
    settings = {"time": {"column": "t"}, "asset": {"columns": ["m"]}}
    found = made(TIMES, labels={"kind": "intervals", "given": GIVEN}, **settings)
    assert truths(found) == {"Leak": [0, 1, 1, 0, 0] * 2, "Fault": [0] * 9 + [1]}


def test_intervals_of_a_file(made: Make) -> None:
    aside = "machine;from;to;what\na;2024-01-01 00:01;2024-01-01 00:01;Leak\n"
    aside += "b;2024-01-01 00:03;2024-01-01 00:04;Wear\n"
    names = {"start": "from", "end": "to", "fault": "what", "asset": "machine"}
    settings = {"time": {"column": "t"}, "asset": {"columns": ["m"]}, "files": ["x.csv"]}
    labels = {"kind": "intervals", "file": "faults.csv", **names}
    found = made({"x.csv": TIMES, "faults.csv": aside}, labels=labels, **settings)
    assert truths(found) == {"Leak": [0, 1, *[0] * 8], "Wear": [0] * 8 + [1, 1]}
    with pytest.raises(BadInputError, match=r"faults\.csv needs a column begin, got machine, from"):
        made({"x.csv": TIMES}, labels={**labels, "start": "begin"}, **settings)


def test_an_interval_that_somebody_found_healthy_is_no_fault(made: Make) -> None:
    files = {"x.csv": TIMES, "faults.csv": "from,to,what\n2024-01-01,2024-01-09,Healthy\n"}
    names = {"start": "from", "end": "to", "fault": "what"}
    labels = {"kind": "intervals", "file": "faults.csv", **names}
    assert truths(made(files, labels=labels, time={"column": "t"})) == {}
    found = truths(made(files, labels={**labels, "healthy": ["fine"]}, time={"column": "t"}))
    assert list(found) == ["Healthy"]
    assert any(found["Healthy"])


def test_intervals_are_in_the_zone_and_the_format_of_the_readings(made: Make) -> None:
    text = "t,flow\n01.02.2024 10:00,1\n02.02.2024 10:00,2\n03.02.2024 10:00,3\n"
    given = [{"start": "02.02.2024 09:00", "end": "02.02.2024 11:00"}]
    time = {"column": "t", "zone": "Europe/Berlin"}
    found = made(text, labels={"kind": "intervals", "given": given}, time=time)
    assert truths(found) == {"Fault": [0, 1, 0]}


def test_intervals_that_cannot_be(made: Make) -> None:
    with pytest.raises(BadInputError, match=r"by intervals need source.time.column"):
        made(TIMES, labels={"kind": "intervals", "given": GIVEN}, columns={"like": "flow"})
    wrong = [{"start": "2024-01-02", "end": "2024-01-01"}]
    with pytest.raises(BadInputError, match="a start and a later end, got 2024-01-02 to 2024-01-0"):
        made(TIMES, labels={"kind": "intervals", "given": wrong}, time={"column": "t"})


def lives(made: Make, **labels: Any) -> Described:
    train = "".join(f"{u} {c} {c * u}\n" for u in (1, 2) for c in range(1, 11))
    test = "".join(f"1 {c} {c}\n" for c in range(1, 5))
    return made(
        {"train.txt": train, "test.txt": test, "rul.dat": "6\n"},
        read={"format": "whitespace", "columns": ["unit", "cycle", "s1"]},
        asset={"file": "name", "columns": ["unit"]},
        time={"column": "cycle", "gap": None},
        labels={"kind": "run_to_failure", **labels},
    )


def test_run_to_failure(made: Make) -> None:
    table = lives(made, healthy=0.5, last=2, remaining={"test": "rul.dat"}).table
    whole = table[table["asset"] == "train 2"]
    assert whole["life"].tolist() == [9, 8, 7, 6, 5, 4, 3, 2, 1, 0]
    assert whole["Anomaly_Failure"].tolist() == [False] * 8 + [True] * 2
    assert whole["known"].tolist() == [True] * 5 + [False] * 3 + [True] * 2
    stopped = table[table["asset"] == "test 1"]
    assert stopped["life"].tolist() == [9, 8, 7, 6]
    assert stopped["known"].all()


def test_run_to_failure_by_other_settings(made: Make) -> None:
    table = lives(made, healthy=1, last=1, fault="Wear").table
    assert "known" not in table
    assert table.groupby("asset")["Anomaly_Wear"].sum().tolist() == [1, 1, 1]


def test_as_many_remaining_lives_as_assets(made: Make) -> None:
    with pytest.raises(BadInputError, match=r"rul\.dat needs one number .* 2 assets, got 1"):
        lives(made, remaining={"train": "rul.dat"})


def test_nobody_knows(made: Make) -> None:
    found = made("flow,label\n1,0\n2,1\n", labels={"kind": "none"})
    assert list(found.table) == ["flow", "label"]
    np.testing.assert_array_equal(found.table["label"], [0, 1])


def test_several_classes_may_be_one_fault(made: Make) -> None:
    labels = {"kind": "class", "column": "state", "names": {1: "Leak", 2: "Leak", 3: "Wear"}}
    found = made("flow,state\n1,0\n2,1\n3,2\n4,3\n5,1\n", labels=labels)
    assert truths(found) == {"Leak": [0, 1, 1, 0, 1], "Wear": [0, 0, 0, 1, 0]}


def test_no_word_for_health_is_a_fault(made: Make) -> None:
    labels = {"kind": "columns", "columns": {"Leak": "leak"}}
    assert truths(made("flow,leak\n1,n\n2,y\n3,N\n", labels=labels)) == {"Leak": [0, 1, 0]}
    labels = {"kind": "class", "column": "leak", "healthy": ["none"]}
    found = made("flow,leak\n1,none\n2,big\n3,\n", labels=labels).table
    assert found["known"].tolist() == [True, True, False]


def test_ends_of_intervals_are_written_as_the_times_are(made: Make) -> None:
    days = [f"{day:02}/{month:02}/2024" for month in (1, 2, 3, 4) for day in range(1, 29)]
    given = [{"start": "03/02/2024", "end": "03/03/2024"}]  # a month, or a day
    labels = {"kind": "intervals", "given": given}
    text = "t,flow\n" + "".join(f"{day},{i}\n" for i, day in enumerate(days))
    found = made(text, labels=labels, time={"column": "t", "gap": None}).table
    assert found["flow"][found["Anomaly_Fault"]].tolist() == list(range(30, 59))
    given = [{"start": "2024-02-03", "end": "2024-02-04"}]
    found = made(text, labels=labels | {"given": given}, time={"column": "t"}).table
    assert found["flow"][found["Anomaly_Fault"]].tolist() == [30, 31]


@pytest.mark.parametrize(
    ("time", "given", "need"),
    [
        ("t,flow\n1,1\n2,2\n", {"start": "2024-01-01", "end": "2024-01-02"}, "to be numbers"),
        ("t,flow\n2024-01-01,1\n2024-01-02,2\n", {"start": 1, "end": 2}, "to be dates"),
        ("t,flow\n1,1\n2,2\n", {"start": 1, "end": 2, "asset": "P7"}, "name of an asset, got 'P7'"),
    ],
)
def test_an_interval_of_another_record(made: Make, time: str, given: Tree, need: str) -> None:
    labels = {"kind": "intervals", "given": [given]}
    with pytest.raises(BadInputError, match=need):
        made(time, labels=labels, time={"column": "t"})


BROKEN = {
    "nothing in it": ("", "No columns to parse"),
    "a cell too many": ("start,end\n2,3\n4,5,6,7\n", "Expected 2 fields in line 3, saw 4"),
    "more cells than names": ("start,end\n2,3,4\n", "more cells than there are names"),
}


@pytest.mark.parametrize(("text", "why"), BROKEN.values(), ids=BROKEN)
def test_a_file_of_intervals_that_cannot_be_read(made: Make, text: str, why: str) -> None:
    labels = {"kind": "intervals", "file": "events.csv"}
    need = r"events\.csv needs a header with start and end, and one line an interval: .*"
    with pytest.raises(BadInputError, match=need + why):
        made(
            {"x.csv": "t,flow\n1,1\n2,2\n", "events.csv": text}, labels=labels, time={"column": "t"}
        )


@pytest.mark.parametrize("text", ["soon", "nan", "-", "inf", "-1"])
def test_a_remaining_life_is_a_number(made: Make, text: str) -> None:
    files = {"a.csv": "unit,flow\n1,1\n1,2\n2,3\n2,4\n", "rul.dat": f"5\n{text}\n"}
    labels = {"kind": "run_to_failure", "remaining": {"a": "rul.dat"}}
    with pytest.raises(BadInputError, match=rf"rul\.dat needs a number .* in line 2, got '{text}'"):
        made(files, labels=labels, asset={"columns": ["unit"]})


def test_f_is_as_good_as_false(made: Make) -> None:
    labels = {"kind": "columns", "columns": {"Leak": "leak"}}
    assert truths(made("flow,leak\n1,F\n2,T\n3,f\n", labels=labels)) == {"Leak": [0, 1, 0]}


def test_labels_without_a_healthy_reading_are_told(
    made: Make, caplog: pytest.LogCaptureFixture
) -> None:
    labels = {"kind": "columns", "columns": {"Leak": "leak", "Wear": "wear"}}
    found = made("flow,leak,wear\n1,aus,0\n2,an,1\n", labels=labels).found
    assert found["never_healthy"] == ["Leak"]
    assert "no reading is healthy by Leak" in caplog.text
    found = made("flow,leak,wear\n1,0,0\n2,1,1\n", labels=labels).found
    assert "never_healthy" not in found
    labels = {"kind": "class", "column": "c", "unknown": ["?"]}
    found = made("flow,c\n1,a\n2,b\n3,?\n", labels=labels).found
    assert found["never_healthy"] == ["a", "b"]
