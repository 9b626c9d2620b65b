"""What training left, as the live service takes it: from the files of its models alone."""

import json
from dataclasses import dataclass, field
from functools import cached_property
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np

from matts.causes.explainer import CauseSettings
from matts.channels import Channels
from matts.detect.calibration import Calibration
from matts.domain import BadInputError, Detector, Floats
from matts.evaluate.similar import PastEvents, nearest
from matts.groups import SensorSettings
from matts.monitor.reference import TrainingReference
from matts.serve.artifacts import load_models
from matts.serve.batch import Deployed
from matts.serve.live.reading import Reading
from matts.serve.live.settings import LiveSettings
from matts.serve.profile import LiveProfile
from matts.source.settings import MissingSettings

DEPLOYED = "matts"


@dataclass(frozen=True)
class Deployment:
    """The deployed detector with all that surrounds it, and the detectors shown beside it."""

    name: str  # of the dataset
    version: str  # 12 hex digits, of the numbers of all detectors
    deployed: Deployed
    detectors: dict[str, Detector]  # by plain name, the deployed one first
    calibration: Calibration
    channels: Channels
    sensors: SensorSettings
    reference: TrainingReference  # of the sensors as they come
    past: PastEvents | None = None
    assets: tuple[str, ...] = ()  # those known from training
    missing: MissingSettings = field(default_factory=MissingSettings)
    deployed_name: str = DEPLOYED

    @property
    def inputs(self) -> tuple[str, ...]:
        """[F]: the sensors of a reading, in order."""
        return self.channels.inputs or self.deployed.schema.sensors

    @cached_property
    def limits(self) -> dict[str, float]:
        """Each detector's limit as a surprise."""
        return {name: self.limit_of(name, "") for name in self.detectors}

    def limit_of(self, name: str, asset: str) -> float:
        """The limit of a detector for an asset, as a surprise."""
        full = self.calibration.best_seed(name)
        threshold = self.calibration.thresholds[full]
        score = np.array([threshold.by_asset.get(asset, threshold.limit)])
        return float(self.calibration.surprise(full, score, np.array([asset]))[0])

    def refuse_strangers(self, reading: Reading) -> None:
        """Refuse a reading that has none of the known sensors; some unknown ones do no harm."""
        if not any(name in reading.values for name in self.inputs):
            came = ", ".join(list(reading.values)[:3])
            msg = f"a reading of {self.name} needs sensors like {self.inputs[0]}, got {came}"
            raise BadInputError(msg)

    def similar(self, ways: Floats, count: int = 3) -> list[list[dict[str, Any]]]:
        """The past events that went most like these ways, [N, C], the nearest first."""
        return [[] for _ in ways] if self.past is None else nearest(self.past, ways, count)


def load_deployment(folder: Path, settings: LiveSettings) -> Deployment:
    """What was trained on a dataset, from the files in its folder.

    Raises:
        BadInputError: a file is absent, or they are of different runs.
    """
    profile: LiveProfile = _models(folder, "live_profile")["profile"]
    trees = [_read(folder / f"{kind}.json") for kind in ("calibration", "baseline_calibration")]
    decided = Calibration.join(*trees)
    detectors = _detectors(folder, decided, settings)
    deployed = Deployed.choose(
        {decided.best_seed(DEPLOYED): detectors[DEPLOYED]},
        _models(folder, "diagnosers"),
        trees[0],
        _models(folder, "novelty")["novelty"],
    ).explained_by(_models(folder, "explainers"), CauseSettings(method=profile.cause))
    return Deployment(
        profile.name,
        _version(decided),
        deployed,
        detectors,
        decided,
        _models(folder, "channel_maker")["channels"],
        profile.sensors,
        profile.reference,
        profile.past,
        profile.assets,
        profile.missing,
    )


def _detectors(folder: Path, decided: Calibration, settings: LiveSettings) -> dict[str, Detector]:
    """The best seed of each detector that is to be shown and was trained, by its plain name."""
    trained = {key.split("/")[0] for key in decided.validation_pr_auc}
    wanted = dict.fromkeys((DEPLOYED, *settings.detectors))
    chosen = {decided.best_seed(name): name for name in wanted if name in trained}
    found: dict[str, Detector] = {}
    for kind in ("detectors", "baselines"):
        found |= {chosen[key]: d for key, d in _models(folder, kind, chosen).items()}
    return {name: found[name] for name in chosen.values() if name in found}


def _models(folder: Path, kind: str, names: Any = None) -> dict[str, Any]:
    path = folder / f"{kind}.safetensors"
    _refuse_absence(path)
    return load_models(path, names)


def _read(path: Path) -> Any:
    _refuse_absence(path)
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        msg = f"{path} needs JSON: {error}"
        raise BadInputError(msg) from None


def _refuse_absence(path: Path) -> None:
    if not path.exists():
        msg = f"the live service needs {path}, which training writes: run `kedro run` first"
        raise BadInputError(msg)


def _version(decided: Calibration) -> str:
    """Another one as soon as any number of any detector is another."""
    each = [f"{name} {number}" for name, number in sorted(decided.fingerprints.items())]
    return sha256("\n".join(each).encode()).hexdigest()[:12]
