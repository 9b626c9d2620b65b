import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from pydantic import ValidationError

from matts.domain import BadInputError
from matts.drafting.draft import draft
from matts.ingest import check_input, get_readings
from matts.readings import check, context_and_labels, find_episodes, sensors_of, to_readings
from matts.source.described import Described
from matts.source.files import read
from matts.source.settings import SourceSettings

Make = Callable[..., Described]

FILE = """machine,t,flow,bad,service,stop,left,kind
a,1,5,No,0,,40,Normal
a,2,6,Yes,1,0.0,3.5,Leak
b,1,7,,n/a,1.0,,Normal
b,2,8,no,0,False,9,
"""
TARGETS: dict[str, Any] = {
    "anomaly": "bad",
    "maintenance": "service",
    "downtime": {"column": "stop"},
    "remaining_life": {"column": "left"},
}
WHOLE: dict[str, Any] = {
    "time": {"column": "t"},
    "asset": {"columns": ["machine"]},
    "labels": {"kind": "class", "column": "kind", "healthy": ["Normal"], "names": {"Leak": "Leak"}},
    "targets": TARGETS,
}


def told(table: pd.DataFrame) -> dict[str, list[float]]:
    own = table.filter(like="Target_")
    assert (own.dtypes == np.float64).all()
    return {str(name): own[name].tolist() for name in own}


def test_targets_are_columns_of_their_own_and_no_sensors(made: Make) -> None:
    table = made(FILE, **WHOLE).table
    nan = pytest.approx(np.nan, nan_ok=True)
    assert told(table) == {
        "Target_anomaly": [0, 1, nan, 0],
        "Target_maintenance": [0, 1, nan, 0],
        "Target_downtime": [nan, 0, 1, 0],
        "Target_remaining_life": [40, 3.5, nan, 9],
    }
    assert sensors_of(table) == ["flow"]
    assert to_readings(table).sensors == ("flow",)
    assert to_readings(table).fault_names == ("Leak",)
    assert [*context_and_labels(table)] == [name for name in table if name != "flow"]
    assert find_episodes(table)["fault"].tolist() == ["Leak"]


def test_what_is_not_said_is_a_sensor(made: Make) -> None:
    table = made(FILE, **WHOLE | {"targets": {"anomaly": "bad"}}).table
    assert [*told(table)] == ["Target_anomaly"]
    assert sensors_of(table) == ["flow", "service", "stop", "left"]


def test_words_may_mean_what_they_like(made: Make) -> None:
    said = {"column": "kind", "healthy": ["leak"], "faulty": ["Normal"]}
    table = made(FILE, **WHOLE | {"targets": {"downtime": said}}).table
    nan = pytest.approx(np.nan, nan_ok=True)
    assert told(table) == {"Target_downtime": [1, 0, 1, nan]}


def test_a_period_has_the_targets_of_its_end_and_is_true_if_any_reading_was(made: Make) -> None:
    lines = ["t,flow,bad,left", "1,1,1,9", "2,1,0,8", "3,1,,7", "4,1,,6", "5,1,0,5", "6,1,0,4"]
    table = made(
        "\n".join(lines),
        time={"column": "t", "every": 2},
        targets={"anomaly": "bad", "remaining_life": "left"},
    ).table
    nan = pytest.approx(np.nan, nan_ok=True)
    assert told(table) == {"Target_anomaly": [1, nan, 0], "Target_remaining_life": [8, 6, 4]}


def test_a_period_with_an_unknown_reading_is_not_known_to_be_sound(made: Make) -> None:
    lines = ["t,flow,bad", "1,1,0", "2,1,", "3,1,", "4,1,1", "5,1,0", "6,1,0"]
    table = made("\n".join(lines), time={"column": "t", "every": 2}, targets={"anomaly": "bad"})
    assert told(table.table) == {"Target_anomaly": [pytest.approx(np.nan, nan_ok=True), 1, 0]}


@pytest.mark.parametrize("column", ["bad", "left", "kind"])
def test_words_make_no_sensor_of_a_truth(made: Make, column: str) -> None:
    words = {"words": {column: {"No": 0, "Yes": 1}}}
    with pytest.raises(BadInputError, match=f"{column} tells what is to be found"):
        made(FILE, **WHOLE, columns=words)


def test_a_number_that_is_text_is_refused(made: Make) -> None:
    with pytest.raises(BadInputError, match="remaining_life needs numbers in kind, got 'Normal'"):
        made(FILE, **WHOLE | {"targets": {"remaining_life": "kind"}})
    empty = FILE.replace(",40,", ",,").replace(",3.5,", ",n/a,").replace(",9,", ",,")
    assert np.isnan(told(made(empty, **WHOLE).table)["Target_remaining_life"]).all()


