"""Chosen detectors on chosen datasets: windows of each, a cell each, one table."""

from typing import Any

import pandas as pd

from matts.evaluate.charts import Chart
from matts.leaderboard import board, page, table
from matts.leaderboard.arenas import Arenas, open_arenas
from matts.leaderboard.settings import LeaderboardSettings

Tree = dict[str, Any]


def open_datasets(parameters: dict[str, Tree]) -> Arenas:
    """The windows of every dataset that is there."""
    return open_arenas(parameters)


def fill_cells(arenas: Arenas, settings: LeaderboardSettings, workers: int) -> list[Tree]:
    """Every cell, kept and new."""
    return board.fill(arenas, settings, workers)


def sum_up(cells: list[Tree], arenas: Arenas) -> tuple[pd.DataFrame, str, Chart]:
    """The table, the page and the picture."""
    found = table.table_of(cells, arenas.left_out)
    return found, page.write_page(found), page.draw_board(found)
