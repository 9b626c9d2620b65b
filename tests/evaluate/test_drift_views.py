from typing import Any

from matts.evaluate.charts import Bands
from matts.evaluate.drift_views import drift_chart, drift_page


def change(asset: str, number: int, before: str, after: str) -> dict[str, Any]:
    told = {"asset": asset, "time": number * 1.0, "number": number, "kind": "input"}
    return told | {"before": before, "after": after, "sensors": ["speed"], "text": ""}


def status(state: str, since: float | None) -> dict[str, Any]:
    kinds: dict[str, Any] = {"error": {}, "input": {}}
    sensors = ["speed"] if since else []
    counts = {"counted": 1200, "left_out": 30}
    return {"state": state, "since": since, "sensors": sensors, "retrain": bool(since)} | {
        "kinds": kinds,
        **counts,
    }


FOUND = {
    "readings": [100, 900],
    "assets": {"calm": status("ok", None), "moved": status("drift", 300.0)},
    "changes": [
        change("moved", 300, "ok", "warning"),
        change("moved", 400, "warning", "drift"),
    ],
}


def test_the_page_names_the_worst_first() -> None:
    page = drift_page(FOUND, "mill 6")
    assert page.index("moved") < page.index("calm")
    assert "Readings 100 to 900: mill 6." in page
    assert "speed" in page
    assert "Nothing changed." in drift_page({**FOUND, "changes": []}, "mill 6")


def test_the_picture_shades_each_state_from_when_to_when() -> None:
    moved, calm = drift_chart(FOUND, "mill 6").panels
    assert (moved.y_label, calm.y_label) == ("moved", "calm")
    bands = [layer for layer in moved.layers if isinstance(layer, Bands)]
    spans = {(band.name, band.lane): band.spans.tolist() for band in bands}
    assert spans["warning", 1] == [[300, 400]]
    assert spans["drift", 1] == [[400, 900]]
    assert all(not len(layer.spans) for layer in calm.layers if isinstance(layer, Bands))