def test_what_is_to_be_scored_needs_no_targets_and_gets_none(tmp_path: Path) -> None:
    bare = pd.read_csv(io.StringIO(FILE)).drop(columns=["bad", "stop", "left", "kind"])
    for each in (FILE, bare.to_csv(index=False)):
        (tmp_path / "x.csv").write_text(each, encoding="utf-8")
        source = SourceSettings.model_validate({"path": str(tmp_path / "x.csv"), **WHOLE})
        (table,) = check_input(read(source), None, source)
        assert sensors_of(table) == ["flow"]
        assert told(table) == {}


def test_a_target_that_is_not_there_is_named(made: Make, tmp_path: Path) -> None:
    settings = WHOLE | {"targets": {"anomaly": "badly"}}
    with pytest.raises(BadInputError, match=r"source.targets needs a column badly, got machine, t"):
        made(FILE, **settings)
    source = SourceSettings.model_validate({"path": str(tmp_path / "x.csv"), **settings})
    with pytest.raises(BadInputError, match=r"there is no column badly; the columns are machine"):
        get_readings(read(source), source)


def test_a_cell_that_a_target_may_not_hold_is_named(tmp_path: Path) -> None:
    (tmp_path / "x.csv").write_text(FILE.replace("Yes", "Perhaps"), encoding="utf-8")
    targets = {"anomaly": {"column": "bad", "faulty": ["yes"], "healthy": ["no"]}}
    settings = WHOLE | {"path": str(tmp_path / "x.csv"), "targets": targets}
    source = SourceSettings.model_validate(settings)
    with pytest.raises(BadInputError, match=r"column bad needs one of no, yes, got 'Perhaps'"):
        get_readings(read(source), source)


@pytest.mark.parametrize("wrong", [{"anomalie": "bad"}, {"remaining_life": {"name": "left"}}])
def test_targets_that_there_are_not_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError, match=r"anomalie|name"):
        SourceSettings.model_validate({"path": "x.csv", "targets": wrong})


def test_a_column_called_a_target_is_no_sensor_anywhere(made: Make, tmp_path: Path) -> None:
    renamed = FILE.replace("flow,", "flow,Target_x,").replace(",No,", ",3,No,")
    with pytest.raises(BadInputError, match="needs no sensor called Target_x"):
        made(renamed, **WHOLE)
    cells = pd.DataFrame({"flow": ["1", "2"], "Target_x": ["1", "0"], "Anomaly_L": ["0", "1"]})
    with pytest.raises(BadInputError, match="Target_x is more than the plain layout holds"):
        check(cells, "plain")
    several = "\n".join(f"{k},{k * 7 % 5},{k % 17 + 0.5}" for k in range(100))
    (tmp_path / "y.csv").write_text(f"flow,speed,Target_x\n{several}\n", encoding="utf-8")
    assert "- Target_x" in draft("y", str(tmp_path / "y.csv")).text


def test_a_column_may_have_one_name_or_another(made: Make) -> None:
    settings = WHOLE | {"asset": {"either": ["machine_id", "machine"]}}
    for name in ("machine", "machine_id"):
        table = made(FILE.replace("machine", name), **settings).table
        assert table["asset"].tolist() == ["a", "a", "b", "b"]
        assert sensors_of(table) == ["flow"]
    with pytest.raises(BadInputError, match=r"source.asset needs a column machine_id or machine"):
        made(FILE.replace("machine", "device"), **settings)


def test_each_file_may_have_another_of_the_names(tmp_path: Path) -> None:
    other = FILE.replace("machine", "machine_id").replace("\na", "\nc").replace("\nb", "\nd")
    (tmp_path / "1.csv").write_text(FILE, encoding="utf-8")
    (tmp_path / "2.csv").write_text(other, encoding="utf-8")
    settings = WHOLE | {"path": str(tmp_path), "asset": {"either": ["machine_id", "machine"]}}
    source = SourceSettings.model_validate(settings)
    table = get_readings(read(source), source).readings
    assert table["asset"].tolist() == [*"aabbccdd"]
    assert sensors_of(table) == ["flow"]
    (tmp_path / "2.csv").write_text(FILE.replace("machine", "device"), encoding="utf-8")
    with pytest.raises(BadInputError, match=r"2.csv: there is no column machine_id or machine"):
        get_readings(read(source), source)


def test_the_second_name_of_one_file_is_no_sensor(made: Make) -> None:
    both = FILE.replace("machine,", "machine_id,machine,").replace("\na,", "\na,7,")
    both = both.replace("\nb,", "\nb,8,")
    table = made(both, **WHOLE | {"asset": {"either": ["machine_id", "machine"]}}).table
    assert table["asset"].tolist() == [*"aabb"]
    assert sensors_of(table) == ["flow"]
