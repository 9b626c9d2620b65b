"""Fill the table: what is done is read, what is missing is done and written at once."""

import json
import logging
import time
from functools import partial
from pathlib import Path
from typing import Any

from matts.files import replacing
from matts.leaderboard.arenas import Arenas
from matts.leaderboard.cells import Cell, cells_of, run_cell
from matts.leaderboard.settings import LeaderboardSettings
from matts.parallel import run_all
from matts.training import pick_device

log = logging.getLogger(__name__)

Tree = dict[str, Any]


def fill(arenas: Arenas, settings: LeaderboardSettings, workers: int) -> list[Tree]:
    """What came of every cell: of those that are there already, and of those that were missing.

    A cell is a file of its own, named by the digest of all that decides it; so a run that was
    killed goes on behind what it finished, and only what changed is done again.
    """
    folder = Path(settings.storage)
    plan = [
        cell
        for name, arena in arenas.ready.items()
        for detector in settings.entrants
        if detector not in arena.recipe.without
        for cell in cells_of(name, arena, detector, settings.seeds)
    ]
    there = {cell.key: found for cell in plan if (found := read_cell(folder, cell))}
    missing = [*{cell.key: cell for cell in plan if cell.key not in there}.values()]
    log.info("leaderboard: %d of %d cells are there", len(there), len(plan))
    keep = partial(_keep, folder, missing, time.perf_counter(), there)
    shared = any(pick_device(a.recipe.training.device).type != "cpu" for a in arenas.ready.values())
    run_all(partial(run_cell, arenas.ready), missing, 1 if shared else workers, "cells", keep)
    return [_named(there[cell.key], cell, arenas) for cell in plan] + _left_out(arenas, settings)


def _left_out(arenas: Arenas, settings: LeaderboardSettings) -> list[Tree]:
    """What stands in place of the cells of detectors that a dataset's parameters leave out."""
    return [
        {
            "dataset": name,
            "detector": detector,
            "seed": 0,
            "readings": arena.origin,
            "problem": f"baselines.detectors.{detector} is null",
            "metrics": {},
            "cost": {},
        }
        for name, arena in arenas.ready.items()
        for detector in settings.entrants
        if detector in arena.recipe.without
    ]


def _named(found: Tree, cell: Cell, arenas: Arenas) -> Tree:
    """What came of a cell under its own name: equal readings and settings give equal figures."""
    own = {"dataset": cell.dataset, "detector": cell.detector, "seed": cell.seed}
    return {**found, **own, "readings": arenas.ready[cell.dataset].origin}


def read_cell(folder: Path, cell: Cell) -> Tree | None:
    """What came of a cell, if it is done; a file that is no JSON is none."""
    try:
        return dict(json.loads((folder / f"{cell.key}.json").read_text(encoding="utf-8")))
    except (FileNotFoundError, ValueError):
        return None


def _keep(
    folder: Path, missing: list[Cell], began: float, there: dict[str, Tree], place: int, found: Tree
) -> None:
    """Write a cell as soon as it is home, and say where the table stands."""
    cell = missing[place]
    with replacing(folder / f"{cell.key}.json") as partial_file:
        text = json.dumps(found, indent=2, allow_nan=False) + "\n"
        partial_file.write_text(text, encoding="utf-8")
    there[cell.key] = found
    done = sum(each.key in there for each in missing)
    seconds = (time.perf_counter() - began) / done * (len(missing) - done)
    log.info(
        "%s on %s, seed %d: %s; %d of %d cells, about %.0f s to go",
        *(cell.detector, cell.dataset, cell.seed, _outcome(found), done, len(missing), seconds),
    )


def _outcome(found: Tree) -> str:
    if found["problem"]:
        return f"left out ({found['problem']})"
    figure = found["metrics"]["pr_auc"]
    return "no fault to judge by" if figure is None else f"PR-AUC {figure:.3f}"
