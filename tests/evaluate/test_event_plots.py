from typing import Any

import numpy as np
import pytest

from matts.domain import Windows
from matts.evaluate.chart_plotly import draw_plotly
from matts.evaluate.chart_png import draw_png
from matts.evaluate.charts import Chart, Heatmap, Points
from matts.evaluate.event_plots import LEAST, ROWS, contribution_map, event_timeline
from matts.evaluate.events import Told

SOURCE = "simulated readings, data set 6"


def told(sensors: int = 3) -> Told:
    """30 readings; Electric at 10 to 12, Bearing at 20; alerts at 11, 12 and 26."""
    rows = np.random.default_rng(0).random((30, sensors))
    faults = np.zeros((30, 2), np.bool_)
    faults[10:13, 0] = faults[20, 1] = True
    names = tuple(f"s{k}" for k in range(sensors))
    windows = Windows(rows, faults, np.arange(30), 1, names, ("Electric", "Bearing"))
    alerts = np.isin(np.arange(30), (11, 12, 26))
    parts = np.where(np.arange(sensors) == 1, 4.0, rows)
    empty = np.full((30, 2), np.nan)
    return Told(windows, rows[:, 0], alerts, parts, empty, alerts & False, parts)


def card(first: int, readings: int, fault: str, *truth: str) -> dict[str, Any]:
    return {
        "first_reading": first,
        "readings": readings,
        "fault": fault,
        "probability": 0.9,
        "truth": list(truth),
    }


CARDS = [card(11, 2, "Bearing", "Electric"), card(26, 1, "unknown")]


def layers(chart: Chart, kind: Any) -> list[Any]:
    return [layer for panel in chart.panels for layer in panel.layers if isinstance(layer, kind)]


def test_the_map_has_a_column_a_reading_around_each_event() -> None:
    chart = contribution_map(told(), CARDS, SOURCE)
    (cells,) = layers(chart, Heatmap)
    assert cells.shares.shape == (3, (4 + 2 + 4) + 1 + (4 + 1 + 3))  # the record ends at 29
    assert [place for place, name in enumerate(chart.x_names) if name] == [4, 11 + 4]
    assert chart.x_names[4] == "11\nBearing\n90%"
    assert np.flatnonzero(np.isnan(cells.shares[0])).tolist() == [10]
    assert np.nanmax(cells.shares) == 1


def test_the_sensor_with_the_largest_parts_is_on_top() -> None:
    (panel,) = contribution_map(told(), CARDS, SOURCE).panels
    assert panel.y_names[0] == "s1"
    assert set(panel.y_names) == {"s0", "s1", "s2"}
    (panel,) = contribution_map(told(sensors=ROWS + 5), CARDS, SOURCE).panels
    assert len(panel.y_names) == ROWS + 1
    assert panel.y_names[-1] == "mean of 5 others"


def test_a_sensor_without_a_part_worth_seeing_has_no_row() -> None:
    quiet = told()
    quiet.parts[:, 0] = 4 * LEAST - 0.1
    quiet.parts[:, 2] = 4 * LEAST
    (panel,) = contribution_map(quiet, CARDS, SOURCE).panels
    assert panel.y_names == ["s1", "s2", "mean of 1 others"]


def test_the_timeline_tells_how_right_events_were_named() -> None:
    chart = event_timeline(told(), CARDS, SOURCE)
    marks = {each.name: (each.x.tolist(), each.y.tolist()) for each in layers(chart, Points)}
    assert marks == {
        "named right (0)": ([], []),
        "named wrong (1)": ([11], [1]),
        "called unknown (0)": ([], []),
        "false alarm (1)": ([26], [2]),
        "missed (1)": ([20], [1]),
    }
    assert chart.panels[0].y_names == ["Electric (0)", "Bearing (1)", "unknown (1)"]


CHARTS = {
    "map": contribution_map(told(), CARDS, SOURCE),
    "no alert": contribution_map(told(), [], SOURCE),
    "timeline": event_timeline(told(), CARDS, SOURCE),
    "no event": event_timeline(told(), [], SOURCE),
}


@pytest.mark.parametrize("chart", CHARTS.values(), ids=CHARTS)
def test_every_chart_is_drawn_by_both(chart: Chart) -> None:
    assert draw_png(chart).axes
    assert draw_plotly(chart).data
    assert chart.title.endswith(SOURCE)
