"""What is seen in files that nobody described, and the description that comes of it."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import yaml

from matts.domain import BadInputError
from matts.drafting.draft import draft
from matts.ingest import get_readings
from matts.source.files import read
from matts.source.settings import SourceSettings
from tests.ugly import folder_of_assets, german_file, historian_export

Tree = dict[str, Any]

ROWS = 60


def drafted(path: Path) -> Tree:
    tree: Tree = yaml.safe_load(draft("pump", str(path)).text)
    return tree


def of_table(folder: Path, **columns: Any) -> Tree:
    """The draft of a table with one sensor and these columns."""
    table = pd.DataFrame({"flow": np.random.default_rng(0).normal(size=ROWS), **columns})
    table.to_csv(folder / "x.csv", index=False)
    return drafted(folder / "x.csv")


def run(tree: Tree) -> Any:
    source = SourceSettings.model_validate(tree["source"])
    return get_readings(read(source), source)


def test_a_german_file(tmp_path: Path) -> None:
    tree = drafted(german_file(tmp_path / "x.csv"))
    source = tree["source"]
    assert source["read"] == {"separator": ";", "decimal": ",", "missing": ["bad", "no data"]}
    assert source["time"] == {"column": "Zeit", "format": "%d.%m.%Y %H:%M"}
    assert source["labels"] == {"kind": "columns", "columns": {"Fault": "fault"}}
    assert source["columns"]["leave_out"] == ["Seriennummer"]
    found = run(tree)
    table = found.readings
    assert table["time"].iloc[[0, -1]].astype(str).tolist() == [
        "2024-01-09 22:00:00",
        "2024-01-20 07:50:00",
    ]
    assert table[["Flow", "Pressure", "Current"]].isna().sum().tolist() == [5, 4, 1]
    assert table["Temperature"].between(1100, 1400).all()
    assert (len(found.episodes), found.odd) == (6, {})


def test_a_historian_export(tmp_path: Path) -> None:
    found = draft("export", str(historian_export(tmp_path / "x.csv")))
    tree = yaml.safe_load(found.text)
    source = tree["source"]
    assert source["time"] == {"column": "Timestamp", "format": "%d-%b-%y %H:%M:%S"}
    assert source["columns"]["leave_out"] == ["SP", "T9"]
    assert source["read"]["missing"] == ["-9999"]
    assert source["labels"] == {"kind": "none"}
    assert (
        "# its clock seems to jump (2023-10-29 02:00:00): say `zone: Europe/Berlin`" in found.text
    )
    assert any("no labels were found" in each for each in found.doubts)
    source["time"]["zone"] = "Europe/Berlin"
    with_zone = run(tree)
    assert with_zone.found["rows_of_a_time_again"] == 5
    assert with_zone.found["steps_back"] > 0
    assert len(with_zone.readings) == 1500 - 60
    assert with_zone.readings["segment"].nunique() == 2
    assert with_zone.readings["F1"].isna().sum() == 4


def test_a_folder_of_assets(tmp_path: Path) -> None:
    tree = drafted(folder_of_assets(tmp_path / "fleet"))
    source = tree["source"]
    assert source["files"] == ["*.csv"]
    assert source["asset"] == {"file": "name"}
    assert source["time"] == {"column": "t"}
    assert source["labels"] == {"kind": "class", "column": "condition", "healthy": ["normal"]}
    found = run(tree)
    assert sorted(set(found.readings["asset"])) == [f"pump_{i}" for i in range(1, 7)]
    assert found.readings["Anomaly_leak"].mean() == pytest.approx(6 * 7 / 300)


def test_what_is_said_is_in_the_comments(tmp_path: Path) -> None:
    text = draft("pump", str(german_file(tmp_path / "x.csv"))).text
    assert text.startswith("# pump, drafted by `make new-dataset` from ")
    assert "- Seriennummer   # always a-17" in text
    assert "# every column is a sensor but those named here: Flow, Pressure, Current" in text


TIMES: dict[str, tuple[Any, Tree]] = {
    "ISO": (pd.date_range("2024-01-01", periods=ROWS, freq="1h").astype(str), {"column": "when"}),
    "seconds": (1.7e9 + np.arange(ROWS), {"column": "when", "unit": "s"}),
    "milliseconds": ((17e11 + 1e3 * np.arange(ROWS)).astype(int), {"column": "when", "unit": "ms"}),
    "in short": (
        pd.date_range("2024-01-01", periods=ROWS, freq="1h").strftime("%Y%m%d%H%M%S"),
        {"column": "when", "format": "%Y%m%d%H%M%S"},
    ),
    "none": (np.random.default_rng(1).normal(size=ROWS), {}),
}


@pytest.mark.parametrize(("values", "expected"), TIMES.values(), ids=TIMES)
def test_times_by_their_cells_or_names(tmp_path: Path, values: Any, expected: Tree) -> None:
    name = "timestamp" if "unit" in expected else "when"
    found = of_table(tmp_path, **{name: values})["source"].get("time", {})
    assert found == {**expected, **({"column": name} if expected else {})}


def test_a_count_is_a_time_and_not_a_sensor(tmp_path: Path) -> None:
    tree = of_table(tmp_path, cycle=np.arange(ROWS), uptime=np.arange(ROWS) // 7)
    assert tree["source"]["time"] == {"column": "cycle"}
    assert set(run(tree).readings) >= {"flow", "uptime"}


def test_assets_are_told_apart_where_times_come_again(tmp_path: Path) -> None:
    times, kinds, units = np.tile(np.arange(15), 4), np.repeat(["b", "a"], 30), [1, 2] * 2
    tree = of_table(tmp_path, sample=times, kind=kinds, which=np.repeat(units, 15))
    assert tree["source"]["asset"] == {"columns": ["kind", "which"]}
    again = of_table(tmp_path, sample=np.tile(np.arange(15), 4))
    assert "time" not in again["source"]
    assert again["source"]["columns"]["leave_out"] == ["sample"]


LABELS: dict[str, tuple[dict[str, Any], Tree]] = {
    "truths": (
        {"leak_fault": [0] * 50 + [1] * 10, "anomaly": ["no"] * 55 + ["yes"] * 5},
        {"kind": "columns", "columns": {"Leak": "leak_fault", "Anomaly": "anomaly"}},
    ),
    "a class": (
        {"status": ["normal"] * 50 + ["leak"] * 5 + ["worn"] * 5},
        {"kind": "class", "column": "status", "healthy": ["normal"]},
    ),
    "numbered classes": (
        {"label": [0] * 40 + [1] * 10 + [2] * 10},
        {"kind": "class", "column": "label", "healthy": ["0"]},
    ),
    "no state of health": ({"status": ["idle"] * 30 + ["running"] * 30}, {"kind": "none"}),
    "a life that ends": ({"RUL": np.arange(ROWS)[::-1]}, {"kind": "run_to_failure"}),
    "the sum of others": (
        {
            "failure": [0] * 50 + [1] * 10,
            "TWF": [0] * 50 + [1] * 6 + [0] * 4,
            "HDF": [0] * 56 + [1] * 4,
        },
        {"kind": "columns", "columns": {"TWF": "TWF", "HDF": "HDF"}},
    ),
}


@pytest.mark.parametrize(("columns", "expected"), LABELS.values(), ids=LABELS)
def test_labels(tmp_path: Path, columns: dict[str, Any], expected: Tree) -> None:
    tree = of_table(tmp_path, **columns)
    assert tree["source"]["labels"] == expected


def test_what_tells_the_label_is_no_sensor(tmp_path: Path) -> None:
    tree = of_table(
        tmp_path,
        fault=[0] * 50 + [1] * 10,
        tripped=[0] * 52 + [1] * 8,
        changepoint=[0] * 50 + [1] + [0] * 9,
        valve=[0, 1] * 30,
    )
    assert sorted(tree["source"]["columns"]["leave_out"]) == ["changepoint", "tripped"]
    assert "valve" in run(tree).readings


def test_what_is_to_be_foretold_is_no_sensor(tmp_path: Path) -> None:
    tree = of_table(
        tmp_path,
        fault=[0] * 50 + [1] * 10,
        downtime_risk=[0, 1, 1] * 20,
        maintenance_required=["No", "Yes"] * 30,
        since_maintenance=[0.5, 3.5, 7.25] * 20,
    )
    left_out = tree["source"]["columns"]["leave_out"]
    assert sorted(left_out) == ["downtime_risk", "maintenance_required"]
    assert "since_maintenance" in run(tree).readings


LEFT_OUT: dict[str, tuple[Any, str]] = {
    "constant": (5, "always 5"),
    "empty": (None, "it is empty"),
    "only words for nothing": ("No Data", "it is empty"),
    "names": ([f"M{i}" for i in range(ROWS)], "words, no numbers"),
    "row number": (np.arange(7, 7 + ROWS), "it counts rows"),
}


@pytest.mark.parametrize(("values", "why"), LEFT_OUT.values(), ids=LEFT_OUT)
def test_what_is_left_out(tmp_path: Path, values: Any, why: str) -> None:
    pd.DataFrame({"flow": np.random.default_rng(0).normal(size=ROWS), "row id": values}).to_csv(
        tmp_path / "x.csv", index=False
    )
    found = draft("x", str(tmp_path / "x.csv"))
    assert f"left out: row id, {why}" in found.seen
    assert f"      - row\\ id   # {why}" in found.text
    assert list(run(yaml.safe_load(found.text)).readings) == ["flow"]


def test_words_stand_for_numbers_in_their_order(tmp_path: Path) -> None:
    tree = of_table(tmp_path, load=["low", "high", "medium"] * 20)
    assert tree["source"]["columns"]["words"] == {"load": {"low": 0, "medium": 1, "high": 2}}
    assert run(tree).readings["load"].tolist()[:3] == [0, 2, 1]


def test_codes_for_nothing_are_found_where_they_are_far_off(tmp_path: Path) -> None:
    values = np.random.default_rng(1).normal(size=ROWS)
    spoilt = np.where(np.arange(ROWS) % 20 == 3, -999, values)
    assert of_table(tmp_path, level=spoilt)["source"]["read"]["missing"] == ["-999"]
    near = np.where(np.arange(ROWS) % 20 == 3, -999, 100 * values)
    assert "missing" not in of_table(tmp_path, level=near)["source"]["read"]


HEADS: dict[str, tuple[str, bytes, Tree]] = {
    "no header": ("x.csv", b"1.5,2\n2.5,4\n" * 20, {"separator": ",", "columns": ["c1", "c2"]}),
    "spaces": ("x.txt", b"a b\n" + b"1.5 2\n2.5 4\n" * 20, {"format": "whitespace"}),
    "lines before": (
        "x.csv",
        b"plant 7\n\na;b\n" + b"1;2\n3;4\n" * 20,
        {"separator": ";", "skip": 2},
    ),
    "UTF-16": (
        "x.csv",
        ("a;b\n" + "1;2\n3;4\n" * 20).encode("utf-16"),
        {"separator": ";", "encoding": "utf-16"},
    ),
    "Western": (
        "x.csv",
        ("ä;b\n" + "1;2\n3;4\n" * 20).encode("cp1252"),
        {"separator": ";", "encoding": "cp1252"},
    ),
}


@pytest.mark.parametrize(("name", "raw", "expected"), HEADS.values(), ids=HEADS)
def test_how_files_are_written(tmp_path: Path, name: str, raw: bytes, expected: Tree) -> None:
    (tmp_path / name).write_bytes(raw)
    tree = drafted(tmp_path / name)
    assert tree["source"]["read"] == expected
    assert len(run(tree).readings) == 40


def test_a_file_with_points_and_commas_says_neither(tmp_path: Path) -> None:
    lines = "".join(f"1.{i};2,{i}\n" for i in range(10, 50))
    (tmp_path / "x.csv").write_text(f"a;b\n{lines}")
    tree = drafted(tmp_path / "x.csv")
    assert "decimal" not in tree["source"]["read"]
    assert run(tree).readings.iloc[0].tolist() == [1.10, 2.10]


def test_parquet_and_folders_of_folders(tmp_path: Path) -> None:
    for run_ in ("1", "2", "3"):
        (tmp_path / run_).mkdir()
        pd.DataFrame({"flow": np.arange(20) % 7, "level": np.arange(20) % 3}).to_parquet(
            tmp_path / run_ / f"r{run_}.parquet"
        )
    tree = drafted(tmp_path)
    assert tree["source"]["files"] == ["*/*.parquet"]
    assert "read" not in tree["source"]
    assert len(run(tree).readings) == 60


def test_the_size_chooses_the_presets(tmp_path: Path) -> None:
    small = of_table(tmp_path, level=np.arange(ROWS) % 7)
    assert small["training"]["epochs"] == 50
    assert small["evaluate"] == {"seeds": 1}
    assert "stride" not in small["windows"]
    values = np.random.default_rng(0).normal(size=(40_000, 16))
    pd.DataFrame(values, columns=[f"s{i}" for i in range(16)]).to_parquet(tmp_path / "big.parquet")
    big = drafted(tmp_path / "big.parquet")
    assert big["windows"]["stride"] == 3
    assert big["training"]["epochs"] < 15
    assert big["baselines"]["detectors"]["arima"] is None


def test_short_runs_have_short_windows_and_faults_may_ask_for_whole_assets(tmp_path: Path) -> None:
    runs = np.repeat(np.arange(30), 3)
    table = pd.DataFrame(
        {"flow": np.arange(90) % 11, "unit": runs, "label": (runs >= 25).astype(int)}
    )
    table.sort_values("unit").to_csv(tmp_path / "x.csv", index=False)
    table = table.loc[table.index.repeat(10)].assign(flow=np.arange(900) % 11)
    table.to_csv(tmp_path / "long.csv", index=False)
    tree = drafted(tmp_path / "long.csv")
    assert tree["source"]["asset"] == {"columns": ["unit"]}
    assert tree["windows"]["split"] == {"by": "asset"}


def test_a_fault_that_a_part_lacks_is_told(tmp_path: Path) -> None:
    pd.DataFrame({"flow": np.arange(100) % 7, "fault": [0] * 95 + [1] * 5}).to_csv(
        tmp_path / "x.csv", index=False
    )
    told = draft("x", str(tmp_path / "x.csv")).doubts
    assert "fault Fault is not in the part for train, validation" in told


NOTHING = {
    "empty": ("x.csv", "", "is not a CSV that can be read: No columns"),
    "no file": ("none.csv", None, "a file or a folder of csv, parquet, .* files is needed, got"),
    "no rows": ("x.csv", "a,b\n", "rows below the header are needed, got none in"),
    "no numbers": (
        "x.csv",
        "a\n" + "".join(f"w{i}\n" for i in range(40)),
        "at least one column of numbers is needed, got a",
    ),
    "too few": ("x.csv", "a\n1\n2\n", "too few readings to split into parts, got 2"),
}


@pytest.mark.parametrize(("name", "text", "message"), NOTHING.values(), ids=NOTHING)
def test_what_cannot_be_described(
    tmp_path: Path, name: str, text: str | None, message: str
) -> None:
    if text is not None:
        (tmp_path / name).write_text(text)
    with pytest.raises(BadInputError, match=message):
        draft("x", str(tmp_path / name))


def test_names_and_cells_of_several_lines_stay_within_the_draft(tmp_path: Path) -> None:
    table = pd.DataFrame(
        {"Temp\n[C]": np.arange(60) % 7, "no\nsensor": "a\nb: c", "life": np.arange(60) % 5}
    )
    table.to_csv(tmp_path / "x.csv", index=False)
    source = yaml.safe_load(draft("x", str(tmp_path / "x.csv")).text)["source"]
    readings = get_readings(
        read(SourceSettings.model_validate(source)), SourceSettings.model_validate(source)
    ).readings
    assert [*readings] == ["Temp [C]"]
    assert readings.iloc[6, 0] == 6


def test_a_place_that_cannot_be_reached() -> None:
    with pytest.raises(BadInputError, match="none://x cannot be reached"):
        draft("x", "none://x")


def test_n_is_as_good_as_no(tmp_path: Path) -> None:
    flow = np.random.default_rng(0).normal(size=200)
    table = pd.DataFrame({"flow": flow, "fault": np.where(np.arange(200) % 20 > 16, "y", "n")})
    table.to_csv(tmp_path / "x.csv", index=False)
    settings = yaml.safe_load(draft("x", str(tmp_path / "x.csv")).text)["source"]
    source = SourceSettings.model_validate(settings)
    assert get_readings(read(source), source).readings["Anomaly_Fault"].sum() == 30


def test_a_file_that_was_made_of_several(tmp_path: Path) -> None:
    parts = [
        pd.DataFrame({"file": name, "t": range(ROWS), "flow": np.sin(np.arange(ROWS) + i)})
        for i, name in enumerate(["p1", "p2", "p3"])
    ]
    pd.concat(parts).to_csv(tmp_path / "x.csv", index=False)
    tree = drafted(tmp_path / "x.csv")
    assert tree["source"]["asset"] == {"columns": ["file"]}
    readings = run(tree).readings
    assert readings.groupby("asset").size().to_dict() == {"p1": ROWS, "p2": ROWS, "p3": ROWS}
    pd.concat(parts).drop(columns="t").to_csv(tmp_path / "x.csv", index=False)
    assert drafted(tmp_path / "x.csv")["source"]["asset"] == {"columns": ["file"]}


def test_a_file_and_a_machine(tmp_path: Path) -> None:
    tree = of_table(tmp_path, file=["a", "b"] * (ROWS // 2), machine=["x"] * 30 + ["y"] * 30)
    assert tree["source"]["asset"] == {"columns": ["machine"]}
    assert tree["source"]["columns"]["leave_out"] == ["file"]


COMMAS: dict[str, tuple[str, str | None, float, bool]] = {  # a separator, the first cell as read
    "thousands": (",", None, 1495, False),
    "of a file with semicolons": (";", ".", 1495, True),
}


@pytest.mark.parametrize(("separator", "sign", "first", "told"), COMMAS.values(), ids=COMMAS)
def test_commas_of_thousands(
    tmp_path: Path, separator: str, sign: str | None, first: float, told: bool
) -> None:
    rows = [f'{i}{separator}"{1495 - 10 * i:,}"\n' for i in range(ROWS)]
    (tmp_path / "x.csv").write_text(f"t{separator}rpm\n" + "".join(rows))
    found = draft("pump", str(tmp_path / "x.csv"))
    tree = yaml.safe_load(found.text)
    assert tree["source"]["read"].get("decimal") == sign
    assert run(tree).readings["rpm"].iloc[[0, -1]].tolist() == [first, 905]
    assert (
        any("the comma of 1,495 in rpm is taken to be of thousands" in d for d in found.doubts)
        == told
    )


def test_commas_that_may_be_either_sign(tmp_path: Path) -> None:
    rows = [f"{i};12,{345 + i}\n" for i in range(ROWS)]
    (tmp_path / "x.csv").write_text("t;bar\n" + "".join(rows))
    found = draft("pump", str(tmp_path / "x.csv"))
    tree = yaml.safe_load(found.text)
    assert tree["source"]["read"]["decimal"] == ","
    assert run(tree).readings["bar"].iloc[0] == 12.345
    assert any("12,345 in bar is taken to be the decimal sign" in each for each in found.doubts)
