"""What a chart is: drawn once as plain data, rendered twice, so that PNG and Plotly agree."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, get_args

import numpy as np

from matts.domain import Floats, Ints

if TYPE_CHECKING:  # both libraries are slow to import, and most runs draw with one of them or none
    import plotly.graph_objects as go
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

WIDTH, MARGIN = 11.0, 1.2  # inches: of every chart, and for its title and the labels below
DPI, BROWSER_DPI = 120, 96
SHADES = ("#FFFFFF", "#0072B2")  # of a heatmap, from 0 to 1
GRID = "#E6E6E6"
LOG_TICKS = (2, 5)  # between the powers of ten
MOST_LEVEL = 8  # names that fit beside one another

Mark = Literal["circle", "circle-open", "x", "star", "square", "diamond"]  # as Plotly calls them
MARKERS: dict[Mark, str] = dict(zip(get_args(Mark), "ooX*sD", strict=True))  # as matplotlib does


@dataclass(frozen=True)
class Line:
    """A line through points, or in steps whose height is that of their right end."""

    x: Floats | Ints  # [N]
    y: Floats  # [N], NaN leaves a gap
    name: str
    colour: str
    dashed: bool = False
    steps: bool = False
    width: float = 1.6


@dataclass(frozen=True)
class Points:
    """Marks that no line joins."""

    x: Floats | Ints  # [N]
    y: Floats  # [N]
    name: str
    colour: str
    mark: Mark = "circle"
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
    whole: bool = False  # x counts something

    @property
    def height(self) -> float:
        """In inches."""
        return MARGIN + sum(panel.height for panel in self.panels)


def draw_png(chart: Chart) -> "Figure":
    """Render with matplotlib; no global state, so threads may draw at the same time."""
    from matplotlib.figure import Figure  # noqa: PLC0415

    figure = Figure((WIDTH, chart.height), dpi=DPI, layout="constrained")
    figure.suptitle(chart.title, x=0.01, horizontalalignment="left", linespacing=1.4)
    ratios = [panel.height for panel in chart.panels]
    grid = figure.subplots(len(ratios), sharex=True, squeeze=False, height_ratios=ratios)[:, 0]
    for axes, panel in zip(grid, chart.panels, strict=True):
        _set_y(axes, panel)
        for layer in panel.layers:
            _paint(axes, layer)
    _set_x(grid[-1], chart)
    _add_legend(figure, grid)
    return figure


def _set_x(axes: "Axes", chart: Chart) -> None:
    axes.set_xlabel(chart.x_label)
    if chart.x_names:
        crowded = len(chart.x_names) > MOST_LEVEL
        axes.set_xticks(range(len(chart.x_names)), chart.x_names, rotation=90 * crowded)
    else:
        axes.xaxis.set_major_formatter("{x:,.9g}")
        axes.locator_params(axis="x", integer=chart.whole)


def _set_y(axes: "Axes", panel: Panel) -> None:
    axes.set_ylabel(panel.y_label)
    axes.spines[["top", "right"]].set_visible(False)
    if panel.log:
        axes.set_yscale("log", subs=LOG_TICKS)
        axes.yaxis.set_major_formatter("{x:g}")
        axes.yaxis.set_minor_formatter("{x:g}")
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
        case Line() | Points():
            axes.plot(layer.x, layer.y, label=layer.name, color=layer.colour, **_style(layer))
        case Bands(spans, _, colour, lane):
            ranges = [(start, stop - start) for start, stop in spans.tolist()]
            axes.broken_barh(ranges, (lane - 0.4, 0.8), color=colour, linewidth=0.8)
        case Limit(y, name, colour):
            axes.axhline(y, label=name, color=colour, linestyle="dashed", linewidth=1)
        case Heatmap():
            _paint_cells(axes, layer)


def _style(layer: Line | Points) -> dict[str, Any]:
    if isinstance(layer, Line):
        return {
            "linestyle": "dashed" if layer.dashed else "solid",
            "drawstyle": "steps-pre" if layer.steps else "default",
            "linewidth": layer.width,
            "marker": "." if len(layer.x) == 1 else "",  # one point alone makes no line
        }
    ring = layer.mark == "circle-open"
    return {
        "linestyle": "none",
        "marker": MARKERS[layer.mark],
        "markersize": layer.size,
        "markeredgewidth": 1 if ring else 0,
        "fillstyle": "none" if ring else "full",
    }


def _paint_cells(axes: "Axes", cells: Heatmap) -> None:
    from matplotlib.colors import LinearSegmentedColormap  # noqa: PLC0415

    shades = LinearSegmentedColormap.from_list("shades", SHADES)
    image = axes.imshow(cells.shares, shades, aspect="auto", vmin=0, vmax=1)
    for (row, column), share in np.ndenumerate(cells.shares):
        colour = "white" if share > 0.5 else "black"  # noqa: PLR2004
        axes.text(column, row, cells.texts[row][column], color=colour, ha="center", va="center")
    axes.figure.colorbar(image, ax=axes, label=cells.name)


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
    figure.update_xaxes(gridcolor=GRID, tickformat=",~f")
    figure.update_xaxes(title=chart.x_label, **_ticks(chart.x_names), row=count)
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
    return {"tickvals": list(range(len(names))), "ticktext": list(names)} if names else {}


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
        "width": 0.8,
        "marker": {"color": bands.colour, "line": {"color": bands.colour, "width": 1}},
        "hovertext": [f"{bands.name}, {first:,.0f} to {last:,.0f}" for first, last in within],
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
