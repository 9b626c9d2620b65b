import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from subprocess import CompletedProcess, run
from typing import Any

import numpy as np
import pandas as pd
import pytest

from matts.detect.calibration import Calibration
from matts.evaluate.tables import alerts_of
from matts.simulate.tandem_mill import LABELS, SENSORS

Kedro = Callable[..., CompletedProcess[str]]
Infer = Callable[[str | None], CompletedProcess[str]]

FAULTS = ["Reduction", "Electric", "Bearing", "WorkRoll"]


@pytest.fixture(scope="module")
def infer(kedro: Kedro, finished: Path) -> Iterator[Infer]:
    """Run inference on a file of this text, or on none."""

    def infer(text: str | None) -> CompletedProcess[str]:
        command = ["run", "--pipeline", "inference"]
        if text is not None:
            (finished / "data/coils.csv").write_text(text, encoding="utf-8")
            command += ["--params", "input=data/coils.csv"]
        return kedro(finished, *command)

    yield infer
    (finished / "data/coils.csv").unlink(missing_ok=True)


@pytest.fixture(scope="module")
def judged(infer: Infer, data: Path, coils: pd.DataFrame) -> tuple[pd.DataFrame, Any, str]:
    """The readings that the run was trained on, as a file: verdicts, results, terminal."""
    models = {path: path.read_bytes() for path in (data / "06_models/6").iterdir()}
    done = infer(coils.to_csv(index=False))
    assert done.returncode == 0, done.stderr
    assert {path: path.read_bytes() for path in (data / "06_models/6").iterdir()} == models
    verdicts = pd.read_parquet(data / "07_model_output/6/inference.parquet")
    results = json.loads((data / "08_reporting/6/inference_results.json").read_text())
    return verdicts, results, done.stderr


Judged = tuple[pd.DataFrame, Any, str]


def test_scores_and_alerts_are_those_of_training_time(judged: Judged, data: Path) -> None:
    """To the last bit, for validation and test windows alike."""
    results = json.loads((data / "08_reporting/6/results.json").read_text())
    name = results["deployed"]["detector"]
    then = pd.read_parquet(data / "07_model_output/6/scores.parquet")
    now = judged[0].set_index("reading").loc[then["reading"]]
    np.testing.assert_array_equal(now["score"], then[name])
    tree = json.loads((data / "06_models/6/calibration.json").read_text())
    alerts = alerts_of(then, name, Calibration.join(tree).thresholds[name])
    np.testing.assert_array_equal(now["alert"], alerts)
    assert 0 < alerts.sum() < len(alerts)


def test_faults_are_those_of_training_time(judged: Judged, data: Path) -> None:
    then = pd.read_parquet(data / "07_model_output/6/diagnoses.parquet")
    now = judged[0].set_index("reading").loc[then["reading"]]
    alerts = now["alert"].to_numpy()
    named = np.array(["", *FAULTS])[then["latent/0"]]
    np.testing.assert_array_equal(now["likeliest"], np.where(alerts, named, ""))
    told = now["fault"] != "unknown"
    np.testing.assert_array_equal(now["fault"][told], now["likeliest"][told])
    assert 0 < told[alerts].sum() < alerts.sum()


def test_one_row_a_reading(judged: Judged, coils: pd.DataFrame) -> None:
    verdicts = judged[0]
    assert verdicts["reading"].tolist() == list(range(len(coils)))
    assert verdicts["score"].isna().tolist() == [True] * 4 + [False] * (len(coils) - 4)
    assert not verdicts["alert"][:4].any()
    chances = verdicts[[f"probability_{fault}" for fault in FAULTS]]
    np.testing.assert_array_equal(chances.isna().all(axis=1), ~verdicts["alert"])
    np.testing.assert_allclose(chances[verdicts["alert"]].sum(axis=1), 1)
    parts = verdicts[[f"contribution_{sensor}" for sensor in SENSORS]]
    np.testing.assert_allclose(parts[4:].sum(axis=1), verdicts["score"][4:])


