"""How models of the tabular suite compare: their scores, errors, the best of them, their cost."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from matts.domain import Floats
from matts.evaluate.charts import NO_CHART, Bands, Chart, Heatmap, Layer, Line, Panel, Points
from matts.evaluate.plots import BLUE, GREY, LINE_COLOURS, SKY
from matts.evaluate.tabular import CHOSEN
from matts.evaluate.tabular_choice import lead_of
from matts.tabular.controls import is_told
from matts.tabular.tasks import Task

COMPARED = ("f1", "precision", "recall", "accuracy")
ERRORS = {"r2": "R² (1 is perfect, 0 is the mean)", "rmse": "RMSE (less is better)"}
MEASURED = {"pr_auc": "PR-AUC", "f1_macro": "macro F1", "r2": "R²"}  # by which the best is shown
LANE, ROW = 0.3, 0.7  # inches, of one line and of two
APART = 0.22  # lanes between two dots of one lane


def words(key: str, between: str = "\n") -> str:
    r"""A task's key in words.

    >>> words("remaining_life_60min"), words("anomaly_now", " ")
    ('remaining life\nin 60 min', 'anomaly now')
    """
    task = Task.of(key)
    ahead = f"in {task.horizon} min" if task.horizon else "now"
    return f"{task.name.replace('_', ' ')}{between}{ahead}"


def scores_chart(figures: pd.DataFrame, source: str) -> Chart:
    """F1, precision, recall and accuracy of each model on each task, the best model first."""
    own = _models(figures)
    own = own[own["metric"].isin(COMPARED)]
    if not len(own):
        return NO_CHART
    tasks = [*dict.fromkeys(own["task"])]
    order = [*own[own["metric"] == "f1"].groupby("model")["value"].mean().sort_values().index[::-1]]
    panels = []
    for metric in COMPARED:
        table = own[own["metric"] == metric].pivot_table("value", "model", "task")
        cells = table.reindex(index=order, columns=tasks).to_numpy(np.float64)
        told = "F1" if metric == "f1" else metric
        panel = Panel(told, [_scored(cells, told)], order, height=0.7 + LANE * len(order))
        panels.append(panel)
    title = "Scores of every model on machines held out; of several classes the mean, * the best"
    return Chart(f"{title}\n{source}", "", panels, [words(task) for task in tasks])


def _models(figures: pd.DataFrame) -> pd.DataFrame:
    """Without controls, and without the choice among models."""
    return figures[~figures["control"] & (figures["model"] != CHOSEN)]


def _scored(cells: Floats, name: str) -> Heatmap:
    """Shares with their numbers, a star at the best of each column, as far as it is printed."""
    told = np.round(cells, 2)
    best = told == np.nanmax(np.where(np.isnan(told), -1, told), axis=0)
    texts = [
        [_cell(*each) for each in zip(*row, strict=True)] for row in zip(told, best, strict=True)
    ]
    return Heatmap(cells, texts, name)


def _cell(share: float, best: bool) -> str:  # noqa: FBT001 - of a table
    return "" if np.isnan(share) else f"{share:.2f}{' *' if best else ''}"


def numbers_chart(figures: pd.DataFrame, source: str) -> Chart:
    """R² and RMSE of every model of a number, with intervals, beside controls."""
    own = figures[figures["metric"].isin(ERRORS)]
    if not len(own):
        return NO_CHART
    ranks = own[own["metric"] == "r2"].groupby(["control", "model"])["value"].max().reset_index()
    ranks = ranks.sort_values(["control", "value"], ascending=[True, False], ignore_index=True)
    lanes = {model: place for place, model in enumerate(ranks["model"])}
    names = [f"{m} (control)" * c or m for m, c in zip(ranks["model"], ranks["control"])]  # noqa: B905
    panels = [
        Panel(
            "",
            _by_task(own[own["metric"] == metric], lanes),
            names,
            height=1 + LANE * len(names),
            x_label=label,
        )
        for metric, label in ERRORS.items()
    ]
    return Chart(
        f"Remaining life foreseen on machines held out, 95 % intervals\n{source}", "", panels
    )


def _by_task(figures: pd.DataFrame, lanes: Mapping[str, int]) -> list[Layer]:
    """A colour a task, a lane a model."""
    layers: list[Layer] = []
    tasks = [*dict.fromkeys(figures["task"])]
    for place, task in enumerate(tasks):
        own = figures[figures["task"] == task]
        at = own["model"].map(lanes).to_numpy(np.float64) + _beside(place, len(tasks))
        layers += dots(own, at, words(task, " "), LINE_COLOURS[place % len(LINE_COLOURS)])
    return layers


def _beside(place: int, count: int) -> float:
    """Off the middle of the lane, so that none covers another."""
    return APART * (place - (count - 1) / 2)


def dots(figures: pd.DataFrame, lanes: Floats, name: str, colour: str) -> list[Layer]:
    """Values [N] in their lanes, each with its interval where it has one."""
    gaps = np.full(len(figures), np.nan)
    spans = np.column_stack([figures["low"], figures["high"], gaps]).ravel()
    heights = np.column_stack([lanes, lanes, gaps]).ravel()
    return [
        Line(spans, heights, name, colour, width=1.2),
        Points(figures["value"].to_numpy(np.float64), lanes, name, colour, size=6),
    ]


def best_chart(figures: pd.DataFrame, best: Mapping[str, pd.DataFrame], source: str) -> Chart:
    """The best model of each task beside the best fair control, by the figure that judges it."""
    layers: list[Layer] = []
    names = []
    for lane, (task, answers) in enumerate(best.items()):
        model = str(answers["model"].iloc[0])
        lead = lead_of(sum(str(column).startswith("p/") for column in answers))
        own = figures[(figures["task"] == task) & (figures["metric"] == lead)]
        own = own[[not is_told(name, Task.of(task)) for name in own["model"]]]
        names.append(f"{words(task, ' ')}\n{model}, {MEASURED[lead]}")
        layers += _in_lane(own, model, lane)
    if not layers:
        return NO_CHART
    panel = Panel("", layers, names, height=0.6 + ROW * len(names))
    title = "The best model of each task, 95 % intervals by machine"
    return Chart(f"{title}\n{source}", "of 1, which is perfect", (panel,))


def _in_lane(own: pd.DataFrame, model: str, lane: int) -> list[Layer]:
    """The best model of a task, what choosing it is worth, and the best control."""
    shown = (
        (own[own["model"] == model], "best model", BLUE),
        (own[own["model"] == CHOSEN], "chosen by the other folds", SKY),
        (own[own["control"]].nlargest(1, "value"), "best control", GREY),
    )
    layers: list[Layer] = []
    for place, (found, name, colour) in enumerate(shown):
        at = np.full(len(found), lane + _beside(place, len(shown)))
        layers += dots(found, at, name, colour) if len(found) else []
    return layers


def cost_chart(figures: pd.DataFrame, source: str) -> Chart:
    """CPU seconds of each model over all of its tasks, the dearest first."""
    own = _models(figures)
    own = own[own["metric"] == "cpu_seconds"]
    if not len(own):
        return NO_CHART
    sums = own.groupby("model")["value"].agg(["sum", "count"]).sort_values("sum", ascending=False)
    spent = sums["sum"].to_numpy(np.float64)
    bars = [
        Bands(np.array([[0.0, value]]), f"{model}: {value:,.1f} s", BLUE, lane=float(lane))
        for lane, (model, value) in enumerate(zip(sums.index, spent, strict=True))
    ]
    names = [
        f"{model} ({value:,.1f} s, {count} task{'s' * (count > 1)})"
        for model, value, count in zip(sums.index, spent, sums["count"], strict=True)
    ]
    panel = Panel("", bars, names, height=0.5 + LANE * len(names))
    title = f"What training cost: {spent.sum():,.1f} CPU seconds in all, every fold"
    return Chart(f"{title}\n{source}", "CPU seconds", (panel,))
