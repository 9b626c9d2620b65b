from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess

import pandas as pd
import pytest
from mlflow.entities import Run
from mlflow.tracking import MlflowClient

Kedro = Callable[..., CompletedProcess[str]]
Recorded = Callable[[Path, str], list[Run]]
TWO = """
baselines: {detectors: {vae: {epochs: 1, channels: 4}}}
vae: {seeds: 1, variants: {my own: {latent: 3}}}
"""

pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore")]  # MLflow's own


@pytest.fixture(scope="module")
def studied(kedro: Kedro, copied: Path) -> tuple[Path, CompletedProcess[str]]:
    """The study on the windows of a finished run, with one more variant."""
    (copied / "conf/test/parameters.yml").write_text(TWO)
    done = kedro(copied, "run", "--pipeline", "vae", "--params", "dataset=6,workers=1")
    assert done.returncode == 0, done.stderr
    return copied, done


def test_the_table_is_printed_and_kept(studied: tuple[Path, CompletedProcess[str]]) -> None:
    folder, done = studied
    report = folder / "data/smoke/08_reporting/6"
    table = (report / "vae_table.md").read_text()
    assert table.strip() in done.stderr
    assert "Warning" not in done.stderr
    trials = pd.read_csv(report / "vae_trials.csv")
    assert {"as it is", "transformer", "my own"} <= set(trials["variant"])
    for variant in trials["variant"]:
        assert f"| {variant} " in table
    assert (report / "vae.png").read_bytes().startswith(b"\x89PNG")
    assert (report / "vae.plotly.json").exists()


def test_mlflow_keeps_the_table(
    studied: tuple[Path, CompletedProcess[str]], recorded: Recorded
) -> None:
    folder, _ = studied
    run = recorded(folder, "vae")[0]
    assert run.data.params["vae.variants.my own.latent"] == "3"
    client = MlflowClient(f"sqlite:///{folder}/data/smoke/mlflow.db")
    kept = {each.path for each in client.list_artifacts(run.info.run_id)}
    assert {"vae_table.md", "vae_trials.csv", "vae.png", "vae.plotly.json"} <= kept


def test_a_misspelt_option_is_named(kedro: Kedro, studied: tuple[Path, object]) -> None:
    done = kedro(studied[0], "run", "--pipeline", "vae", "--params", "vae.variants.odd.laten=3")
    assert done.returncode == 1
    assert "variant 'odd' cannot change laten; allowed: encoder" in done.stderr
