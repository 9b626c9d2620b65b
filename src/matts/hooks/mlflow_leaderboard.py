"""A leaderboard in MLflow: figures by dataset and detector, mean ranks by detector."""

from collections.abc import Iterable

import mlflow
import pandas as pd

from matts.leaderboard.table import FIGURES, overall

RANKS = ("rank_pr_auc", "rank_vus_pr")


def log_leaderboard(board: pd.DataFrame) -> None:
    """Log each figure that there is, a dataset at a time: MLflow takes a thousand at once."""
    judged = board[board["detector"].notna()]
    mlflow.set_tag("dataset", ", ".join(map(str, judged["dataset"].unique())))
    for dataset, own in judged.groupby("dataset", sort=False):
        mlflow.log_metrics(_figures(own, str(dataset)))
    mlflow.log_metrics(_ranks(overall(judged)))


def _figures(own: pd.DataFrame, dataset: str) -> dict[str, float]:
    return {f"{dataset}.{name}": value for name, value in _known(own, FIGURES).items()}


def _ranks(found: pd.DataFrame) -> dict[str, float]:
    return {f"overall.{name}": value for name, value in _known(found, RANKS).items()}


def _known(table: pd.DataFrame, columns: Iterable[str]) -> dict[str, float]:
    """Each figure that there is, as <detector>.<column>."""
    return {
        f"{row['detector']}.{name}": float(row[name])
        for row in table.to_dict("records")
        for name in columns
        if pd.notna(row[name])
    }
