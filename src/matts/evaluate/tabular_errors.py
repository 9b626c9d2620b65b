"""How far off the best models of the tabular suite are: machine by machine, life by life."""

import numpy as np
import pandas as pd

from matts.domain import Bools, Floats
from matts.evaluate.charts import NO_CHART, Chart, Heatmap, Layer, Line, Panel, Points
from matts.evaluate.plots import BLUE, GREY, ORANGE, SKY
from matts.evaluate.tabular_answers import Best, is_class, model_of
from matts.evaluate.tabular_scores import words
from matts.formats import number

MOST_MACHINES = 60  # that can be told apart
STEPS = 20  # of true life
SHOWN = 1500  # points of a cloud
MIDDLE = (10, 50, 90)  # per cent: a band that holds 80 %


def machines_chart(best: Best, source: str) -> Chart:
    """Where the best models err: the error of each machine beside the worst one's."""
    if not best:
        return NO_CHART
    errors = pd.DataFrame({task: _errors(answers) for task, answers in best.items()})
    shares = errors / errors.max().clip(lower=1e-12)
    order = shares.mean(axis=1).sort_values(ascending=False).index[:MOST_MACHINES]
    names = [
        f"{words(task, ' ')} (worst {_worst(float(errors[task].max()), answers)})"
        for task, answers in best.items()
    ]
    cells = Heatmap(shares.loc[order].to_numpy().T, (), "of the worst machine's error")
    panel = Panel("", [cells], names, height=0.8 + 0.4 * len(names))
    title = "Error of each machine: rows wrongly answered, or mean absolute error; worst first"
    return Chart(f"{title}\n{source}", "machine", (panel,), [str(each) for each in order])


def _errors(answers: pd.DataFrame) -> pd.Series:
    """Of each machine: the share of wrong classes, or the mean absolute error."""
    if is_class(answers):
        off = (answers["truth"] != answers["predicted"]).astype(float)
    else:
        off = (answers["truth"] - answers["predicted"]).abs()
    return off.groupby(answers["machine"]).mean()


def _worst(error: float, answers: pd.DataFrame) -> str:
    return f"{error:.1%}" if is_class(answers) else number(error)


def life_chart(best: Best, source: str) -> Chart:
    """Remaining life foreseen against true: some rows, and where 80 % of all lie."""
    numbers = {task: each for task, each in best.items() if not is_class(each)}
    panels = [_life(task, answers) for task, answers in numbers.items()]
    title = "Remaining life foreseen on machines held out"
    return Chart(f"{title}\n{source}", "true remaining life", panels) if panels else NO_CHART


def _life(task: str, answers: pd.DataFrame) -> Panel:
    true, told = (answers[c].to_numpy(np.float64) for c in ("truth", "predicted"))
    some = np.linspace(0, len(true) - 1, min(SHOWN, len(true))).astype(np.int64)
    places, low, middle, high = _band(true, told)
    ends = np.array([true.min(), true.max()])
    layers: list[Layer] = [
        Points(true[some], told[some], "some readings", GREY, size=2),
        Line(ends, ends, "as in truth", ORANGE, dashed=True),
        Line(places, low, "80 % lie between", SKY, width=2.0),
        Line(places, high, "80 % lie between", SKY, width=2.0),
        Line(places, middle, "median foreseen", BLUE, width=2.2),
    ]
    return Panel(f"{words(task, ' ')}, {model_of(answers)}", layers, height=4.2)


def _band(true: Floats, told: Floats) -> tuple[Floats, Floats, Floats, Floats]:
    """Mean truth of each step of equally many rows, and the middle of what was foreseen there."""
    order = np.array_split(np.argsort(true, kind="stable"), min(STEPS, len(true)))
    places = np.array([true[each].mean() for each in order])
    low, middle, high = np.array([np.percentile(told[each], MIDDLE) for each in order]).T
    new: Bools = np.r_[True, np.diff(places) > 0]
    return places[new], low[new], middle[new], high[new]
