"""What a chart is: drawn once as plain data, rendered twice, so that PNG and Plotly agree."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from matts.domain import Floats, Ints

if TYPE_CHECKING:  # both libraries are slow to import, and most runs draw with one of them or none
    import plotly.graph_objects as go
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

WIDTH, MARGIN = 10.0, 1.2  # inches: of every chart, and for its title and the labels below
DPI = 120
PIXELS_PER_INCH = 96  # as browsers count
SHADES = ("#FFFFFF", "#0072B2")  # of a heatmap, from 0 to 1
GRID = "#E6E6E6"

Mark = Literal["dot", "ring", "cross", "star", "square", "diamond"]
MARKS: dict[Mark, tuple[str, str]] = {  # what matplotlib and Plotly call them
    "dot": ("o", "circle"),
    "ring": ("o", "circle-open"),
    "cross": ("X", "x"),
    "star": ("*", "star"),
    "square": ("s", "square"),
    "diamond": ("D", "diamond"),
}


@dataclass(frozen=True)
class Line:
    """A line through points, or in steps whose height is that of their right end."""

    x: Floats | Ints  # [N]
    y: Floats  # [N], NaN leaves a gap
    name: str
    colour: str
    dashed: bool = False
    steps: bool = False
    faint: bool = False


@dataclass(frozen=True)
class Points:
    """Marks that no line joins."""

    x: Floats | Ints  # [N]
    y: Floats  # [N]
    name: str
    colour: str
    mark: Mark = "dot"
    size: float = 6.0


@dataclass(frozen=True)
class Bands:
    """Spans of x, shaded in a lane: one of the panel's named rows, which stands for a legend."""

    spans: Floats  # [M, 2], start and stop
    name: str
    colour: str
    lane: int


@dataclass(frozen=True)
class Limit:
    """A horizontal line over the whole width."""

    y: float
    name: str
    colour: str = "#000000"


@dataclass(frozen=True)
class Heatmap:
    """Cells coloured by a share, with a text in each."""

    shares: Floats  # [R, C], 0 to 1
    texts: Sequence[Sequence[str]]  # [R, C]
    name: str  # what the share is of


Layer = Line | Points | Bands | Limit | Heatmap


@dataclass(frozen=True)
class Panel:
    """Layers on common axes, the last on top; named rows count from 0 downwards."""

    y_label: str
    layers: Sequence[Layer]
    y_names: Sequence[str] = ()
    y_range: tuple[float, float] | None = None
    log: bool = False
    height: float = 4.0  # inches


@dataclass(frozen=True)
class Chart:
    """Panels below one another over a common x; names that return share one legend entry."""

    title: str
    x_label: str
    panels: Sequence[Panel]
    x_names: Sequence[str] = ()

    @property
    def height(self) -> float:
        """Inches."""
        return MARGIN + sum(panel.height for panel in self.panels)


def draw_png(chart: Chart) -> "Figure":
    """Render with matplotlib; no global state, so threads may draw at the same time."""
    from matplotlib.figure import Figure  # noqa: PLC0415

    figure = Figure((WIDTH, chart.height), dpi=DPI, layout="constrained")
    figure.suptitle(chart.title, x=0.01, horizontalalignment="left", linespacing=1.4)
    ratios = [panel.height for panel in chart.panels]
    grid = figure.subplots(len(ratios), sharex=True, squeeze=False, height_ratios=ratios)[:, 0]
    for axes, panel in zip(grid, chart.panels, strict=True):
        _set_axes(axes, panel)
        for layer in panel.layers:
            _paint(axes, layer)
    grid[-1].set_xlabel(chart.x_label)
    if chart.x_names:
        grid[-1].set_xticks(range(len(chart.x_names)), chart.x_names)
    _add_legend(figure, grid)
    return figure


def _set_axes(axes: "Axes", panel: Panel) -> None:
    axes.set_ylabel(panel.y_label)
    axes.spines[["top", "right"]].set_visible(False)
    if panel.log:
        axes.set_yscale("log")
    if panel.y_range:
        axes.set_ylim(*panel.y_range)
    if panel.y_names:
        axes.set_yticks(range(len(panel.y_names)), panel.y_names)
        axes.set_ylim(len(panel.y_names) - 0.5, -0.5)
    else:
        axes.grid(color=GRID)
        axes.set_axisbelow(True)


def _paint(axes: "Axes", layer: Layer) -> None:
    match layer:
        case Line(x, y, name, colour):
            axes.plot(
                x,
                y,
                label=name,
                color=colour,
                linestyle="dashed" if layer.dashed else "solid",
                drawstyle="steps-pre" if layer.steps else "default",
                linewidth=0.7 if layer.faint else 1.6,
            )
        case Points(x, y, name, colour, mark, size):
            axes.plot(
                x,
                y,
                label=name,
                color=colour,
                linestyle="none",
                marker=MARKS[mark][0],
                markersize=size,
                markeredgewidth=1 if mark == "ring" else 0,
                fillstyle="none" if mark == "ring" else "full",
            )
        case Bands(spans, _, colour, lane):
            ranges = [(start, stop - start) for start, stop in spans.tolist()]
            axes.broken_barh(ranges, (lane - 0.4, 0.8), color=colour, linewidth=0.8)
        case Limit(y, name, colour):
            axes.axhline(y, label=name, color=colour, linestyle="dashed", linewidth=1)
        case Heatmap():
            _paint_cells(axes, layer)


