"""Files laid out as C-MAPSS lays them out, from the command line to the judgement of life."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any

import numpy as np
import pandas as pd
import pytest

from matts.serve.artifacts import load_models

Kedro = Callable[..., CompletedProcess[str]]
HEIGHTS, SPEEDS = (0, 10, 20, 25, 35, 42), (0, 0.25, 0.7, 0.62, 0.84, 0.84)
POINTS = np.column_stack([HEIGHTS, SPEEDS, (100, 100, 100, 60, 100, 100)])
FAST = """
training: {epochs: 2, batch_size: 64}
evaluate: {seeds: 1}
baselines: {detectors: {vae: {epochs: 1}}}
life:
  seeds: 2
  folds: 3
  models:
    boosting: {spans: [5, 15], trees: 40, rate: 0.1, least: 10}
    cnn: {window: 15, epochs: 1, hidden: 8}
    lstm: {window: 15, epochs: 1, hidden: 8}
"""


def write_units(folder: Path, name: str, points: int) -> None:
    """Train, test and remaining-life files: 26 numbers a line, apart by blanks."""
    rng = np.random.default_rng(0)
    train = [_unit(rng, unit, points, kept=None) for unit in range(1, 13)]
    lives, test = rng.integers(5, 60, 6), []
    for unit, left in enumerate(lives, start=1):
        test.append(_unit(rng, unit, points, kept=-int(left)))
    for part, units in (("train", train), ("test", test)):
        np.savetxt(folder / f"{part}_{name}.txt", np.concatenate(units), "%.4f")
    np.savetxt(folder / f"RUL_{name}.txt", lives, "%d")


def _unit(rng: np.random.Generator, unit: int, points: int, *, kept: int | None) -> Any:
    whole = int(rng.integers(90, 130))
    cycle, wear = np.arange(1, whole + 1), np.exp(-np.arange(whole)[::-1] / 25)
    settings = POINTS[rng.integers(0, points, whole)] + rng.normal(0, 0.001, (whole, 3))
    sensors = np.full((whole, 21), 14.62)
    for k in (1, 2, 3, 6, 10, 14):
        sensors[:, k] = 500 + settings[:, 0] + (-1) ** k * 5 * wear + rng.normal(0, 0.5, whole)
    table = np.column_stack([np.full(whole, unit), cycle, settings, sensors])
    return table[:kept]


@pytest.fixture
def project(new_project: Callable[[str], Path]) -> Path:
    folder = new_project("life")
    (folder / "conf/test/parameters.yml").write_text(FAST)
    shutil.rmtree(folder / "data/01_raw")
    (folder / "data/01_raw/cmapss").mkdir(parents=True)
    return folder


def judge(project: Path, name: str, points: int) -> None:
    """What a run foresaw for the units of such files."""
    dataset, data = f"cmapss_{name.lower()}", project / "data/smoke"
    models = load_models(data / f"06_models/{dataset}/life_models.safetensors")
    assert list(models) == ["life/0", "life/1"]
    assert len(models["life/0"].channels.means) == points
    foreseen = pd.read_parquet(data / f"07_model_output/{dataset}/life_foreseen.parquet")
    assert foreseen["unit"].nunique() == 6
    last = foreseen.groupby("unit")["left"].last().to_numpy()
    np.testing.assert_array_equal(last, np.loadtxt(project / f"data/01_raw/cmapss/RUL_{name}.txt"))
    held_out = pd.read_parquet(data / f"07_model_output/{dataset}/life_held_out.parquet")
    assert held_out["unit"].nunique() == 12
    error = np.sqrt(np.square(held_out["ensemble"] - held_out["left"]).mean())
    assert error < 0.6 * held_out["left"].std()


@pytest.mark.slow
def test_remaining_life_needs_the_dataset_file_alone(project: Path, kedro: Kedro) -> None:
    write_units(project / "data/01_raw/cmapss", "FD003", 1)
    until = ("--params", "dataset=cmapss_fd003", "--to-nodes", "judge_lives")
    done = kedro(project, "run", "--pipeline", "matts", *until)
    assert done.returncode == 0, done.stderr
    judge(project, "FD003", 1)


@pytest.mark.parametrize(("name", "run"), [("FD001", "FD003"), ("FD002", "FD004")])
def test_a_dataset_file_that_no_run_needs_differs_in_names_alone(name: str, run: str) -> None:
    folder = Path(__file__).parents[2] / "conf/base/parameters"
    texts = [
        (folder / f"dataset_cmapss_{each.lower()}.yml").read_text().split("\n", maxsplit=1)
        for each in (name, run)
    ]
    assert texts[0][1].replace(name, run) == texts[1][1]


@pytest.mark.slow
def test_a_whole_run_tells_of_remaining_life(project: Path, kedro: Kedro) -> None:
    write_units(project / "data/01_raw/cmapss", "FD004", 6)
    chosen = "dataset=cmapss_fd004,workers=1"
    done = kedro(project, "run", "--pipeline", "matts", "--params", chosen)
    assert done.returncode == 0, done.stderr
    judge(project, "FD004", 6)
    report = project / "data/smoke/08_reporting/cmapss_fd004"
    results = json.loads((report / "results.json").read_text())
    assert results["life"]["units"] == {"learnt": 12, "test": 6}
    assert "## Remaining life" in (report / "report.md").read_text()
    for picture in ("life", "life_units"):
        assert (report / f"{picture}.png").stat().st_size > 10_000
        assert (report / f"{picture}.plotly.json").exists()
