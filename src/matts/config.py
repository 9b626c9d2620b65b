"""Parameters: parameters.yml, then the dataset's own file, then --params; all of them checked."""

import difflib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args, get_origin

from kedro.config import OmegaConfigLoader
from kedro.io import AbstractDataset
from omegaconf import OmegaConf
from pydantic import BaseModel, ConfigDict, Field, ValidationError, ValidationInfo, field_validator
from pydantic_core import ErrorDetails

from matts.causes.explainer import DEPLOYED, CauseSettings
from matts.detect.objective import DetectorSettings
from matts.detect.roster import OTHER, BaselineSettings
from matts.detect.threshold import ThresholdSettings
from matts.diagnose.settings import DiagnosisSettings
from matts.domain import BadInputError
from matts.evaluate.excerpt import ExploreSettings
from matts.evaluate.results import EvaluateSettings
from matts.evaluate.vae_study import VaeStudySettings
from matts.groups import SensorSettings
from matts.leaderboard.settings import LeaderboardSettings
from matts.life.settings import LifeSettings
from matts.search.space import SearchSettings
from matts.serve.settings import ServeSettings
from matts.source.settings import SourceSettings
from matts.tabular.settings import TabularSettings
from matts.training import TrainingSettings
from matts.windows import WindowSettings


class Parameters(BaseModel):
    """The whole parameter tree; a key that is not here is a mistake."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    dataset: int | str
    input: str | None = None
    workers: int = Field(0, ge=0, le=1024)
    source: SourceSettings
    sensors: SensorSettings
    windows: WindowSettings
    detector: DetectorSettings
    training: TrainingSettings
    diagnosis: DiagnosisSettings
    threshold: ThresholdSettings
    baselines: BaselineSettings
    causes: CauseSettings
    evaluate: EvaluateSettings
    life: LifeSettings
    search: SearchSettings
    vae: VaeStudySettings
    explore: ExploreSettings
    leaderboard: LeaderboardSettings
    tabular: TabularSettings
    serve: ServeSettings

    @field_validator("causes")
    @classmethod
    def _ask_what_is_fitted(cls, causes: CauseSettings, info: ValidationInfo) -> CauseSettings:
        """Methods ask the MATTS network or a baseline of the same run."""
        fitted = [
            DEPLOYED,
            *(f"{DEPLOYED}_{score}" for score in OTHER),
            *getattr(info.data.get("baselines"), "detectors", {}),
        ]
        for name in causes.asked:
            if name not in fitted:
                msg = f"detector {name} is not fitted, so none can ask it: {', '.join(fitted)} are"
                raise ValueError(msg)
        return causes


class DatasetConfigLoader(OmegaConfigLoader):
    """Kedro's loader, with one parameter file a dataset and `${parameter:…}` in the catalog."""

    _for_catalog: Any = None  # the parameters, while a catalog asks for some of them

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.runtime_params = self.runtime_params or {}
        self.chosen = self.runtime_params.get("dataset", self["globals"]["default_dataset"])
        self.dataset = str(self.chosen)
        self.config_patterns["parameters"] = ["parameters*"]  # the top level alone

    def __getitem__(self, key: str) -> dict[str, Any]:
        """The configuration of that kind; parameters come merged and checked."""
        OmegaConf.register_new_resolver("parameter", self._parameter, replace=True)  # not another's
        if key == "catalog":
            self._for_catalog = None  # somebody may have set others by hand since
        OmegaConf.register_new_resolver("configuration", self._configuration, replace=True)
        preset = key in self.data  # set by hand, in a test or a notebook
        config: dict[str, Any] = super().__getitem__(key)
        if key != "parameters" or preset:
            return config
        merged = OmegaConf.unsafe_merge(*self._layers(), self.runtime_params)
        parameters: Any = OmegaConf.to_container(merged, resolve=True)
        parameters["dataset"] = self.chosen  # no file may say another
        check_parameters(parameters)
        return dict(parameters)

    def _layers(self) -> Iterator[dict[str, Any]]:
        """What holds for every dataset, then for this one: in base, then in the environment."""
        base = Path(self.conf_source) / self.base_env
        known = sorted(path.stem for path in base.glob("parameters/dataset_*.yml"))
        if f"dataset_{self.dataset}" not in known:
            names = ", ".join(name.removeprefix("dataset_") for name in known)
            msg = f"there is no dataset {self.dataset!r}: choose one of {names}"
            raise BadInputError(msg)
        for environment in dict.fromkeys([self.base_env, self.env or self.default_run_env]):
            folder = f"{self.conf_source}/{environment}"
            for pattern in ("parameters*", f"parameters/dataset_{self.dataset}.yml"):
                yield self.load_and_merge_dir_config(folder, [pattern], "layer", set())

    def _configuration(self) -> dict[str, Any]:
        """What makes a loader like this one, for the catalog."""
        return {
            "conf_source": self.conf_source,
            "env": self.env,
            "base_env": self.base_env,
            "default_run_env": self.default_run_env,
            "runtime_params": self.runtime_params,
        }

    def _parameter(self, path: str) -> Any:
        """The value of a parameter by its dotted name, for the catalog, which reads all once."""
        if self._for_catalog is None:
            self._for_catalog = OmegaConf.create(self["parameters"])
        return OmegaConf.select(self._for_catalog, path)


