"""The table for people: a page of Markdown, and a heat map."""

import math
from typing import Any

import numpy as np
import pandas as pd

from matts.evaluate.charts import Chart, Heatmap, Panel
from matts.formats import number, table
from matts.leaderboard.settings import ALWAYS
from matts.leaderboard.table import FIGURES, overall

HEADINGS = {
    "pr_auc": "PR-AUC",
    "vus_pr": "VUS-PR",
    "roc_auc": "ROC-AUC",
    "f1": "F1",
    "precision": "precision",
    "recall": "recall",
    "far_percent": "FAR %",
    "mar_percent": "MAR %",
    "event_recall": "event recall",
    "event_precision": "event precision",
    "delay": "delay",
    "false_alarms_per_1000": "false alarms / 1,000",
    "seconds_to_train": "s to train",
    "ms_per_window": "ms a window",
    "parameters": "parameters",
}
READINGS = {"real": "real readings", "simulated": "simulated readings"}
CONTROL = " (control)"
EXPLAINED = (
    "Mean over the seeds ± half of its 95 % interval, where there are several; the test part "
    "alone. FAR and MAR: share of healthy readings alerted, of faulty ones not. Delay in readings, "
    "median of the events found. Seconds and milliseconds are of a core that others may share."
)


def write_page(board: pd.DataFrame) -> str:
    """The whole page: who is first over all datasets, then each of them."""
    parts = ["# Leaderboard", write_overall(board), write_grid(board)]
    for name, own in board.groupby("dataset", sort=False):
        parts += [f"## {name}", _section(own)]
    return "\n\n".join([*parts, EXPLAINED]) + "\n"


def write_overall(board: pd.DataFrame) -> str:
    """Mean ranks over the datasets, the best first, and which datasets were left out."""
    out = board[board["detector"].isna()]
    said = [
        f"{name} is left out: {why}" for name, why in zip(out.dataset, out.problem, strict=True)
    ]
    found = overall(board)
    if not len(found):
        return "\n\n".join(["No dataset has faults to judge by.", *said])
    rows = [
        [_marked(row), f"{row['sets']}", f"{row['rank_pr_auc']:.1f}", f"{row['rank_vus_pr']:.1f}"]
        + [number(_known(row[name])) for name in ("pr_auc", "vus_pr")]
        for row in found.to_dict("records")
    ]
    headings = ["detector", "datasets", "mean rank, PR-AUC", "mean rank, VUS-PR"]
    headings += ["mean PR-AUC", "mean VUS-PR"]
    return "\n\n".join([table(headings, rows), *said])


def write_grid(board: pd.DataFrame) -> str:
    """PR-AUC of each detector on each dataset."""
    grid = grid_of(board)
    rows = [
        [_marked({"detector": name, "control": name in ALWAYS})]
        + [number(_known(figure)) for figure in figures]
        for name, figures in zip(grid.index, grid.to_numpy(), strict=True)
    ]
    return table(["PR-AUC", *map(str, grid.columns)], rows)


def draw_board(board: pd.DataFrame) -> Chart:
    """The same as a heat map, with a gap where there is no figure."""
    grid = grid_of(board)
    shares, names = grid.to_numpy(np.float64), [str(name) for name in grid.index]
    texts = [["" if math.isnan(each) else f"{each:.2f}" for each in row] for row in shares]
    height = 1 + 0.35 * len(names)
    panel = Panel("detector", (Heatmap(shares, texts, "PR-AUC"),), names, height=height)
    title = "Detectors on datasets\nPR-AUC of the test part, mean of the seeds"
    return Chart(title, "dataset", (panel,), [str(name) for name in grid.columns])


def grid_of(board: pd.DataFrame) -> pd.DataFrame:
    """PR-AUC by detector, the best over all on top, and by dataset."""
    judged = board[board["detector"].notna()]
    detectors = list(overall(board)["detector"]) or list(judged["detector"].unique())
    figures = judged.assign(pr_auc=judged["pr_auc"].astype(float))
    grid = figures.pivot_table("pr_auc", "detector", "dataset", dropna=False)
    return grid.reindex(index=detectors, columns=list(judged["dataset"].unique()))


def _section(own: pd.DataFrame) -> str:
    """One dataset: the figures of each detector, the best first."""
    if own["detector"].isna().all():
        return f"Left out: {own['problem'].iloc[0]}."
    rows = [
        [_marked(row), f"{row['seeds']:.0f}", *(_figure(row, name) for name in HEADINGS)]
        for row in own.to_dict("records")
    ]
    problems = own[own["problem"].notna()]
    said = [
        f"- {name}: {why}" for name, why in zip(problems.detector, problems.problem, strict=True)
    ]
    said = ["Without figures, and why:", "\n".join(said)] if said else []
    origin = READINGS.get(own["readings"].iloc[0], "")
    return "\n\n".join(
        [f"{origin.capitalize()}.", table(["detector", "seeds", *HEADINGS.values()], rows), *said]
    )


def _marked(row: dict[Any, Any]) -> str:
    return str(row["detector"]) + CONTROL * bool(row["control"])


def _figure(row: dict[Any, Any], name: str) -> str:
    """A mean, and how far it may be off; of what it costs the mean alone."""
    mean, high = _known(row[name]), _known(row[f"{name}_high"])
    if mean is None or high is None or FIGURES[name][0] == "cost":
        return number(mean)
    return f"{number(mean)} ± {number(high - mean)}"


def _known(value: Any) -> float | None:
    return None if value is None or pd.isna(value) else float(value)
