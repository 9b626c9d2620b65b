"""A fleet of turbofans goes the whole road from its dataset file alone."""

import json
from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess

import pandas as pd
import pytest

from matts.simulate.turbofan import TurbofanSettings, simulate_turbofan

Kedro = Callable[..., CompletedProcess[str]]
FLEET = ("--params", "dataset=turbofan")
FEW = """# What the road of every data set has is tried elsewhere.
life: {folds: 2, seeds: 1}
baselines:
  detectors:
    {arima: null, kalman: null, cva: null, isolation_forest: null, mean_shift: null, vae: null}
"""


@pytest.fixture(scope="module")
def cut(kedro: Kedro, new_project: Callable[[str], Path]) -> Path:
    """A project with the windows of a small fleet."""
    folder = new_project("turbofan")
    (folder / "conf/test/parameters.yml").write_text(FEW)
    done = kedro(folder, "run", "--pipelines", "ingest,windowing", *FLEET)
    assert done.returncode == 0, done.stderr
    return folder / "data/smoke"


def test_the_readings_are_those_of_the_fleet(cut: Path) -> None:
    (file,) = cut.glob("02_intermediate/turbofan/readings*")
    flown = simulate_turbofan(TurbofanSettings(units=16, test_units=8)).readings
    kept = pd.read_parquet(file)
    still = {"setting3", "s1", "s5", "s10", "s16", "s18", "s19"}  # and teach nothing
    assert [*kept] == [name for name in flown if name not in still]
    pd.testing.assert_series_equal(kept["s9"], flown["s9"])


def test_whole_units_train_validate_and_test(cut: Path) -> None:
    (file,) = cut.glob("05_model_input/turbofan/split*.json")
    parts = json.loads(file.read_text())
    faults = ["HPC", "Fan", "HPT", "LPT"]
    for name in ("train", "validation"):
        classes = parts[name]["classes"]
        failing = sum(classes[fault] for fault in faults)
        assert failing % 30 == 0  # the last cycles of whole lives
        assert failing + classes["Healthy"] == parts[name]["windows"]


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")  # MLflow's own
def test_the_whole_road_sets_the_network_beside_the_rule(kedro: Kedro, cut: Path) -> None:
    done = kedro(cut.parents[1], "run", "--pipeline", "matts", *FLEET)
    assert done.returncode == 0, done.stderr
    lines = [line.split(" | ") for line in done.stderr.splitlines() if line.startswith("| ")]
    heads = [cell.strip(" |") for cell in next(line for line in lines if "detector" in line[0])]
    assert [head for head in ("precision", "recall", "F1") if head in heads] == [*heads[3:6]]
    told = {line[0].strip(" |") for line in lines}
    assert {"stacked_lstm", "one_sensor", "matts"} <= told
    results = json.loads((cut / "08_reporting/turbofan/results.json").read_text())
    for name in ("stacked_lstm", "one_sensor"):
        assert results["models"][name]["f1"] > results["models"]["random"]["f1"]
    assert results["root_cause"]  # the fleet says which sensors its modes move
    assert results["data_source"] == "simulated"
