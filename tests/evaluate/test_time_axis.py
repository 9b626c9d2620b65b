from typing import Any

import numpy as np
import pytest

from matts.domain import BadInputError
from matts.evaluate.chart_plotly import draw_plotly
from matts.evaluate.chart_png import draw_png
from matts.evaluate.charts import Bands, Chart, Line, Points
from matts.evaluate.time_axis import MOST_STEPS, TOP, Course, detectors_over_time

NAMES = ("Electric", "Bearing")


def chart(count: int = 40, **courses: Course) -> Chart:
    faults = np.zeros((count, 2), np.bool_)
    faults[10:13, 0] = True
    return detectors_over_time(courses, np.arange(100, 100 + count), faults, NAMES, "mill 6")


def course(count: int = 40, **highs: float) -> Course:
    scores = np.linspace(0, 0.1, count)
    for place, score in highs.items():
        scores[int(place[1:])] = score
    return Course(scores, threshold=1.0, alerts=scores >= 1.0)


def named(drawn: Chart, kind: Any, name: str) -> list[Any]:
    layers = [layer for panel in drawn.panels for layer in panel.layers]
    return [layer for layer in layers if isinstance(layer, kind) and layer.name == name]


def test_every_detector_has_a_row_with_its_alerts() -> None:
    drawn = chart(sharp=course(r11=5.0, r30=1.0), blunt=course())
    assert drawn.panels[0].y_names == ["sharp", "blunt"]
    assert [points.x.tolist() for points in named(drawn, Points, "true alert")] == [[111], []]
    assert [points.x.tolist() for points in named(drawn, Points, "false alert")] == [[130], []]
    sharp, blunt = named(drawn, Line, "score")
    assert -0.4 - 1e-9 <= sharp.y.min() < sharp.y.max() <= 0.4
    assert blunt.y.min() >= 0.6 - 1e-9


def test_the_true_events_are_shaded_behind_all_rows() -> None:
    (shade,) = named(chart(a=course(), b=course(), c=course()), Bands, "true faults")
    assert shade.spans.tolist() == [[109.5, 112.5]]
    assert (shade.lane, shade.height) == (1, 3)


def test_the_highest_of_several_readings_is_drawn_where_there_are_many() -> None:
    count = 3 * MOST_STEPS
    drawn = chart(count, a=course(count, r11=5.0, r3001=2.0))
    (line,) = named(drawn, Line, "score")
    assert len(line.x) == MOST_STEPS
    assert named(drawn, Points, "true alert")[0].x.tolist() == [109]
    assert named(drawn, Points, "false alert")[0].x.tolist() == [3100]
    assert "the highest of 3 readings" in drawn.title


def test_all_rows_have_one_scale_and_each_its_own_threshold() -> None:
    low = Course(np.array([0.0, TOP / 2, 9 * TOP]), threshold=TOP / 4, alerts=np.ones(3, np.bool_))
    high = low._replace(threshold=TOP)
    drawn = chart(3, low=low, high=high)
    assert [line.y.tolist() for line in named(drawn, Line, "score")] == [
        pytest.approx([0.4, 0.0, -0.4]),
        pytest.approx([1.4, 1.0, 0.6]),
    ]
    assert [line.y[0] for line in named(drawn, Line, "threshold")] == pytest.approx([0.2, 0.6])


def test_alerts_are_those_of_the_detector_whatever_its_line() -> None:
    own = course(r30=5.0)._replace(alerts=np.arange(40) == 11)
    drawn = chart(own=own)
    assert named(drawn, Points, "true alert")[0].x.tolist() == [111]
    assert named(drawn, Points, "false alert")[0].x.tolist() == []


def test_both_draw_it() -> None:
    drawn = chart(a=course(r11=5.0), b=course())
    assert draw_png(drawn).axes
    assert draw_plotly(drawn).data


def test_nothing_to_draw_is_refused() -> None:
    with pytest.raises(BadInputError, match="needs detectors and readings, got 0 and 40"):
        chart()