def test_the_csv_says_the_same(judged: Judged, data: Path) -> None:
    text = pd.read_csv(data / "07_model_output/6/inference.csv", keep_default_na=False)
    assert text["fault"].tolist() == judged[0]["fault"].tolist()
    assert text["alert"].tolist() == judged[0]["alert"].tolist()
    assert text.columns.tolist() == judged[0].columns.tolist()


def test_known_faults_are_compared_with(judged: Judged, coils: pd.DataFrame) -> None:
    verdicts, results, _ = judged
    faulty = coils[list(LABELS)].any(axis=1)[4:]
    alerts = verdicts["alert"][4:]
    assert results["readings"] == len(coils)
    assert results["scored"] == len(alerts)
    assert results["alerts"] == sum(results["faults"].values()) == alerts.sum()
    assert results["detection"]["precision"] == pytest.approx(
        (alerts & faulty).sum() / alerts.sum()
    )
    assert results["detection"]["recall"] == pytest.approx((alerts & faulty).sum() / faulty.sum())
    assert results["end_to_end"]["per_class"]["Healthy"]["support"] == (~faulty).sum()


def test_the_terminal_and_the_log_tell_what_was_found(judged: Judged, data: Path) -> None:
    _, results, told = judged
    found = f"4,000 readings, 3,996 of them scored, {results['alerts']:,} alerts: "
    assert told.startswith(found)
    assert told.splitlines()[0].endswith(f"More in {data}/07_model_output/6/inference.csv.")
    assert told.count("\n") == 2  # the other line says where the seconds went
    assert " judge_file" in told.splitlines()[1]  # though it judges while its verdicts are saved
    log = (data / "08_reporting/6/inference.log").read_text()
    assert "['inference'], params {'input': 'data/coils.csv'}" in log
    assert f"INFO matts: {found}" in log


def test_a_file_without_labels(
    judged: Judged, infer: Infer, data: Path, coils: pd.DataFrame
) -> None:
    part = coils.head(300).drop(columns=list(LABELS))
    done = infer("\ufeff" + part.to_csv(index=False))  # as Excel saves it
    assert done.returncode == 0, done.stderr
    verdicts = pd.read_parquet(data / "07_model_output/6/inference.parquet")
    assert len(verdicts) == 300
    np.testing.assert_allclose(verdicts["score"], judged[0]["score"][:300], rtol=0, atol=1e-7)
    results = json.loads((data / "08_reporting/6/inference_results.json").read_text())
    assert results.keys() == {"readings", "scored", "alerts", "faults"}


def test_a_file_in_which_nothing_is_found(infer: Infer, data: Path, coils: pd.DataFrame) -> None:
    faulty = coils[list(LABELS)].any(axis=1)
    calm = coils[~faulty].drop(columns=list(LABELS)).iloc[[0] * 20]
    done = infer(calm.to_csv(index=False))
    assert done.returncode == 0, done.stderr
    results = json.loads((data / "08_reporting/6/inference_results.json").read_text())
    assert (results["scored"], results["alerts"]) == (16, 0)


def lines(table: pd.DataFrame) -> str:
    return table.to_csv(index=False)


WRONG: dict[str, tuple[Callable[[pd.DataFrame], str | None], str]] = {
    "none": (
        lambda _: None,
        "inference needs a file, --params input=<csv>, and none was named",
    ),
    "no force_3": (
        lambda coils: lines(coils.drop(columns="force_3")),
        "data/coils.csv: the columns do not fit the tcm5 layout, missing: force_3",
    ),
    "another name": (
        lambda coils: lines(coils.rename(columns={"force_3": "Force_3"})),
        (
            "data/coils.csv: the columns do not fit the tcm5 layout, missing: force_3; "
            "unknown: Force_3 (did you mean force_3?)"
        ),
    ),
    "some labels": (
        lambda coils: lines(coils.drop(columns=LABELS[0])),
        f"data/coils.csv: the columns do not fit the tcm5 layout, missing: {LABELS[0]}",
    ),
    "a word": (
        lambda coils: lines(coils.assign(width="wide")),
        (
            "data/coils.csv: width in data row 1 (line 2 of the file) needs a number from 100 to "
            "3000 mm, got 'wide'"
        ),
    ),
    "empty": (
        lambda _: "",
        "data/coils.csv: readings need at least 2 rows below the header, got 0",
    ),
    "too short": (
        lambda coils: lines(coils.head(4)),
        "a window of 5 readings needs at least 5, got 4",
    ),
}


