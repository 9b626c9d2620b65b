"""What the parameters of the project say, for commands that run without Kedro."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from omegaconf import OmegaConf

from matts.cli import split_params
from matts.config import DatasetConfigLoader, Parameters, check_parameters
from matts.domain import BadInputError
from matts.settings import CONFIG_LOADER_ARGS

CONF = Path("conf")


@dataclass(frozen=True)
class Project:
    """The checked parameters of one dataset, and where its data are."""

    parameters: Parameters
    data: Path
    mlflow: dict[str, Any]
    env: str | None

    @property
    def dataset(self) -> str:
        """Its name."""
        return str(self.parameters.dataset)

    @property
    def models(self) -> Path:
        """Where training leaves its models."""
        return self.data / "06_models" / self.dataset

    @property
    def store(self) -> Path:
        """The database of the live service."""
        return self.data / "07_model_output" / self.dataset / "live.db"


def read_project(dataset: str, params: str, env: str) -> Project:
    """The project in this folder.

    Raises:
        BadInputError: there is none, or a parameter is wrong.
    """
    if not (CONF / "base").is_dir():
        msg = f"{CONF}/base is needed, and it is not below {Path.cwd().name}: go to the project"
        raise BadInputError(msg)
    told = _told(params) | ({"dataset": _as_kedro(dataset)} if dataset else {})
    loader = DatasetConfigLoader(
        str(CONF), env=env or None, runtime_params=told, **CONFIG_LOADER_ARGS
    )
    checked = check_parameters(loader["parameters"])
    return Project(checked, Path(loader["globals"]["data"]), dict(loader["mlflow"]), env or None)


def _told(params: str) -> dict[str, Any]:
    """What `--params` says, as for Kedro."""
    typed = split_params(params)
    if wrong := [each for each in typed if "=" not in each]:
        msg = f"--params needs key=value, got {wrong[0]}"
        raise BadInputError(msg)
    told: Any = OmegaConf.to_container(OmegaConf.from_dotlist(typed))
    return dict(told)


def _as_kedro(dataset: str) -> int | str:
    """A dataset that is a number is one in `--params`, too."""
    return int(dataset) if dataset.isdigit() else dataset
