import pandas as pd

from matts.source.described import to_table
from matts.source.files import RawData, RawTable
from matts.source.settings import SourceSettings

CELLS = pd.DataFrame(
    {"job": ["a", "a", "b", "b"], "case": ["1", "1", "1", "1"], "force": list("1234")}
)


def table(**columns: object) -> pd.DataFrame:
    given = {"path": "x.csv", "asset": {"columns": ["job", "case"]}, "labels": {"kind": "none"}}
    settings = SourceSettings.model_validate({**given, "columns": columns})
    return to_table(RawData([RawTable("x.csv", CELLS)]), settings).table


def test_what_names_the_asset_is_no_sensor() -> None:
    assert [*table()] == ["asset", "force"]


def test_unless_its_words_stand_for_numbers() -> None:
    found = table(words={"job": {"a": 1, "b": 2}})
    assert found["job"].tolist() == [1, 1, 2, 2]
    assert found["asset"].tolist() == ["a 1", "a 1", "b 1", "b 1"]