@pytest.mark.parametrize(("spoil", "message"), WRONG.values(), ids=WRONG)
def test_a_file_that_cannot_be_scored(
    infer: Infer,
    data: Path,
    coils: pd.DataFrame,
    spoil: Callable[[pd.DataFrame], str | None],
    message: str,
) -> None:
    before = outputs(data)
    done = infer(spoil(coils.head(20)))
    assert (done.returncode, done.stdout, done.stderr) == (1, "", f"Error: {message}\n")
    assert outputs(data) == before
    log = (data / "08_reporting/6/inference.log").read_text()
    assert f"ERROR matts.run: the run failed: {message}" in log


def outputs(data: Path) -> dict[str, bytes]:
    """What earlier runs left; logs and MLflow's record of the failure may change."""
    folders = ("07_model_output", "08_reporting")
    paths = [path for folder in folders for path in (data / folder).rglob("*.*")]
    return {str(path): path.read_bytes() for path in paths if path.suffix != ".log"}


def test_a_file_that_is_not_there(kedro: Kedro, finished: Path) -> None:
    done = kedro(finished, "run", "--pipeline", "inference", "--params", "input=nowhere.csv")
    told = "inference needs a file, --params input=<csv>, and there is no file nowhere.csv"
    assert (done.returncode, done.stderr) == (1, f"Error: {told}\n")


def test_nothing_is_scored_before_something_is_trained(
    kedro: Kedro, doomed: Path, coils: pd.DataFrame
) -> None:
    coils.head(20).to_csv(doomed / "data/coils.csv", index=False)
    done = kedro(doomed, "run", "--pipeline", "inference", "--params", "input=data/coils.csv")
    assert done.returncode == 1
    assert "detectors.safetensors is needed, and nothing has written it yet" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_parquet_file_gives_the_same(
    judged: Judged, kedro: Kedro, finished: Path, data: Path, coils: pd.DataFrame, tmp_path: Path
) -> None:
    given = tmp_path / "coils.parquet"
    coils.to_parquet(given)
    done = kedro(finished, "run", "--pipeline", "inference", "--params", f"input={given}")
    assert done.returncode == 0, done.stderr
    verdicts = pd.read_parquet(data / "07_model_output/6/inference.parquet")
    pd.testing.assert_frame_equal(verdicts, judged[0])
    assert json.loads((data / "08_reporting/6/inference_results.json").read_text()) == judged[1]


def test_labels_stand_beside_the_verdicts(judged: Judged, coils: pd.DataFrame) -> None:
    pd.testing.assert_frame_equal(judged[0][list(LABELS)], coils[list(LABELS)])


PEAK = """
import resource, sys
from kedro.framework.cli import main
try:
    main()
finally:
    print("peak", resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024)
"""


@pytest.mark.slow
def test_memory_does_not_grow_with_the_file(
    finished: Path, environment: dict[str, str], coils: pd.DataFrame
) -> None:
    """Two files, one four times as long, of 80,000 and 320,000 readings: 60 MiB more at most.

    Held in memory, the difference alone would take 240,000 x (51 + 57) x 8 bytes, 200 MiB.
    """
    text = coils.drop(columns=list(LABELS)).to_csv(index=False)
    head, rows = text[: (end := text.index("\n") + 1)], text[end:]
    peaks = []
    for times in (20, 80):
        path = finished / "data/long.csv"
        with path.open("w", encoding="utf-8") as file:
            file.writelines([head, *[rows] * times])
        command = ["run", "--pipeline", "inference", "--params", "input=data/long.csv"]
        done = run(
            [sys.executable, "-c", PEAK, *command],
            cwd=finished,
            env=environment,
            capture_output=True,
            text=True,
            check=True,
        )
        peaks.append(int(done.stdout.split("peak ")[-1]))
        path.unlink()
    assert peaks[1] - peaks[0] < 60, peaks
