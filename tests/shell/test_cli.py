from collections.abc import Callable, Iterator
from pathlib import Path
from subprocess import CompletedProcess

import click
import pandas as pd
import pytest
from kedro.io import DatasetError

from matts.cli import one_sentence, read_params, split_params
from matts.domain import BadInputError

Kedro = Callable[..., CompletedProcess[str]]

PIPELINES = Path(__file__).parents[2] / "src/matts/pipelines"
TRAIN = ("run", "--pipeline", "matts", "--params")
MISTAKES = {
    "dataset=9": "there is no dataset '9': choose one of 4, 5, 6",
    "trainig.epochs=3": "there is no parameter trainig: did you mean training? allowed here: ",
    "windows.split.tran=0.2": "there is no parameter windows.split.tran: did you mean train? ",
    "baselines.detectors.pca.varance=0.5": "parameter baselines: detectors.pca.varance cannot be",
    "training.epochs=many": "parameter training.epochs: input should be a valid integer",
    "evaluate.seeds=0": "parameter evaluate.seeds: input should be greater than or equal to 1, got",
}


def files(folder: Path) -> dict[str, bytes]:
    return {str(p.relative_to(folder)): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


def made(folder: Path) -> set[str]:
    """What a run left of data; logs and MLflow's record of the failure may stay."""
    left = {Path(name) for name in files(folder / "data/smoke")}
    return {str(p) for p in left if p.suffix not in {".log", ".db"} and p.parts[0] != "mlruns"}


@pytest.fixture
def raw_file(doomed: Path) -> Iterator[Path]:
    path = doomed / "data/01_raw/tcm5_dataset_6.csv"
    yield path
    path.unlink(missing_ok=True)


@pytest.mark.parametrize(("params", "message"), MISTAKES.items(), ids=MISTAKES)
def test_a_mistake_costs_one_sentence_and_writes_nothing(
    kedro: Kedro, doomed: Path, params: str, message: str
) -> None:
    before = files(doomed)
    done = kedro(doomed, *TRAIN, params)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith(f"Error: {message}")
    assert done.stderr.count("\n") == 1
    assert files(doomed) == before


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--pipeline", "mats"), "there is no pipeline 'mats': choose one of baselines, causes,"),
        (("--env", "nowhere"), "Given configuration path either does not exist or is not a valid"),
    ],
    ids=["pipeline", "environment"],
)
def test_a_name_that_does_not_exist(
    kedro: Kedro, doomed: Path, arguments: tuple[str, ...], message: str
) -> None:
    done = kedro(doomed, "run", *arguments)
    assert done.returncode == 1
    assert done.stderr.startswith(f"Error: {message}")
    assert done.stderr.count("\n") == 1


def test_a_parameter_file_that_is_no_yaml(kedro: Kedro, project: Path) -> None:
    path = project / "conf/test/parameters.yml"
    path.write_text("training: {epochs: 3")
    done = kedro(project, "run", "--pipeline", "ingest")
    assert (done.returncode, done.stderr.count("\n")) == (1, 1)
    assert done.stderr.startswith(f"Error: Invalid YAML or JSON file {path}, unable to read line")


def spoil(coils: pd.DataFrame, fault: str) -> str:
    """A file of data set 6 with something wrong in it."""
    table = coils.head(20).astype({"torque_2": object})
    if fault == "no force_3":
        table = table.drop(columns="force_3")
    if fault == "a word":
        table.loc[7, "torque_2"] = "high"
    return "" if fault == "empty" else table.to_csv(index=False)


BROKEN = {
    "no force_3": "the columns do not fit the tcm5 layout, missing: force_3",
    "a word": "torque_2 in data row 8 (line 9 of the file) needs a number from -2e+06 to 2e+06 Nm,"
    " got 'high'",
    "empty": "readings need at least 2 rows below the header, got 0",
}


