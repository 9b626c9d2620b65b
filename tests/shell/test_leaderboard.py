import json
from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess

import numpy as np
import pandas as pd
import pytest
from mlflow.entities import Run

from matts.leaderboard.settings import ALWAYS

Kedro = Callable[..., CompletedProcess[str]]
Recorded = Callable[[Path, str], list[Run]]
BOARD = ("run", "--pipeline", "leaderboard", "--params")
ASKED = (
    "workers=1,leaderboard.datasets=[6,skab,tep],leaderboard.detectors=[pca,supervised],"
    "leaderboard.seeds=2,leaderboard.sources.skab=data/bench/valve1"
)

COUNT = 3 + 2 + len(ALWAYS) + 4  # three seeds of vae, random and untrained, and all else once

pytestmark = pytest.mark.filterwarnings("ignore")  # MLflow's own


@pytest.fixture(scope="module")
def place(new_project: Callable[[str], Path]) -> Path:
    """A project with a bench whose pump fails at the end of each run, in the layout of SKAB."""
    folder = new_project("leaderboard")
    (folder / "conf/test/parameters/dataset_skab.yml").write_text(
        "windows:\n  length: 5\n  reference: {readings: 20, spread: true}\n"
        "  split: {by: readings, train: 60, validation: 20}\n"
    )
    (folder / "conf/test/parameters/dataset_6.yml").write_text(
        "source: {simulate: {coils: 1500, seed: 27}}\n"
    )
    for number in range(3):
        write_run(folder / f"data/bench/valve1/{number}.csv", number)
    return folder


def write_run(path: Path, seed: int) -> None:
    flow = np.random.default_rng(seed).normal(size=(160, 2))
    flow[120:] += 5
    table = pd.DataFrame(flow, columns=["Current", "Pressure"])
    table.insert(0, "datetime", pd.date_range("2020-03-09", periods=160, freq="s"))
    table = table.assign(anomaly=[0.0] * 120 + [1.0] * 40, changepoint=0.0)
    path.parent.mkdir(parents=True, exist_ok=True)
    table.to_csv(path, sep=";", index=False)


@pytest.fixture(scope="module")
def ran(kedro: Kedro, place: Path) -> tuple[Path, CompletedProcess[str]]:
    """The table of a simulated dataset, one of files, and one that nobody downloaded."""
    done = kedro(place, *BOARD, ASKED)
    assert done.returncode == 0, done.stderr
    return place / "data/smoke/08_reporting/leaderboard", done


def test_the_table_has_every_dataset(ran: tuple[Path, CompletedProcess[str]]) -> None:
    board = pd.read_csv(ran[0] / "leaderboard.csv")
    judged = board[board["detector"].notna()]
    entrants = sorted(["pca", "supervised", *ALWAYS])
    for dataset in ("6", "skab"):
        assert sorted(judged.loc[judged["dataset"] == dataset, "detector"]) == entrants
    pca = judged[(judged["dataset"] == "skab") & (judged["detector"] == "pca")].iloc[0]
    assert (pca["pr_auc"], pca["readings"]) == (pytest.approx(1.0), "real")
    absent = board[board["detector"].isna()].iloc[0]
    assert absent["dataset"] == "tep"
    assert "data/01_raw/tep is needed" in absent["problem"]
    assert absent["problem"].endswith("`make data DATASET=tep` downloads it")


def test_what_is_written_and_said(ran: tuple[Path, CompletedProcess[str]]) -> None:
    folder, done = ran
    names = {"leaderboard.csv", "leaderboard.md", "leaderboard.log", "leaderboard.png"}
    assert names | {"leaderboard.plotly.json", "cells"} == {path.name for path in folder.iterdir()}
    page = (folder / "leaderboard.md").read_text()
    assert "## skab" in page
    assert "tep is left out: data/01_raw/tep is needed" in page
    assert "mean rank, PR-AUC" in done.stderr
    assert "tep is left out" in done.stderr
    assert "Traceback" not in done.stderr
    assert "pca on skab, seed 0: PR-AUC 1.000" in (folder / "leaderboard.log").read_text()


def test_mlflow_has_the_figures(
    ran: tuple[Path, CompletedProcess[str]], place: Path, recorded: Recorded
) -> None:
    board = pd.read_csv(ran[0] / "leaderboard.csv").set_index(["dataset", "detector"])
    run = recorded(place, "leaderboard")[0]
    assert run.data.tags["dataset"] == "6, skab"
    for name in ("pr_auc", "vus_pr", "far_percent"):
        assert run.data.metrics[f"6.pca.{name}"] == pytest.approx(board.loc[("6", "pca"), name])
    assert run.data.metrics["overall.pca.rank_pr_auc"] <= 2


def test_a_second_run_does_only_what_changed(
    kedro: Kedro, ran: tuple[Path, CompletedProcess[str]], place: Path
) -> None:
    before = written(ran[0])
    again = kedro(place, *BOARD, ASKED)
    assert f"{len(before)} of {len(before)} cells are there" in again.stderr
    assert written(ran[0]) == before
    write_run(place / "data/bench/valve1/2.csv", seed=9)
    other = kedro(place, *BOARD, ASKED)
    assert f"{len(before) // 2} of {len(before)} cells are there" in other.stderr
    after = written(ran[0])
    assert before.items() < after.items()
    assert len(after) == len(before) * 3 // 2


def test_a_source_of_one_dataset_is_refused(kedro: Kedro, place: Path) -> None:
    done = kedro(place, *BOARD, f"{ASKED},source.path=there.csv")
    assert done.returncode == 1
    assert "leaderboard.sources.<dataset>=<path> is needed" in done.stderr


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ("leaderboard.datasets=[6,skub]", "there is no dataset 'skub': choose one of"),
        ("leaderboard.detectors=[pcb]", "leaderboard: detectors needs some of matts, untrained"),
    ],
)
def test_what_is_not_there_is_told(kedro: Kedro, place: Path, asked: str, said: str) -> None:
    done = kedro(place, *BOARD, asked)
    assert done.returncode == 1
    assert said in done.stderr


@pytest.mark.slow
def test_a_table_that_was_killed_is_gone_on_with(
    kedro: Kedro, new_project: Callable[[str], Path], kill_kedro: Callable[..., None]
) -> None:
    folder = new_project("killed")
    typed = (*BOARD, "workers=1,leaderboard.datasets=[6],leaderboard.detectors=[vae,pca,zscore]")
    board = folder / "data/smoke/08_reporting/leaderboard"
    kill_kedro(folder, *typed, when=lambda: len(written(board)) >= 2)
    before = written(board)
    assert 2 <= len(before) < COUNT
    done = kedro(folder, *typed)
    assert done.returncode == 0, done.stderr
    assert f"{len(before)} of {COUNT} cells are there" in done.stderr
    after = written(board)
    assert before.items() < after.items()
    assert len(after) == COUNT
    whole = kedro(folder, *typed[:-1], f"{typed[-1]},leaderboard.storage=whole")
    assert whole.returncode == 0, whole.stderr
    assert figures(board / "cells") == figures(folder / "whole")  # as if never killed


def written(board: Path) -> dict[str, int]:
    """The cells that are there, and when each was written."""
    return {path.name: path.stat().st_mtime_ns for path in board.glob("cells/*.json")}


def figures(cells: Path) -> dict[str, object]:
    return {path.name: json.loads(path.read_text())["metrics"] for path in cells.iterdir()}
