import json
import math
from typing import Any

import pytest

from matts.domain import BadInputError
from matts.serve.live.reading import Reading, read_reading, read_time

NOW = 1_700_000_000.0


def tree(**changes: Any) -> dict[str, Any]:
    return {"asset": "mill", "time": NOW, "values": {"force": 1}, **changes}


def test_a_reading_is_read_from_json() -> None:
    text = '{"asset": "mill 2", "time": "2023-11-14T22:13:20Z", "values": {"f": 1, "g": null}}'
    assert read_reading(json.loads(text), NOW) == Reading(
        "mill 2", NOW, {"f": 1.0, "g": None}, received=NOW
    )
    assert read_reading(tree(end=True), NOW).end


def test_times_come_in_seconds_or_iso_or_not_at_all() -> None:
    assert read_time(12, NOW) == 12.0
    assert read_time("2023-11-14T23:13:20+01:00", NOW) == NOW
    assert read_time("2023-11-14T22:13:20", NOW) == NOW  # without a zone: UTC
    assert read_time(None, NOW) == NOW
    assert read_time(NOW + 86_400, NOW) == NOW + 86_400
    with pytest.raises(BadInputError, match="a day ahead"):
        read_time(NOW + 86_401, NOW)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ([1], "a reading needs an object with asset and values, got a list"),
        (tree(asset=""), "asset needs a name of 1 to 128 printable characters, got ''"),
        (tree(asset="a" * 129), "printable characters, got 'aaa"),
        (tree(asset="a\nb"), r"got 'a\\nb'"),
        (tree(asset=7), "got 7"),
        (tree(values={}), "values needs an object of 1 to 4096 sensors with a number, got 0 of"),
        (tree(values={str(n): 0 for n in range(4097)}), "got 4097 of them"),
        (tree(values=[1]), "got a list"),
        (tree(values={"force": "1"}), "sensor force needs a finite number or null, got '1'"),
        (tree(values={"force": True}), "got True"),
        (tree(values={"force": math.nan}), "got nan"),
        (tree(values={"force": math.inf}), "got inf"),
        (tree(values={"force": 10**400}), "sensor force needs a finite number or null, got 1000"),
        (tree(values={"x" * 200: 1}), "sensor needs a name"),
        (tree(time="tomorrow"), "time needs seconds since 1970 or ISO 8601, got 'tomorrow'"),
        (tree(time=-1), "got -1"),
        (tree(time=math.nan), "got nan"),
        (tree(time=True), "got True"),
        (tree(time="2300-01-01T00:00:00Z"), "a day ahead of the service's clock at most"),
        (tree(end="yes"), "end needs true or false, got 'yes'"),
        (tree(vlaues={}), "a reading has asset, time, values, end, got 'vlaues'"),
    ],
)
def test_bad_input_is_told_in_one_sentence(given: Any, said: str) -> None:
    with pytest.raises(BadInputError, match=said) as told:
        read_reading(given, NOW)
    assert len(str(told.value)) < 200


def test_sql_and_html_in_names_are_just_names() -> None:
    name = "<script>alert(1)</script>'; DROP TABLE journal;--"
    assert read_reading(tree(asset=name, values={name: 1}), NOW).values == {name: 1.0}