@pytest.mark.parametrize(("fault", "message"), BROKEN.items(), ids=BROKEN)
def test_a_broken_file_to_train_on(
    kedro: Kedro, doomed: Path, raw_file: Path, coils: pd.DataFrame, fault: str, message: str
) -> None:
    raw_file.write_text(spoil(coils, fault))
    done = kedro(doomed, *TRAIN, "dataset=6")
    sentence = f"data/01_raw/tcm5_dataset_6.csv: {message}"
    assert (done.returncode, done.stdout, done.stderr) == (1, "", f"Error: {sentence}\n")
    assert made(doomed) == set()
    log = (doomed / "data/smoke/08_reporting/6/training.log").read_text()
    assert f"ERROR matts.run: the run failed: {sentence}" in log


@pytest.mark.parametrize("pipeline", ["train_detector", "evaluate"])
def test_a_stage_without_the_one_before(kedro: Kedro, doomed: Path, pipeline: str) -> None:
    done = kedro(doomed, "run", "--pipeline", pipeline)
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert done.stderr.endswith("nothing has written it yet: run `--pipeline matts` first\n")
    assert made(doomed) == set()


def test_verbose_shows_the_traceback(kedro: Kedro, doomed: Path, raw_file: Path) -> None:
    raw_file.write_text("")
    done = kedro(doomed, "run", "--verbose", "--pipeline", "ingest")
    assert done.returncode == 1
    assert "Traceback (most recent call last)" in done.stderr
    assert "BadInputError: data/01_raw/tcm5_dataset_6.csv: readings need at least 2" in done.stderr


def test_help_tells_of_verbose_and_of_what_kedro_has(kedro: Kedro, doomed: Path) -> None:
    done = kedro(doomed, "run", "--help")
    assert done.returncode == 0
    assert {"--verbose", "--pipelines", "--params", "--env"} <= set(done.stdout.split())


def test_every_stage_is_a_pipeline(kedro: Kedro, doomed: Path) -> None:
    done = kedro(doomed, "registry", "list")
    stages = {path.parent.name for path in PIPELINES.glob("*/pipeline.py")}
    assert set(done.stdout.split()) == {"-", "__default__", *stages}
    assert stages >= {"matts", "inference", "ingest", "windowing", "train_detector", "evaluate"}


@pytest.mark.parametrize("bug", [ZeroDivisionError(), DatasetError("disk full"), ValueError("x")])
def test_a_bug_keeps_its_traceback(bug: Exception) -> None:
    with pytest.raises(type(bug)) as raised, one_sentence(verbose=False):
        raise bug
    assert raised.value is bug


def test_bad_input_is_found_below_what_kedro_makes_of_it() -> None:
    outer, inner = DatasetError("raw: while loading"), DatasetError("while loading")
    outer.__cause__, inner.__cause__ = inner, BadInputError("no such sensor")
    with (
        pytest.raises(click.ClickException, match=r"^no such sensor$"),
        one_sentence(verbose=False),
    ):
        raise outer


def test_verbose_lets_bad_input_through() -> None:
    with pytest.raises(BadInputError), one_sentence(verbose=True):
        raise BadInputError


@pytest.mark.parametrize(
    ("typed", "parts"),
    [
        ("a=1, b=2,", ["a=1", "b=2"]),
        ("a=[1,2],b=3", ["a=[1,2]", "b=3"]),
        ("a={x: 1, y: [2,3]},b=3", ["a={x: 1, y: [2,3]}", "b=3"]),
        ("a=],b=3", ["a=]", "b=3"]),
        ("", []),
    ],
)
def test_commas_within_brackets_part_nothing(typed: str, parts: list[str]) -> None:
    assert split_params(typed) == parts


def test_params_may_hold_lists() -> None:
    context, option = click.Context(click.Command("run")), click.Option(["--params"])
    typed = "dataset=6,leaderboard.datasets=[4,skab],input=a=b.csv"
    found = {"dataset": 6, "leaderboard": {"datasets": [4, "skab"]}, "input": "a=b.csv"}
    assert read_params(context, option, typed) == found
    assert read_params(context, option, {"dataset": 6}) == {"dataset": 6}
    for wrong in ("dataset", "=6"):
        with pytest.raises(click.UsageError, match=f"--params needs key=value, got {wrong}"):
            read_params(context, option, wrong)
