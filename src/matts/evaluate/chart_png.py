"""Charts as pictures, by matplotlib."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import numpy as np

from matts.evaluate.charts import (
    DPI,
    GRID,
    LOG_TICKS,
    MARKERS,
    MOST_LEVEL,
    SHADES,
    WIDTH,
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
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


DARK = 0.85  # a share whose shade is read better behind white than behind black


def draw_png(chart: Chart) -> "Figure":
    """Render with matplotlib; no global state, so threads may draw at the same time."""
    from matplotlib.figure import Figure  # noqa: PLC0415

    figure = Figure((WIDTH, chart.height), dpi=DPI, layout="constrained")
    figure.suptitle(chart.title, x=0.01, horizontalalignment="left", linespacing=1.4)
    ratios = [panel.height for panel in chart.panels]
    grid = figure.subplots(len(ratios), sharex=chart.shares_x, squeeze=False, height_ratios=ratios)[
        :, 0
    ]
    for axes, panel in zip(grid, chart.panels, strict=True):
        _set_y(axes, panel)
        for layer in panel.layers:
            _paint(axes, layer)
        _set_x(axes, chart, panel)
    _add_legend(figure, grid)
    return figure


def _set_x(axes: "Axes", chart: Chart, panel: Panel) -> None:
    label, names = chart.x_of(panel)
    axes.set_xlabel(label)
    if chart.shares_x and panel is not chart.panels[-1]:
        return
    if names:
        named = {place: name for place, name in enumerate(names) if name}
        crowded = len(named) > MOST_LEVEL
        axes.set_xticks([*named], [*named.values()], rotation=90 * crowded)
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
        case Bands(spans, _, colour, lane, height):
            ranges = [(start, stop - start) for start, stop in spans.tolist()]
            bottom = lane - height / 2
            axes.broken_barh(ranges, (bottom, height), color=colour, linewidth=0.8)
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
    for (row, column), share in np.ndenumerate(cells.shares) if cells.texts else ():
        colour = "white" if share > DARK else "black"
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
