"""What models of the tabular suite look at: how sensors lie, and which columns matter."""

import numpy as np
import pandas as pd

from matts.domain import Bools, Floats
from matts.evaluate.charts import NO_CHART, Chart, Heatmap, Layer, Line, Panel
from matts.evaluate.plots import BLACK, FAULT_COLOURS, GREY
from matts.evaluate.tabular_scores import LANE, words
from matts.tabular.rows import Rows
from matts.tabular.tasks import notes, state_of

MOST_SENSORS = 12  # that are drawn
CELLS, TAIL = 40, 0.1  # of a histogram, and per cent beyond its ends
TOP, MOST = 5, 24  # columns of each task, and of all

TELLS = {
    "permutation": "score lost by shuffling a group (PR-AUC, macro F1, R²; less than none is 0)",
    "shap": "share of mean |SHAP| of a column, tree models",
}


def importance_chart(importance: pd.DataFrame, source: str) -> Chart:
    """What every task's best model loses without a group of columns, and what trees lean on."""
    panels = [
        _importance(importance[importance["method"] == method], method)
        for method in TELLS
        if len(importance) and (importance["method"] == method).any()
    ]
    title = "What the best models look at, on machines held out"
    return Chart(f"{title}\n{source}", "", panels) if panels else NO_CHART


def _importance(found: pd.DataFrame, method: str) -> Panel:
    """Rows by their largest value, a column a task."""
    table = found.pivot_table(index="what", columns="task", values="value")
    tasks = [*dict.fromkeys(found["task"])]
    tops = {name for task in tasks for name in table[task].nlargest(TOP).index}
    kept = [*table.max(axis=1).sort_values(ascending=False).index]
    if method == "shap":
        kept = [name for name in kept if name in tops][:MOST]
    values = table.reindex(index=kept, columns=tasks).to_numpy(np.float64)
    texts = [["" if np.isnan(v) else f"{max(v, 0):.2f}" for v in row] for row in values]
    shades = np.clip(values, 0, None) / max(float(np.nanmax(values)), 1e-12)
    cells = Heatmap(shades, texts, "of the largest")
    names = [words(task) for task in tasks]
    height = 0.9 + LANE * len(kept)
    return Panel("", [cells], kept, height=height, x_label=TELLS[method], x_names=names)


def distributions_chart(rows: Rows, source: str) -> Chart:
    """How the readings of each sensor lie: without an anomaly, with one, and with each fault."""
    sides = _sides(rows)
    if not sides:
        return NO_CHART
    shown = rows.measured[:MOST_SENSORS]
    values = rows.values[:, [rows.sensors.index(name) for name in shown]]  # noqa: PD011
    panels = [_histograms(values[:, k], name, sides) for k, name in enumerate(shown)]
    title = "How the readings of each sensor lie, by label (each filled to 100 %)"
    return Chart(f"{title}\n{source}", "", panels)


def _sides(rows: Rows) -> dict[str, tuple[Bools, str, bool]]:
    """Which rows are drawn together, in which colour, and if dashed."""
    if not notes(rows, "anomaly"):
        return {}
    state = state_of(rows, "anomaly")
    found = {
        "no anomaly": (state == 0, GREY, False),
        "anomaly": (state == 1, BLACK, False),
    }
    for k, name in enumerate(rows.fault_names[: len(FAULT_COLOURS)]):
        found[name] = (rows.faults[:, k], FAULT_COLOURS[k], True)
    counted = {f"{name} ({each[0].sum():,})": each for name, each in found.items()}
    return {name: each for name, each in counted.items() if each[0].any()}


def _histograms(values: Floats, sensor: str, sides: dict[str, tuple[Bools, str, bool]]) -> Panel:
    known = values[~np.isnan(values)]
    low, high = np.percentile(known, (TAIL, 100 - TAIL)) if len(known) else (0.0, 1.0)
    edges = np.linspace(low, max(high, low + 1e-9), CELLS + 1)
    layers: list[Layer] = []
    for name, (own, colour, dashed) in sides.items():
        counts, _ = np.histogram(values[own & ~np.isnan(values)], edges)
        share = np.r_[0.0, 100 * counts / max(counts.sum(), 1)]
        layers.append(Line(edges, share, name, colour, dashed, steps=True, width=1.3))
    return Panel("% of rows", layers, height=1.9, x_label=sensor)
