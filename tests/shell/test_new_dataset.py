"""`python -m matts.new_dataset`, and the runs of files that nobody prepared."""

import json
from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess

import pytest
from click.testing import CliRunner, Result

from matts.config import DatasetConfigLoader, check_parameters
from matts.new_dataset import main
from matts.settings import CONFIG_LOADER_ARGS
from tests.ugly import folder_of_assets, german_file, historian_export

Kedro = Callable[..., CompletedProcess[str]]

WRITTEN = "conf/base/parameters/dataset_pump.yml"


def typed(folder: Path, monkeypatch: pytest.MonkeyPatch, *arguments: str) -> Result:
    monkeypatch.chdir(folder)
    return CliRunner().invoke(main, arguments)


def test_a_draft_is_written_said_and_accepted(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    german_file(project / "data/01_raw/pump.csv")
    done = typed(project, monkeypatch, "pump", "data/01_raw/pump.csv")
    assert (done.exit_code, done.stderr) == (0, "")
    lines = done.stdout.splitlines()
    assert lines[0] == "1 file, 1,500 rows, 4 sensors"
    assert "look at this: no reading is where bad, no data stands" in lines
    assert lines[-2:] == [
        f"{WRITTEN} is written. Next:",
        "  kedro run --pipeline matts --params dataset=pump",
    ]
    loader = DatasetConfigLoader(
        str(project / "conf"), runtime_params={"dataset": "pump"}, **CONFIG_LOADER_ARGS
    )
    found = check_parameters(loader["parameters"])
    assert found.source.path == "data/01_raw/pump.csv"
    assert found.evaluate.seeds == 1
    assert not list(project.rglob("*.partial"))


def test_what_is_there_stays_unless_forced(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    german_file(project / "pump.csv")
    (project / WRITTEN).write_text("mine")
    done = typed(project, monkeypatch, "pump", "pump.csv")
    assert (done.exit_code, done.stdout) == (1, "")
    assert done.stderr == (
        f"Error: {WRITTEN} is there already: choose another name, or say --force\n"
    )
    assert (project / WRITTEN).read_text() == "mine"
    assert typed(project, monkeypatch, "pump", "pump.csv", "--force").exit_code == 0
    assert "source:" in (project / WRITTEN).read_text()


REFUSED = {
    "a name": ("Pump 2", "pump.csv", "a name of small letters, digits and _ is needed, as pump_2,"),
    "a path as name": ("../pump", "pump.csv", "a name of small letters, digits and _ is needed"),
    "no file": (
        "pump",
        "nothing.csv",
        "a file or a folder of csv, .* files is needed, got nothing",
    ),
}


@pytest.mark.parametrize(("name", "path", "message"), REFUSED.values(), ids=REFUSED)
def test_what_is_refused_in_a_sentence(
    doomed: Path, monkeypatch: pytest.MonkeyPatch, name: str, path: str, message: str
) -> None:
    before = sorted(doomed.rglob("*.yml"))
    done = typed(doomed, monkeypatch, name, path)
    assert done.exit_code == 1
    assert done.stderr.count("\n") == 1
    assert message.split(".*", maxsplit=1)[0] in done.stderr
    assert sorted(doomed.rglob("*.yml")) == before


def test_elsewhere_than_in_a_project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    done = typed(tmp_path, monkeypatch, "pump", "pump.csv")
    assert "conf/base/parameters is needed, and it is not below" in done.stderr


def test_help_helps(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    said = typed(project, monkeypatch, "--help").stdout
    for word in ("NAME", "PATH", "--force", "kedro run --pipeline matts", "URL"):
        assert word in said


def test_ingest_says_how_good_the_data_are(
    kedro: Kedro, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    german_file(project / "pump.csv")
    typed(project, monkeypatch, "pump", "pump.csv")
    path = project / WRITTEN
    path.write_text(path.read_text().replace("missing: [bad, no data]", "missing: [bad]"))
    done = kedro(project, "run", "--pipeline", "ingest", "--params", "dataset=pump")
    assert done.returncode == 0, done.stderr
    assert "Sensors: 3 good, 1 suspect, 0 unusable" in done.stderr.splitlines()
    folder = project / "data/smoke/08_reporting/pump"
    quality = json.loads((folder / "quality.json").read_text())
    assert quality["sensors"][1]["why"] == ["text in 4 cells, as 'No Data'"]
    told = " ".join((folder / "quality.md").read_text().split())
    assert "| Pressure | suspect | text in 4 cells" in told


@pytest.mark.slow
@pytest.mark.parametrize(
    "make", [german_file, folder_of_assets, historian_export], ids=["german", "assets", "historian"]
)
def test_ugly_files_go_the_whole_road_with_no_code(
    kedro: Kedro, project: Path, monkeypatch: pytest.MonkeyPatch, make: Callable[[Path], Path]
) -> None:
    path = make(project / "data/01_raw/pump.csv")
    assert typed(project, monkeypatch, "pump", str(path)).exit_code == 0
    done = kedro(project, "run", "--pipeline", "matts", "--params", "dataset=pump")
    assert done.returncode == 0, done.stderr
    folder = project / "data/smoke/08_reporting/pump"
    results = json.loads((folder / "results.json").read_text())
    report = (folder / "report.md").read_text()
    assert "## Data quality" in report
    if make is historian_export:
        assert "- Sensors: 14 good, 2 suspect, 0 unusable. All in `quality.md`." in report
        assert "- local times seem to jump by an hour (2023-10-29 02:00:00)" in report
    else:
        assert results["models"]["supervised"]["pr_auc"] > 0.9
        assert "- Sensors: 4 good, 0 suspect, 0 unusable. All in `quality.md`." in report
