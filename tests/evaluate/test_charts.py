import json
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from io import BytesIO
from typing import Any

import numpy as np
import pytest
from matplotlib.collections import PolyCollection
from matplotlib.colors import to_hex, to_rgba
from matplotlib.figure import Figure

from matts.evaluate.chart_plotly import draw_plotly
from matts.evaluate.chart_png import draw_png
from matts.evaluate.charts import (
    MARKERS,
    Bands,
    Chart,
    Heatmap,
    Layer,
    Limit,
    Line,
    Panel,
    Points,
)

X, Y = np.arange(3), np.array([0.1, np.nan, 10.0])
RED = "#ff0000"
LINE = Line(X, Y, "course", RED, dashed=True)
STEPS = Line(X, Y, "steps", RED, steps=True)
POINTS = Points(X, Y, "found", RED, "x", 5)
BANDS = Bands(np.array([[0.5, 2.5], [7.5, 8.5]]), "Bearing", RED, lane=1)
LIMIT = Limit(0.5, "threshold 0.5", RED)
CELLS = Heatmap(np.array([[1.0, 0.25]]), [["12", "3"]], "share of the row")


def chart(*layers: Layer, **axes: Any) -> Chart:
    return Chart("Scores\nmill 6", "coil", [Panel("score", layers, **axes)])


def count_drawn(figure: Figure) -> int:
    """The artists of the panels that stand for a layer, colour bars left out."""
    panels = [axes for axes in figure.axes if axes.get_label() != "<colorbar>"]
    return sum(len(a.lines) + len(a.collections) + len(a.images) for a in panels)


@pytest.mark.parametrize("layer", [LINE, STEPS, POINTS, BANDS, LIMIT, CELLS])
def test_every_layer_is_drawn_once_by_both(layer: Layer) -> None:
    plotly = draw_plotly(chart(layer))
    assert count_drawn(draw_png(chart(layer))) == 1
    assert len(plotly.data) + len(plotly.layout.shapes) == 1


def test_titles_and_labels() -> None:
    png, plotly = draw_png(chart(LINE)), draw_plotly(chart(LINE))
    assert png.get_suptitle() == "Scores\nmill 6"
    assert plotly.layout.title.text == "Scores<br>mill 6"
    assert (png.axes[0].get_xlabel(), png.axes[0].get_ylabel()) == ("coil", "score")
    assert (plotly.layout.xaxis.title.text, plotly.layout.yaxis.title.text) == ("coil", "score")


def test_a_line_is_the_same_in_both() -> None:
    drawn, trace = draw_png(chart(LINE)).axes[0].lines[0], draw_plotly(chart(LINE)).data[0]
    np.testing.assert_array_equal(drawn.get_xydata(), np.column_stack([X, Y]))
    np.testing.assert_array_equal(np.column_stack([trace.x, trace.y]), np.column_stack([X, Y]))
    assert drawn.get_color() == trace.line.color == RED
    assert (drawn.get_linestyle(), trace.line.dash) == ("--", "dash")


def test_steps_take_the_height_of_their_right_end_in_both() -> None:
    assert draw_png(chart(STEPS)).axes[0].lines[0].get_drawstyle() == "steps-pre"
    assert draw_plotly(chart(STEPS)).data[0].line.shape == "vh"


def test_a_line_of_one_point_is_seen() -> None:
    alone = chart(Line(X[:1], Y[:1], "one epoch", RED))
    assert draw_png(alone).axes[0].lines[0].get_marker() == "."
    assert draw_plotly(alone).data[0].mode == "markers"


@pytest.mark.parametrize("mark", MARKERS)
def test_marks(mark: Any) -> None:
    points = chart(Points(X, Y, "found", RED, mark, 5))
    drawn, trace = draw_png(points).axes[0].lines[0], draw_plotly(points).data[0]
    assert (drawn.get_marker(), trace.marker.symbol) == (MARKERS[mark], mark)
    assert drawn.get_markersize() == trace.marker.size == 5
    assert drawn.get_linestyle() == "None"
    assert trace.mode == "markers"
    assert (drawn.get_fillstyle() == "none") == (mark == "circle-open")


