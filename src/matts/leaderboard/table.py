"""The cells as one table: a row a detector and dataset, mean and interval over its seeds."""

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from matts.evaluate.intervals import summarise_seeds
from matts.leaderboard.settings import ALWAYS

Tree = dict[str, Any]

FIGURES = {  # a column: where a cell has it, and its unit
    "pr_auc": ("metrics", "pr_auc", 1),
    "vus_pr": ("metrics", "vus_pr", 1),
    "roc_auc": ("metrics", "roc_auc", 1),
    "f1": ("metrics", "f1", 1),
    "precision": ("metrics", "precision", 1),
    "recall": ("metrics", "recall", 1),
    "far_percent": ("metrics", "false_alarm_rate", 100),
    "mar_percent": ("metrics", "missed_alarm_rate", 100),
    "event_recall": ("metrics", "event_recall", 1),
    "event_precision": ("metrics", "event_precision", 1),
    "delay": ("metrics", "delay_median", 1),
    "false_alarms_per_1000": ("metrics", "false_alarms_per_1000", 1),
    "seconds_to_train": ("cost", "training_seconds", 1),
    "ms_per_window": ("cost", "ms_per_window", 1),
    "parameters": ("cost", "parameters", 1),
}
RANKED = ("pr_auc", "vus_pr")  # what a place in the table is given for
SUMMARIES = {"": "mean", "_low": "low", "_high": "high"}  # of each figure, by the column's ending


def table_of(cells: Sequence[Tree], left_out: Mapping[str, str]) -> pd.DataFrame:
    """One row a detector and dataset, the best PR-AUC of each first; then what was left out."""
    keyed: dict[tuple[str, str], list[Tree]] = {}
    for cell in cells:
        keyed.setdefault((cell["dataset"], cell["detector"]), []).append(cell)
    rows = [_row(*key, own) for key, own in keyed.items()]
    rows += [{"dataset": name, "problem": why} for name, why in left_out.items()]
    columns = ["dataset", "readings", "detector", "control", "seeds"]
    columns += [name + end for name in FIGURES for end in SUMMARIES] + ["problem"]
    table = pd.DataFrame(rows, columns=columns)
    order = {name: place for place, name in enumerate(table["dataset"].unique())}
    places = table["dataset"].map(order)
    return (
        table.assign(place=places)
        .sort_values(["place", "pr_auc", "vus_pr"], ascending=[True, False, False], kind="stable")
        .drop(columns="place")
        .reset_index(drop=True)
    )


def _row(dataset: str, detector: str, cells: Sequence[Tree]) -> Tree:
    """What all seeds of a detector come to; a problem of one is a problem of all."""
    problems = [cell["problem"] for cell in cells if cell["problem"]]
    row: Tree = {
        "dataset": dataset,
        "readings": cells[0]["readings"],
        "detector": detector,
        "control": detector in ALWAYS,
        "seeds": len(cells),
        "problem": problems[0] if problems else None,
    }
    for name, (kind, figure, unit) in FIGURES.items():
        known = [] if problems else [cell[kind][figure] for cell in cells]
        summary = summarise_seeds([None if each is None else unit * each for each in known])
        row |= {name + end: summary[which] for end, which in SUMMARIES.items()}
    return row


def overall(table: pd.DataFrame) -> pd.DataFrame:
    """One row a detector: its mean rank and mean figure over the datasets that have faults to find.

    Equal figures share their ranks; a detector that a dataset has no figure of is last there.
    """
    judged = table[table["detector"].notna()]
    able = judged.groupby("dataset")["pr_auc"].transform("count") > 0
    judged = judged[able].assign(pr_auc=judged["pr_auc"].astype(float))
    ranks = judged.groupby("dataset")[list(RANKED)].rank(
        ascending=False, method="average", na_option="bottom"
    )
    ranked = judged.assign(**{f"rank_{name}": ranks[name] for name in RANKED})
    means = ranked.groupby("detector", sort=False)[[f"rank_{n}" for n in RANKED] + list(RANKED)]
    found = means.mean().reset_index()
    sets = ranked.groupby("detector")["pr_auc"].count()
    found = found.assign(sets=found["detector"].map(sets), control=found["detector"].isin(ALWAYS))
    order = ["detector", "control", "sets", *(f"rank_{name}" for name in RANKED), *RANKED]
    return found[order].sort_values(["rank_pr_auc", "rank_vus_pr", "detector"], ignore_index=True)
