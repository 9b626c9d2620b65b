import json
from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess

import pandas as pd
from mlflow.entities import Run

Kedro = Callable[..., CompletedProcess[str]]
MONITOR = ("run", "--pipeline", "monitor", "--params")


def test_the_test_part_and_a_file_are_watched(
    kedro: Kedro, copied: Path, coils: pd.DataFrame
) -> None:
    """Both through the same code; a bias in the file is found, and its sensor named."""
    folder = copied / "data/smoke/08_reporting/6"
    done = kedro(copied, *MONITOR, "dataset=6")
    assert done.returncode == 0, done.stderr
    part = json.loads((folder / "drift.json").read_text())
    assert list(part["assets"]) == ["machine"]
    assert (folder / "drift.md").read_text().startswith("# Drift\n")
    assert (folder / "drift.png").read_bytes().startswith(b"\x89PNG\r\n")
    assert json.loads((folder / "drift.plotly.json").read_text())["layout"]

    moved = coils.assign(gap_1=coils["gap_1"] + coils["gap_1"].std())
    moved.to_csv(copied / "data/moved.csv", index=False)
    told = "dataset=6,input=data/moved.csv,serve.drift.kinds=[input]"
    done = kedro(copied, *MONITOR, told)
    assert done.returncode == 0, done.stderr
    found = json.loads((folder / "drift.json").read_text())
    machine = found["assets"]["machine"]
    assert machine["state"] == "drift"
    assert "gap_1" in machine["sensors"]
    assert list(machine["kinds"]) == ["input"]


def test_mlflow_keeps_what_was_found(
    recorded: Callable[[Path, str], list[Run]], copied: Path
) -> None:
    """Page, picture and figures of both runs above."""
    runs = recorded(copied, "monitor")
    assert len(runs) == 2
    names = {path.name for path in (copied / "data/smoke/mlruns").rglob("drift*")}
    assert names >= {"drift.json", "drift.md", "drift.png", "drift.plotly.json"}
