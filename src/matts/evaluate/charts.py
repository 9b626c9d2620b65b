"""What a chart is: drawn once as plain data, rendered twice, so that PNG and Plotly agree."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, get_args

from matts.domain import Floats, Ints

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
    lane: float
    height: float = 0.8  # in lanes


@dataclass(frozen=True)
class Limit:
    """A horizontal line over the whole width."""

    y: float
    name: str
    colour: str = "#000000"


@dataclass(frozen=True)
class Heatmap:
    """Cells coloured by a share, with a text in each if there are texts."""

    shares: Floats  # [R, C], 0 to 1; NaN leaves a gap
    texts: Sequence[Sequence[str]]  # [R, C], or none
    name: str  # what the share is of


Layer = Line | Points | Bands | Limit | Heatmap


@dataclass(frozen=True)
class Panel:
    """Layers on common axes, the last on top; named rows count from 0 downwards.

    With an `x_label` it has an x of its own, as it has where its x counts another thing.
    """

    y_label: str
    layers: Sequence[Layer]
    y_names: Sequence[str] = ()
    y_range: tuple[float, float] | None = None
    log: bool = False
    height: float = 4.0  # inches
    x_label: str = ""  # none: that of the chart
    x_names: Sequence[str] = ()  # of its own x


@dataclass(frozen=True)
class Chart:
    """Panels below one another over a common x; names that return share one legend entry.

    Where a panel has an x of its own, all have.
    """

    title: str
    x_label: str
    panels: Sequence[Panel]
    x_names: Sequence[str] = ()
    whole: bool = False  # x counts something

    @property
    def height(self) -> float:
        """In inches."""
        return MARGIN + sum(panel.height for panel in self.panels)

    @property
    def shares_x(self) -> bool:
        """Whether the panels have one x."""
        return not any(panel.x_label for panel in self.panels)

    def x_of(self, panel: Panel) -> tuple[str, Sequence[str]]:
        """The label of a panel's x, and the names on it; none where it shares the last one's."""
        if panel.x_label:
            return panel.x_label, panel.x_names
        own = not self.shares_x or panel is self.panels[-1]
        return (self.x_label, self.x_names) if own else ("", ())


NO_CHART = Chart("", "", ())  # there is nothing to draw: no picture is written
