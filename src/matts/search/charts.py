"""The charts of a search: how it went, and where in the space the good trials lie."""

from collections.abc import Sequence

import numpy as np

from matts.evaluate.charts import Chart, Layer, Limit, Line, Mark, Panel, Points
from matts.evaluate.plots import BLACK, BLUE, GREY, ORANGE, VERMILLION
from matts.search.space import Axis
from matts.search.trial import Trial

GOOD = 0.75  # from this quantile on, a trial is drawn as a good one
MARKS: tuple[tuple[str, str, Mark], ...] = (
    ("complete", BLUE, "circle"),
    ("pruned", GREY, "x"),
    ("failed", VERMILLION, "square"),
)


def history(trials: Sequence[Trial], source: str) -> Chart:
    """The figure of each trial, the best so far, and the preset."""
    layers: list[Layer] = [
        _points([each for each in trials if each.state == state], state, colour, mark)
        for state, colour, mark in MARKS
    ]
    reached = np.array([-np.inf if each.value is None else each.value for each in trials])
    best = np.maximum.accumulate(reached)
    best[np.isinf(best)] = np.nan
    layers.append(Line(np.array([each.number for each in trials]), best, "best so far", ORANGE))
    if trials[0].value is not None:
        layers.append(Limit(trials[0].value, f"preset {trials[0].value:.3f}"))
    panel = Panel("validation PR-AUC (optimistic for the best)", layers)
    return Chart(f"Search\n{source}", "trial", (panel,), whole=True)


def _points(trials: Sequence[Trial], state: str, colour: str, mark: Mark) -> Points:
    """The trials of one state at the best figure that they reached, failed ones at 0."""
    numbers = np.array([each.number for each in trials], np.int64)
    figures = np.array([max(each.figures, default=0.0) for each in trials], np.float64)
    return Points(numbers, figures, f"{state} ({len(trials)})", colour, mark)


def coordinates(trials: Sequence[Trial], axes: dict[str, Axis], source: str) -> Chart:
    """One line a complete trial through its settings: grey, good ones blue, the best black."""
    complete = sorted((each for each in trials if each.value is not None), key=_value)
    limit = np.quantile([_value(each) for each in complete], GOOD)
    layers: list[Layer] = []
    for trial in complete:
        name, colour, width = f"best: trial {trial.number}", BLACK, 2.4
        if trial is not complete[-1]:
            good = _value(trial) >= limit
            name, colour = ("best quarter", BLUE) if good else ("other complete trials", GREY)
            width = 1.2 if good else 0.7
        heights = np.array([place_of(trial.chosen[path], axes[path]) for path in axes])
        layers.append(Line(np.arange(len(axes)), heights, name, colour, width=width))
    panel = Panel("place between low (0) and high (1)", layers, y_range=(-0.05, 1.05), height=5)
    names = [f"{path.split('.')[-1]}\n{_limits(axis)}" for path, axis in axes.items()]
    return Chart(f"Where good trials lie\n{source}", "setting", (panel,), names)


def _value(trial: Trial) -> float:
    return -np.inf if trial.value is None else trial.value


def _limits(axis: Axis) -> str:
    low, high = ends_of(axis)
    return f"{low:g} to {high:g}"


def ends_of(axis: Axis) -> tuple[float, float]:
    """The lowest and the highest value."""
    if axis.low is None or axis.high is None:
        return min(axis.among), max(axis.among)
    return axis.low, axis.high


def place_of(value: float, axis: Axis) -> float:
    """Where on its axis a value lies, from 0 to 1; in the logarithm where the axis is in it.

    >>> place_of(0.01, Axis(low=0.001, high=0.1, log=True)), place_of(2, Axis(among=[1, 2, 4]))
    (0.5, 0.5)
    """
    low, high = ends_of(axis)
    if axis.among:
        return float(np.interp(value, sorted(axis.among), np.linspace(0, 1, len(axis.among))))
    if axis.log:
        low, high, value = np.log([low, high, value])
    return float(np.clip((value - low) / (high - low), 0, 1))
