from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from matts.domain import BadInputError
from matts.ingest import get_readings
from matts.source.files import RawTable, read
from matts.source.settings import SourceSettings
from matts.source.validation import validate


def check(text: str, **settings: Any) -> None:
    lines = [line.split(",") for line in text.splitlines()]
    cells = pd.DataFrame(lines[1:], columns=lines[0])
    source = {"path": "x.csv", "labels": {"kind": "none"}, **settings}
    validate(RawTable("x.csv", cells), SourceSettings.model_validate(source))


def refused(text: str, **settings: Any) -> str:
    with pytest.raises(BadInputError) as raised:
        check(text, **settings)
    assert "\n" not in str(raised.value)
    return str(raised.value)


TEXT = "flow,state,leak\n1,ok,0\n2,worn,2\nBad,weird,1\n"


def test_what_is_as_it_should_be_passes() -> None:
    check(
        TEXT,
        columns={"needed": ["flow"]},
        labels={
            "kind": "class",
            "column": "state",
            "only": True,
            "names": {"worn": "W", "weird": "X"},
        },
    )
    check(TEXT, labels={"kind": "columns", "columns": {"L": "leak"}})


def test_every_column_that_is_needed_is_named_at_once() -> None:
    message = refused(
        TEXT,
        time={"column": "t"},
        asset={"columns": ["m"]},
        segment={"columns": ["run"]},
        labels={"kind": "class", "column": "class"},
        parts=[{"part": "test", "where": {"split": 1, "file": "x"}}],
    )
    for name in ("t", "m", "run", "class", "split"):
        assert f"there is no column {name};" in message
    assert message.startswith("x.csv: ")
    assert message.endswith("; the columns are flow, state, leak")
    assert "column file" not in message


def test_label_values_that_nobody_foresaw() -> None:
    told = {"kind": "class", "column": "state", "only": True, "names": {"worn": "Wear"}}
    message = refused(TEXT, labels=told)
    assert message == (
        "x.csv: column state needs one of 0, healthy, normal, ok, worn, got 'weird' "
        "first in data row 3 (1)"
    )
    leak = {"column": "leak", "healthy": [0], "faulty": [1]}
    assert "column leak needs one of 0, 1, got '2' first in data row 2 (1)" in refused(
        TEXT, labels={"kind": "columns", "columns": {"Leak": leak}}
    )


def test_a_needed_sensor_has_numbers() -> None:
    message = refused(TEXT, columns={"needed": ["state", "press.*"]})
    assert "column state needs numbers, and has none" in message
    assert "there is no column press.*" in message


def test_more_than_ten_are_counted() -> None:
    names = [f"n{i}" for i in range(15)]
    message = refused(TEXT, asset={"columns": names})
    assert message.count("there is no column") == 10
    assert message.endswith("; and 6 more")


def test_ingest_refuses_such_a_file(tmp_path: Path) -> None:
    (tmp_path / "x.csv").write_text(TEXT)
    source = SourceSettings.model_validate(
        {"path": str(tmp_path), "time": {"column": "t"}, "asset": {"columns": ["m"]}}
    )
    with pytest.raises(BadInputError, match=r"x\.csv: there is no column t; there is no column m;"):
        get_readings(read(source), source)


def test_an_own_column_called_file_is_checked() -> None:
    labels = {"kind": "class", "column": "file", "only": True, "names": {"leak": "Leak"}}
    check("flow\n1\n2\n", labels=labels)
    check("file,flow\nleak,1\nok,2\n", labels=labels)
    assert "column file needs one of" in refused("file,flow\nleek,1\nok,2\n", labels=labels)