class ParametersOfDatasets(AbstractDataset):  # type: ignore[type-arg]
    """The merged, checked parameters of several datasets, as a run of each alone would have them.

    What `--params` says holds for all of them; where the files of one are, `sources` says.
    """

    def __init__(
        self,
        *,
        configuration: dict[str, Any],
        datasets: list[int | str],
        sources: dict[str, str],
        metadata: dict[str, Any] | None = None,
    ) -> None:
        self._configuration = configuration
        self._datasets, self._sources = datasets, sources
        self.metadata = metadata

    def load(self) -> dict[str, dict[str, Any]]:
        """The parameters of each dataset by its name."""
        if "source" in self._configuration["runtime_params"]:
            msg = (
                "--params source is of one dataset: leaderboard.sources.<dataset>=<path> is needed"
            )
            raise BadInputError(msg)
        return {str(name): self._of(name) for name in self._datasets}

    def _of(self, dataset: int | str) -> dict[str, Any]:
        told: dict[str, Any] = {**self._configuration["runtime_params"], "dataset": dataset}
        if path := self._sources.get(str(dataset)):
            told["source"] = {"path": path}
        return DatasetConfigLoader(**{**self._configuration, "runtime_params": told})["parameters"]

    def save(self, data: Any) -> None:  # noqa: ARG002
        """Parameters are never written."""
        msg = "the parameters of datasets are read from conf, and not written"
        raise BadInputError(msg)

    def _describe(self) -> dict[str, Any]:
        return {"datasets": self._datasets}


def check_parameters(parameters: Any) -> Parameters:
    """Build the whole tree, or say in one sentence which key is wrong and what is allowed."""
    try:
        return Parameters.model_validate(parameters)
    except ValidationError as error:
        raise BadInputError("; ".join(explain(each) for each in error.errors()[:3])) from None


def explain(error: ErrorDetails) -> str:
    """One of pydantic's complaints, in words that name the key and what is allowed."""
    keys, allowed = _walk([str(part) for part in error["loc"]])
    name, key = ".".join(keys), keys[-1] if keys else ""
    if error["type"] == "value_error":  # one of our own, which says what came
        return f"parameter {name}: {error['msg'].removeprefix('Value error, ')}"
    if error["type"] == "model_type":
        below = ", ".join(allowed)
        return f"parameter {name} needs keys below it ({below}), got {error['input']!r}"
    if error["type"] != "extra_forbidden":
        return f"parameter {name}: {error['msg'].lower()}, got {error['input']!r}"
    near = difflib.get_close_matches(key, allowed, 1)
    hint = f"did you mean {near[0]}? " if near else ""
    return f"there is no parameter {name}: {hint}allowed here: {', '.join(allowed)}"


def _walk(parts: list[str]) -> tuple[list[str], list[str]]:
    """The keys as somebody wrote them, and what may stand below the last that is known.

    Of several models that may stand below a key, pydantic names the chosen one; nobody wrote that.
    """
    keys: list[str] = []
    models: list[Any] = [Parameters]
    named = False  # whether the next key is a name of the user's own, or a place in a list
    for part in parts:
        if not named and len(models) > 1 and (chosen := [m for m in models if _is(m, part)]):
            models = chosen
            continue
        keys.append(part)
        fields = [model.model_fields.get(part) for model in models]
        found = [field.annotation for field in fields if field] if not named else []
        named = not named and any(get_origin(each) in (dict, tuple) for each in found)
        models = [model for each in found for model in _models_in(each)] if found else models
    return keys, sorted({name for model in models for name in model.model_fields})


def _is(model: type[BaseModel], tag: str) -> bool:
    """Whether that is the tag by which a model is told from others."""
    return any(tag in get_args(field.annotation) for field in model.model_fields.values())


def _models_in(annotation: Any) -> list[Any]:
    """The models among those that an annotation allows."""
    if hasattr(annotation, "model_fields"):
        return [annotation]
    return [model for each in get_args(annotation) for model in _models_in(each)]
