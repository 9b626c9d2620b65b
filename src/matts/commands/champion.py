"""The models that judge: from files, else from the registry of MLflow, else trained now."""

import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from time import monotonic

from matts.commands.project import Project
from matts.domain import BadInputError
from matts.files import replacing

PROFILE = "live_profile.safetensors"
FILES = (
    *("detectors.safetensors", "calibration.json", "baselines.safetensors"),
    *("baseline_calibration.json", "diagnosers.safetensors", "novelty.safetensors"),
    *("explainers.safetensors", "channel_maker.safetensors", PROFILE),
)
SMALL = "evaluate.seeds=1"  # what makes a training small: one seed instead of five
LAST = 400  # characters of a failed run that are told
STEP = 5.0  # seconds between two lines of progress where no terminal is

Say = Callable[[str], None]


def find_champion(project: Project, say: Say) -> Path:
    """The folder with the models of a dataset; they are got there first, if need be.

    What is there is never written over: of an older run only its profile is made.
    """
    folder = project.models
    if _whole(folder):
        return folder
    if (folder / "calibration.json").exists():
        say(f"{folder} is of a version without {PROFILE}, which is made now")
        _kedro(project, "profile", "", say)
    elif _from_registry(project):
        say(f"the models of {project.dataset} come from MLflow, and are in {folder} now")
    else:
        say(f"nothing is trained on {project.dataset} yet: a small training comes first ({SMALL})")
        _kedro(project, "matts", SMALL, say)
    return folder


def _whole(folder: Path) -> bool:
    return all((folder / name).exists() for name in FILES)


def _kedro(project: Project, pipeline: str, params: str, say: Say) -> None:
    """Run a pipeline in a process of its own, and say how long it takes.

    Raises:
        BadInputError: it failed; the end of what it said tells why.
    """
    told = ",".join(filter(None, [f"dataset={project.dataset}", params]))
    command = [sys.executable, "-m", "kedro", "run", "--pipeline", pipeline, "--params", told]
    command += ["--env", project.env] if project.env else []
    with tempfile.TemporaryFile("w+") as output:
        process = subprocess.Popen(command, stdout=output, stderr=output)  # noqa: S603 (our own)
        try:
            _wait(process, f"kedro run --pipeline {pipeline} --params {told}", say)
        finally:
            process.kill()
        if process.returncode:
            output.seek(0)
            said = " ".join(output.read().split())[-LAST:]
            msg = f"{' '.join(command[2:])} failed: {said}"
            raise BadInputError(msg)


def _wait(process: "subprocess.Popen[bytes]", what: str, say: Say) -> None:
    """Wait, with a line now and then."""
    start = monotonic()
    while True:
        try:
            process.wait(STEP)
        except subprocess.TimeoutExpired:
            say(f"  {what}: {monotonic() - start:.0f} s")
        else:
            return


def _from_registry(project: Project) -> bool:
    """Get the files of the newest run that has them all; False where there is none."""
    store = project.mlflow["tracking_uri"].removeprefix("sqlite:///")
    if project.mlflow["tracking_uri"].startswith("sqlite:///") and not Path(store).exists():
        return False  # MLflow would make an empty one
    import mlflow  # noqa: PLC0415 (seconds)

    from matts.hooks.mlflow_store import tracking_uri  # noqa: PLC0415

    client = mlflow.MlflowClient(tracking_uri(project.mlflow["tracking_uri"], Path.cwd()))
    experiment = client.get_experiment_by_name(project.mlflow["experiment"])
    if experiment is None:
        return False
    asked = f"tags.dataset = '{project.dataset}' and attributes.status = 'FINISHED'"
    for run in client.search_runs(
        [experiment.experiment_id], asked, order_by=["attributes.start_time DESC"]
    ):
        if set(FILES) <= {each.path for each in client.list_artifacts(run.info.run_id)}:
            _download(client, run.info.run_id, project.models)
            return True
    return False


def _download(client: "mlflow.MlflowClient", run: str, folder: Path) -> None:  # type: ignore[name-defined]  # noqa: F821
    """All files or none, as a run writes them."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent) as scratch:
        for name in FILES:
            client.download_artifacts(run, name, scratch)
        for name in FILES:
            with replacing(folder / name) as partial:
                shutil.copy2(Path(scratch) / name, partial)