def test_bands_lie_in_their_named_lane() -> None:
    lanes = chart(BANDS, y_names=["Electric", "Bearing"])
    axes, plotly = draw_png(lanes).axes[0], draw_plotly(lanes)
    drawn = axes.collections[0]
    assert isinstance(drawn, PolyCollection)
    edges = [(*path.get_extents().min, *path.get_extents().max) for path in drawn.get_paths()]
    np.testing.assert_allclose(edges, [(0.5, 0.6, 2.5, 1.4), (7.5, 0.6, 8.5, 1.4)])
    trace = plotly.data[0]
    assert trace.marker.color == RED
    np.testing.assert_array_equal(np.unique(drawn.get_facecolor(), axis=0), [to_rgba(RED)])
    assert list(trace.base) == [0.5, 7.5]
    assert list(trace.base + trace.x) == [2.5, 8.5]
    assert (list(trace.y), trace.width) == ([1, 1], 0.8)
    assert trace.hovertext == ("Bearing, 1 to 2", "Bearing, 8 to 8")
    assert [text.get_text() for text in axes.get_yticklabels()] == ["Electric", "Bearing"]
    assert plotly.layout.yaxis.ticktext == ("Electric", "Bearing")
    assert axes.get_ylim() == plotly.layout.yaxis.range == (1.5, -0.5)


def test_a_limit_crosses_the_whole_width() -> None:
    for panels in ((), (LINE,)):  # a panel of nothing but a limit counts too
        figure = chart(*panels, LIMIT)
        drawn, shape = draw_png(figure).axes[0].lines[-1], draw_plotly(figure).layout.shapes[0]
        assert drawn.get_ydata() == [0.5, 0.5]
        assert drawn.get_xdata() == [0, 1]
        assert (shape.y0, shape.y1, shape.xref) == (0.5, 0.5, "x domain")


def test_cells_show_texts_in_readable_colours() -> None:
    axes, trace = draw_png(chart(CELLS)).axes[0], draw_plotly(chart(CELLS)).data[0]
    assert [(text.get_text(), text.get_color()) for text in axes.texts] == [
        ("12", "white"),
        ("3", "black"),
    ]
    assert [list(row) for row in trace.text] == [["12", "3"]]
    np.testing.assert_array_equal(axes.images[0].get_array(), CELLS.shares)
    np.testing.assert_array_equal(trace.z, CELLS.shares)
    low, high = axes.images[0].get_cmap()([0.0, 1.0])
    assert trace.colorscale == ((0, to_hex(low).upper()), (1, to_hex(high).upper()))
    assert (trace.zmin, trace.zmax) == axes.images[0].get_clim() == (0, 1)


def test_a_name_that_returns_has_one_legend_entry() -> None:
    twice = Chart("t", "x", [Panel("a", [LINE, BANDS]), Panel("b", [LINE, POINTS, LIMIT])])
    names = ["course", "found", "threshold 0.5"]
    (legend,) = draw_png(twice).legends
    assert [text.get_text() for text in legend.get_texts()] == names
    plotly = draw_plotly(twice)
    shown = [each.name for each in (*plotly.data, *plotly.layout.shapes) if each.showlegend]
    assert shown == names


def test_the_legend_covers_no_data() -> None:
    figure = draw_png(chart(LINE))
    figure.draw_without_rendering()
    assert figure.legends[0].get_window_extent().x0 > figure.axes[0].get_window_extent().x1


def test_a_chart_without_names_has_no_legend() -> None:
    assert not draw_png(chart(BANDS, y_names=["Electric", "Bearing"])).legends


