from typing import Any

from matts.evaluate.event_report import HEADINGS, event_rows

CARD: dict[str, Any] = {
    "first_reading": 1200,
    "last_reading": 1200,
    "asset": "",
    "peak": 0.98765,
    "fault": "Bearing",
    "probability": 0.9,
    "truth": [],
    "sensors": {"torque_1": 0.9, "force_1": 0.05, "gap_1": 0.009},
    "components": {"1": 0.99, "2": 0.01},
    "similar": [],
}


def test_a_row_says_what_matters_alone() -> None:
    (row,) = event_rows([CARD])
    assert dict(zip(HEADINGS, row, strict=True)) == {
        "readings": "1,200",
        "peak": "0.988",
        "fault": "Bearing 90%",
        "truly": "-",
        "sensors": "torque_1 90%, force_1 5%",
        "component": "1 99%",
        "most like": "-",
    }


def test_a_longer_event_of_an_asset_says_where_it_was() -> None:
    (row,) = event_rows([{**CARD, "last_reading": 1203, "asset": "mill 2"}])
    assert row[0] == "1,200-1,203 of mill 2"
