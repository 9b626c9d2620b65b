from io import StringIO
from typing import Any

import numpy as np
import pandas as pd
import pytest

from matts.evaluate.charts import Heatmap
from matts.leaderboard.page import draw_board, write_grid, write_overall, write_page
from matts.leaderboard.table import FIGURES, overall, table_of


def cell(
    dataset: str, detector: str, pr_auc: float | None, seed: int = 0, **more: Any
) -> dict[str, Any]:
    names = [name for kind, name, _ in FIGURES.values() if kind == "metrics"]
    metrics: dict[str, float | None] = dict.fromkeys(names, 0.5)
    metrics |= {"pr_auc": pr_auc, "vus_pr": pr_auc, "false_alarm_rate": 0.1, **more}
    cost = {"training_seconds": 1.0 + seed, "ms_per_window": 0.5, "parameters": 7}
    own = {"dataset": dataset, "detector": detector, "seed": seed, "readings": "real"}
    return {**own, "problem": None, "metrics": metrics, "cost": cost}


def problem(dataset: str, detector: str) -> dict[str, Any]:
    return {**cell(dataset, detector, None), "problem": "it has no fault to learn from"}


CELLS = [
    cell("skab", "random", 0.3),
    cell("skab", "pca", 0.8, 0),
    cell("skab", "pca", 0.9, 1),
    cell("skab", "vae", 0.6),
    cell("tep", "random", 0.2),
    cell("tep", "pca", 0.5),
    problem("tep", "vae"),
]


@pytest.fixture
def board() -> pd.DataFrame:
    return table_of(CELLS, {"pump": "pump.csv is needed"})


def test_seeds_become_mean_and_interval(board: pd.DataFrame) -> None:
    row = board[(board["dataset"] == "skab") & (board["detector"] == "pca")].iloc[0]
    assert row["seeds"] == 2
    assert row["pr_auc"] == pytest.approx(0.85)
    assert row["pr_auc_high"] - row["pr_auc"] == pytest.approx(
        12.706 * 0.05, rel=1e-3
    )  # Student's t
    assert row["pr_auc"] - row["pr_auc_low"] == pytest.approx(12.706 * 0.05, rel=1e-3)
    assert row["far_percent"] == pytest.approx(10)
    assert row["seconds_to_train"] == pytest.approx(1.5)


def test_the_best_of_each_dataset_comes_first(board: pd.DataFrame) -> None:
    rows = [
        (row.dataset, row.detector) for row in board.itertuples() if isinstance(row.detector, str)
    ]
    skab = [("skab", name) for name in ("pca", "vae", "random")]
    assert rows == [*skab, ("tep", "pca"), ("tep", "random"), ("tep", "vae")]
    assert board["control"].tolist()[:3] == [False, False, True]
    assert board.iloc[-1][["dataset", "problem"]].tolist() == ["pump", "pump.csv is needed"]


def test_ranks_are_means_over_datasets(board: pd.DataFrame) -> None:
    found = overall(board).set_index("detector")
    assert found["rank_pr_auc"].to_dict() == {"pca": 1.0, "random": 2.5, "vae": 2.5}
    assert found["sets"].to_dict() == {"pca": 2, "random": 2, "vae": 1}
    assert found.loc["pca", "pr_auc"] == pytest.approx((0.85 + 0.5) / 2)
    assert found["control"].to_dict() == {"pca": False, "random": True, "vae": False}


def test_equal_figures_share_their_ranks() -> None:
    found = overall(table_of([cell("a", name, 0.5) for name in ("x", "y", "z")], {}))
    assert found["rank_pr_auc"].tolist() == [2.0, 2.0, 2.0]


def test_a_dataset_without_faults_ranks_nobody() -> None:
    cells = [*CELLS, cell("quiet", "pca", None), cell("quiet", "vae", None)]
    board = table_of(cells, {})
    assert overall(board).set_index("detector").loc["pca", "rank_pr_auc"] == 1.0
    none = table_of([cell("quiet", "pca", None)], {})
    assert "No dataset has faults to judge by." in write_overall(none)


def test_the_page_says_all(board: pd.DataFrame) -> None:
    page = write_page(board)
    assert page.index("mean rank") < page.index("## skab") < page.index("## tep")
    assert "random (control)" in page
    assert "pump is left out: pump.csv is needed" in page
    assert "- vae: it has no fault to learn from" in page
    assert "0.850 ± 0.635" in page
    assert "Real readings." in page


def test_the_grid_has_every_detector_on_every_dataset(board: pd.DataFrame) -> None:
    rows = [line.split("|")[1:-1] for line in write_grid(board).splitlines()]
    cells = [[cell.strip() for cell in row] for row in rows]
    assert cells[0] == ["PR-AUC", "skab", "tep"]
    assert cells[2:] == [
        ["pca", "0.850", "0.500"],
        ["random (control)", "0.300", "0.200"],
        ["vae", "0.600", "-"],
    ]


def test_a_table_read_back_says_the_same(board: pd.DataFrame) -> None:
    text = board.to_csv(index=False)
    assert write_page(pd.read_csv(StringIO(text))) == write_page(board)


def test_the_heat_map_has_a_gap_where_nothing_is(board: pd.DataFrame) -> None:
    chart = draw_board(board)
    (panel,) = chart.panels
    (heat,) = panel.layers
    assert isinstance(heat, Heatmap)
    assert (panel.y_names, chart.x_names) == (["pca", "random", "vae"], ["skab", "tep"])
    assert heat.shares[0] == pytest.approx([0.85, 0.5])
    assert np.isnan(heat.shares[2, 1])
    assert heat.texts == [["0.85", "0.50"], ["0.30", "0.20"], ["0.60", ""]]