def test_panels_have_their_heights_scales_and_a_common_x() -> None:
    panels = [Panel("a", [LINE], height=1), Panel("b", [LINE], log=True, height=3)]
    both = Chart("t", "x", [*panels, Panel("c", [LINE], y_range=(0, 20))])
    png, plotly = draw_png(both), draw_plotly(both)
    assert png.get_figheight() * 96 == plotly.layout.height
    assert [axes.get_yscale() for axes in png.axes] == ["linear", "log", "linear"]
    y_axes = (plotly.layout.yaxis, plotly.layout.yaxis2, plotly.layout.yaxis3)
    assert [axis.type for axis in y_axes] == ["linear", "log", "linear"]
    assert png.axes[2].get_ylim() == y_axes[2].range == (0, 20)
    first, second = (axis.domain[1] - axis.domain[0] for axis in y_axes[:2])
    assert second == pytest.approx(3 * first)
    assert png.axes[0].get_shared_x_axes().joined(png.axes[0], png.axes[2])
    assert plotly.layout.xaxis.matches == "x3"


def test_ticks_of_a_log_scale_are_plain_numbers() -> None:
    figure = draw_png(chart(LINE, log=True))
    figure.draw_without_rendering()
    axis = figure.axes[0].yaxis
    ticks = [*axis.get_ticklabels(), *axis.get_ticklabels(minor=True)]
    assert {"0.1", "0.2", "0.5", "1", "2", "5", "10"} <= {tick.get_text() for tick in ticks}


def test_whole_numbers_have_whole_ticks() -> None:
    few = Line(np.array([1, 2]), np.ones(2), "epochs", RED)
    figure = draw_png(Chart("t", "epoch", [Panel("loss", [few])], whole=True))
    assert all(tick == round(tick) for tick in figure.axes[0].get_xticks())


def test_named_columns() -> None:
    named = Chart("t", "predicted", [Panel("true", [CELLS], ["A"])], x_names=["A", "B"])
    ticks = draw_png(named).axes[0].get_xticklabels()
    assert [tick.get_text() for tick in ticks] == ["A", "B"]
    assert draw_plotly(named).layout.xaxis.ticktext == ("A", "B")


def test_plotly_turns_into_plain_json() -> None:
    tree = json.loads(draw_plotly(chart(LINE, POINTS, BANDS, LIMIT, CELLS)).to_json())
    assert tree["data"][0]["y"] == [0.1, None, 10.0]
    assert tree["data"][2]["base"] == [0.5, 7.5]


def test_png_is_the_same_from_every_thread() -> None:
    def png(_: int) -> bytes:
        file = BytesIO()
        draw_png(chart(LINE, POINTS, LIMIT)).savefig(file, format="png")
        return file.getvalue()

    with ThreadPoolExecutor(2) as pool:
        first, *others = pool.map(png, range(4))
    assert first.startswith(b"\x89PNG")
    assert all(other == first for other in others)


def test_drawing_libraries_are_imported_late() -> None:
    code = (
        "import sys, matts.evaluate.plots; "
        "print({'matplotlib', 'plotly'} & {name.split('.')[0] for name in sys.modules})"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"


def test_a_panel_may_have_an_x_of_its_own() -> None:
    own = Panel("b", [CELLS], ["row"], x_label="sensor", x_names=["heat", "noise"])
    chart_of_both = Chart("t", "reading", [Panel("a", [LINE]), own])
    png, plotly = draw_png(chart_of_both), draw_plotly(chart_of_both)
    panels = [axes for axes in png.axes if axes.get_label() != "<colorbar>"]
    assert [axes.get_xlabel() for axes in panels] == ["reading", "sensor"]
    assert not panels[0].get_shared_x_axes().joined(*panels)
    assert [tick.get_text() for tick in panels[1].get_xticklabels()] == ["heat", "noise"]
    assert plotly.layout.xaxis.matches is None
    assert (plotly.layout.xaxis.title.text, plotly.layout.xaxis2.title.text) == (
        "reading",
        "sensor",
    )
    assert plotly.layout.xaxis2.ticktext == ("heat", "noise")
