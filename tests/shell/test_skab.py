"""SKAB's folders are laid out alike: one dataset file is enough for all of them."""

import json
from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess

import numpy as np
import pandas as pd
import pytest

from matts.channels import Channels
from matts.config import DatasetConfigLoader, Parameters, check_parameters
from matts.detect.mean_shift import MeanShiftDetector
from matts.ingest import get_readings
from matts.readings import to_readings
from matts.settings import CONFIG_LOADER_ARGS
from matts.source.files import read
from matts.windows import Split, split_readings

Kedro = Callable[..., CompletedProcess[str]]

CONF = Path(__file__).parents[2] / "conf"
SENSORS = (
    *("Accelerometer1RMS", "Accelerometer2RMS", "Current", "Pressure", "Temperature"),
    *("Thermocouple", "Voltage", "Volume Flow RateRMS"),
)
FOLDERS = ("valve1", "valve2", "other")
ROWS, ONSET, END = 700, 500, 600


def experiment(seed: int) -> pd.DataFrame:
    """A bench at a level of its own whose flow is throttled for a while."""
    rng = np.random.default_rng(seed)
    values = rng.normal(rng.uniform(0, 100, len(SENSORS)), rng.uniform(0.1, 2), (ROWS, 8))
    fault = np.zeros(ROWS, np.bool_)
    fault[ONSET:END] = True
    values[fault, 7] -= 8 * values[:400, 7].std()
    table = pd.DataFrame(values, columns=[*SENSORS])
    table.insert(0, "datetime", pd.date_range("2020-03-09 10:14:33", periods=ROWS, freq="s"))
    change = np.zeros(ROWS)
    change[[ONSET, END]] = 1
    return table.assign(anomaly=fault.astype(float), changepoint=change)


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folders of the benchmark, with three files each."""
    home = tmp_path_factory.mktemp("skab")
    for place, folder in enumerate(FOLDERS):
        (home / folder).mkdir()
        for number in range(3):
            table = experiment(10 * place + number)
            table.to_csv(home / folder / f"{number}.csv", sep=";", index=False)
    return home


def parameters(**source: str) -> Parameters:
    given = {"dataset": "skab", "source": source} if source else {"dataset": "skab"}
    loader = DatasetConfigLoader(str(CONF), None, given, **CONFIG_LOADER_ARGS)
    return check_parameters(loader["parameters"])


def windows_of(known: Parameters) -> Split:
    ingested = get_readings(read(known.source), known.source)
    channels = Channels.fit(ingested.readings, known.windows, known.sensors)
    return split_readings(to_readings(channels.from_start(ingested.readings)), known.windows)


@pytest.mark.parametrize("folder", FOLDERS)
def test_every_folder_is_read_by_the_same_file(bench: Path, folder: str) -> None:
    known = parameters(path=str(bench / folder))
    split = windows_of(known)
    assert split.test.sensors == tuple(f"{name} off level" for name in SENSORS)
    assert split.test.assets is not None
    assert sorted(set(split.test.assets.tolist())) == ["0", "1", "2"]
    assert not split.train.faulty.any()
    assert not split.validation.faulty.any()
    assert split.test.faulty.sum() == 3 * (END - ONSET)
    places = split.test.positions % ROWS
    assert (places.min(), places.max()) == (400 + 2 * (known.windows.length - 1), ROWS - 1)


def test_a_throttled_flow_is_found_without_labels(bench: Path) -> None:
    split = windows_of(parameters(path=str(bench / "other")))
    detector = MeanShiftDetector().fit(split.train, split.validation)
    limit = np.percentile(detector.score(split.validation), 95)
    alerts, truth = detector.score(split.test) >= limit, split.test.faulty
    assert alerts[truth].mean() > 0.9
    assert alerts[~truth].mean() < 0.3  # a window goes on seeing the fault for a while
    blamed = detector.contributions(split.test.where(alerts & truth)).sum(axis=0)
    assert SENSORS[blamed.argmax()] == "Volume Flow RateRMS"


def test_the_file_names_the_folder_of_the_leaderboard() -> None:
    known = parameters()
    assert known.source.path == "data/01_raw/skab/valve1"
    assert (known.windows.split.train, known.windows.split.validation) == (320, 80)


@pytest.mark.slow
def test_kedro_cuts_it_into_windows(kedro: Kedro, project: Path, bench: Path) -> None:
    given = f"dataset=skab,source.path={bench / 'valve2'}"
    tags = ("--tags", "ingest,windowing")
    done = kedro(project, "run", "--pipeline", "matts", "--params", given, *tags)
    assert done.returncode == 0, done.stderr
    split = json.loads((project / "data/smoke/05_model_input/skab/split.json").read_text())
    assert split["train"]["classes"] == {"Healthy": 3 * (320 - 60), "Fault": 0}
    assert split["test"]["classes"]["Fault"] == 3 * (END - ONSET)