def _paint_cells(axes: "Axes", cells: Heatmap) -> None:
    from matplotlib.colors import LinearSegmentedColormap  # noqa: PLC0415

    shades = LinearSegmentedColormap.from_list("shades", SHADES)
    image = axes.imshow(cells.shares, shades, aspect="auto", vmin=0, vmax=1)
    for (row, column), share in np.ndenumerate(cells.shares):
        colour = "white" if share > 0.5 else "black"  # noqa: PLR2004
        text = cells.texts[row][column]
        axes.text(column, row, text, color=colour, horizontalalignment="center", verticalalignment="center")
    figure = axes.get_figure()
    figure.colorbar(image, ax=axes, label=cells.name)


def _add_legend(figure: "Figure", grid: Iterable["Axes"]) -> None:
    """Beside the panels, where it covers nothing; of equal names the first."""
    entries: dict[str, Any] = {}
    for axes in grid:
        for handle, name in zip(*axes.get_legend_handles_labels(), strict=True):
            entries.setdefault(name, handle)
    if entries:
        figure.legend(entries.values(), entries.keys(), loc="outside right upper", frameon=False)


def draw_plotly(chart: Chart) -> "go.Figure":
    """Render with Plotly, for a browser; the figure turns into plain JSON."""
    from plotly.subplots import make_subplots  # noqa: PLC0415

    ratios = [panel.height for panel in chart.panels]
    count, gap = len(ratios), 0.3 / sum(ratios)
    figure = make_subplots(count, shared_xaxes=True, row_heights=ratios, vertical_spacing=gap)
    seen: set[str] = set()
    for row, panel in enumerate(chart.panels, start=1):
        for layer in panel.layers:
            _add(figure, layer, row, named=layer.name not in seen)
            seen.add(layer.name)
        figure.update_yaxes(_y_axis(panel), row=row)
    figure.update_xaxes(gridcolor=GRID)
    figure.update_xaxes(title=chart.x_label, **_ticks(chart.x_names), row=count)
    figure.update_layout(
        title={"text": chart.title.replace("\n", "<br>"), "font": {"size": 16}},
        height=chart.height * PIXELS_PER_INCH,
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
    return {"tickvals": list(range(len(names))), "ticktext": list(names)} if names else {}


def _add(figure: "go.Figure", layer: Layer, row: int, *, named: bool) -> None:
    legend = {"name": layer.name, "legendgroup": layer.name, "showlegend": named}
    if isinstance(layer, Limit):
        line = {"color": layer.colour, "width": 1, "dash": "dash"}
        figure.add_hline(layer.y, row=row, line=line, **legend)
    else:
        figure.add_trace(legend | _trace(layer), row, 1)


def _trace(layer: Line | Points | Bands | Heatmap) -> dict[str, Any]:
    """What Plotly calls a trace, as plain data."""
    match layer:
        case Line(x, y, _, colour, dashed, steps, faint):
            pen = {
                "color": colour,
                "dash": "dash" if dashed else "solid",
                "shape": "vh" if steps else "linear",
                "width": 0.7 if faint else 2,
            }
            return {"type": "scatter", "mode": "lines", "x": x, "y": y, "line": pen}
        case Points(x, y, _, colour, mark, size):
            marker = {"color": colour, "symbol": MARKS[mark][1], "size": size}
            return {"type": "scatter", "mode": "markers", "x": x, "y": y, "marker": marker}
        case Bands():
            return _bars(layer)
        case Heatmap():
            return _cells(layer)


def _bars(bands: Bands) -> dict[str, Any]:
    """A bar for each span; its outline keeps a short one visible."""
    start, stop = bands.spans.T
    return {
        "type": "bar",
        "orientation": "h",
        "base": start,
        "x": stop - start,
        "y": np.full(len(start), bands.lane),
        "width": 0.8,
        "marker": {"color": bands.colour, "line": {"color": bands.colour, "width": 1}},
        "hovertext": [f"{bands.name}, {first:g} to {last:g}" for first, last in bands.spans.tolist()],
        "hoverinfo": "text",
        "showlegend": False,
    }


def _cells(cells: Heatmap) -> dict[str, Any]:
    return {
        "type": "heatmap",
        "z": cells.shares,
        "zmin": 0,
        "zmax": 1,
        "colorscale": list(enumerate(SHADES)),
        "colorbar": {"title": {"text": cells.name, "side": "right"}},
        "text": cells.texts,
        "texttemplate": "%{text}",
        "hovertemplate": f"%{{text}}: %{{z:.1%}} {cells.name}<extra></extra>",
    }
