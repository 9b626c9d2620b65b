import json
import sqlite3
from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any

import pandas as pd
import pytest
from mlflow.entities import Run
from mlflow.tracking import MlflowClient

Kedro = Callable[..., CompletedProcess[str]]
Recorded = Callable[[Path, str], list[Run]]
SEARCH = ("run", "--pipeline", "search", "--params")
QUICK = "dataset=6,workers=1,search.epochs=2,training.batch_size=256,search.batch=3,search.trials="
NARROW = (  # so that a trial takes a second
    "search:\n  space: {batch_size: null, sensors: null, hidden: {among: [4, 8]}}\n"
    "source: {simulate: {coils: 4000}}\n"
)

pytestmark = pytest.mark.filterwarnings("ignore")  # MLflow's own


@pytest.fixture(scope="module")
def searched(kedro: Kedro, copied: Path) -> tuple[Path, CompletedProcess[str]]:
    """A search on the readings of a finished run."""
    (copied / "conf/test/parameters.yml").write_text(NARROW)
    done = kedro(copied, *SEARCH, QUICK + "3")
    assert done.returncode == 0, done.stderr
    return copied, done


def test_a_search_ends_with_what_to_type(searched: tuple[Path, CompletedProcess[str]]) -> None:
    folder, done = searched
    summary = json.loads((folder / "data/smoke/08_reporting/6/search_results.json").read_text())
    assert done.stderr.splitlines()[-2] == summary["command"]
    assert "Warning" not in done.stderr
    assert (summary["trials"], summary["dataset"]) == (3, 6)


def test_everything_of_a_search_is_written(searched: tuple[Path, CompletedProcess[str]]) -> None:
    data = searched[0] / "data/smoke"
    names = {
        f"{name}.{kind}" for name in ("search", "search_space") for kind in ("png", "plotly.json")
    }
    names |= {"search.log", "search_results.json", "search_trials.parquet"}
    assert names <= {path.name for path in (data / "08_reporting/6").iterdir()}
    assert (data / "06_models/6/search.db").exists()
    log = (data / "08_reporting/6/search.log").read_text()
    assert "trial 2: detector, seed 0" in log


def test_each_trial_is_a_child_run(
    searched: tuple[Path, CompletedProcess[str]], recorded: Recorded
) -> None:
    folder, _ = searched
    parent = recorded(folder, "search")[0]
    client = MlflowClient(f"sqlite:///{folder}/data/smoke/mlflow.db")
    below = f"tags.`mlflow.parentRunId` = '{parent.info.run_id}'"
    children = client.search_runs([parent.info.experiment_id], below)
    table = pd.read_parquet(folder / "data/smoke/08_reporting/6/search_trials.parquet")
    assert len(children) == len(table) == 3
    for child in children:
        row = table.loc[int(child.data.tags["trial"])]
        assert child.data.tags["state"] == row["state"]
        assert child.data.params["windows.length"] == str(row["windows.length"])
        steps = client.get_metric_history(child.info.run_id, "validation_pr_auc")
        assert [step.value for step in steps] == pytest.approx([*row["figures"]])
    assert parent.data.metrics["best_value"] == table["value"].max()


@pytest.mark.slow
def test_a_search_that_was_killed_loses_no_trial(
    kedro: Kedro, searched: tuple[Path, CompletedProcess[str]], kill_kedro: Callable[..., None]
) -> None:
    folder, _ = searched
    typed = [*SEARCH, QUICK + "12,search.seed=1"]
    # three are of the other search
    kill_kedro(folder, *typed, when=lambda: len(trials_in(folder)) >= 3 + 4)
    before = trials_in(folder)
    assert 3 + 4 <= len(before) < 3 + 12
    done = kedro(folder, *typed)
    assert done.returncode == 0, done.stderr
    after = trials_in(folder)
    assert after[: len(before)] == before  # what was finished is kept
    assert sorted(number for _, number in after[3:]) == [*range(12)]  # none is lost, none twice
    again = kedro(folder, *SEARCH, QUICK + f"12,search.seed=1,search.storage={folder}/whole.db")
    assert again.returncode == 0, again.stderr
    assert done.stderr.splitlines()[-2] == again.stderr.splitlines()[-2]  # as if never killed


def trials_in(folder: Path) -> list[Any]:
    query = (
        "select t.trial_id, a.value_json from trials t join trial_user_attributes a "
        "on t.trial_id = a.trial_id where a.key = 'number' order by t.trial_id"
    )
    with sqlite3.connect(folder / "data/smoke/06_models/6/search.db") as ledger:
        return [(trial, int(number)) for trial, number in ledger.execute(query)]
