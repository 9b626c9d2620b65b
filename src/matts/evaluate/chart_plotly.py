"""Charts to move in, by Plotly."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from matts.evaluate.charts import (
    BROWSER_DPI,
    GRID,
    SHADES,
    Bands,
    Chart,
    Heatmap,
    Layer,
    Limit,
    Line,
    Panel,
    Points,
)

if TYPE_CHECKING:  # slow to import, and most runs do not draw
    import plotly.graph_objects as go


GAP, WIDE_GAP = 0.3, 0.9  # inches between panels: of one x, and each with its own


def draw_plotly(chart: Chart) -> "go.Figure":
    """Render with Plotly, for a browser; the figure turns into plain JSON."""
    from plotly.subplots import make_subplots  # noqa: PLC0415

    ratios = [panel.height for panel in chart.panels]
    count, gap = len(ratios), (GAP if chart.shares_x else WIDE_GAP) / sum(ratios)
    figure = make_subplots(
        count, shared_xaxes=chart.shares_x, row_heights=ratios, vertical_spacing=gap
    )
    seen: set[str] = set()
    for row, panel in enumerate(chart.panels, start=1):
        for layer in panel.layers:
            _add(figure, layer, row, named=layer.name not in seen)
            seen.add(layer.name)
        figure.update_yaxes(_y_axis(panel), row=row)
        label, names = chart.x_of(panel)
        figure.update_xaxes(title=label or None, **_ticks(names), row=row)
    figure.update_xaxes(gridcolor=GRID, tickformat=",~f")
    figure.update_layout(
        title={"text": chart.title.replace("\n", "<br>"), "font": {"size": 16}},
        height=chart.height * BROWSER_DPI,
        template="plotly_white",
        barmode="overlay",
    )
    return figure


def _y_axis(panel: Panel) -> dict[str, Any]:
    axis = {"title": panel.y_label, "gridcolor": GRID, "hoverformat": ".4g"}
    if panel.y_names:
        spread = {"range": (len(panel.y_names) - 0.5, -0.5), "showgrid": False, "zeroline": False}
        return axis | spread | _ticks(panel.y_names)
    return axis | {"type": "log" if panel.log else "linear", "range": panel.y_range}


def _ticks(names: Sequence[str]) -> dict[str, Any]:
    named = {place: name.replace("\n", "<br>") for place, name in enumerate(names) if name}
    return {"tickvals": [*named], "ticktext": [*named.values()]} if named else {}


def _add(figure: "go.Figure", layer: Layer, row: int, *, named: bool) -> None:
    legend = {"name": layer.name, "legendgroup": layer.name, "showlegend": named}
    if isinstance(layer, Limit):
        line = {"color": layer.colour, "width": 1, "dash": "dash"}
        figure.add_hline(layer.y, row=row, line=line, exclude_empty_subplots=False, **legend)
    else:
        figure.add_trace(legend | _trace(layer), row, 1)


def _trace(layer: Line | Points | Bands | Heatmap) -> dict[str, Any]:
    """What Plotly calls a trace, as plain data."""
    match layer:
        case Line(x, y, _, colour, dashed, steps, width):
            dash, shape = "dash" if dashed else "solid", "vh" if steps else "linear"
            pen = {"color": colour, "dash": dash, "shape": shape, "width": width}
            mode = "markers" if len(x) == 1 else "lines"
            return {"type": "scatter", "mode": mode, "x": x, "y": y, "line": pen}
        case Points(x, y, _, colour, mark, size):
            marker = {"color": colour, "symbol": mark, "size": size}
            return {"type": "scatter", "mode": "markers", "x": x, "y": y, "marker": marker}
        case Bands():
            return _bars(layer)
        case Heatmap():
            return _cells(layer)


def _bars(bands: Bands) -> dict[str, Any]:
    """A bar for each span; its outline keeps a short one visible."""
    start, stop = bands.spans.T
    within = zip(np.ceil(start), np.floor(stop), strict=True)
    return {
        "type": "bar",
        "orientation": "h",
        "base": start,
        "x": stop - start,
        "y": np.full(len(start), bands.lane),
        "width": bands.height,
        "marker": {"color": bands.colour, "line": {"color": bands.colour, "width": 1}},
        "hovertext": [f"{bands.name}, {first:,.0f} to {last:,.0f}" for first, last in within],
        "hoverinfo": "text",
        "showlegend": False,
    }


def _cells(cells: Heatmap) -> dict[str, Any]:
    texts = {
        "text": cells.texts,
        "texttemplate": "%{text}",
        "hovertemplate": f"%{{text}}: %{{z:.1%}} {cells.name}<extra></extra>",
    }
    return {
        "type": "heatmap",
        "z": cells.shares,
        "zmin": 0,
        "zmax": 1,
        "colorscale": list(enumerate(SHADES)),
        "colorbar": {"title": {"text": cells.name, "side": "right"}},
        "hovertemplate": f"%{{y}}: %{{z:.1%}} {cells.name}<extra></extra>",
        **(texts if cells.texts else {}),
    }
