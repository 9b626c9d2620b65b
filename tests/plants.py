"""Small plants with all that training leaves of them, for tests of the live service."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from matts.causes.explainer import Explainer
from matts.causes.healthy import Healthy
from matts.channels import Channels
from matts.detect.autoencoder import AutoencoderDetector
from matts.detect.calibration import Calibration, calibrate_all, fingerprint
from matts.detect.methods import ThresholdSettings
from matts.detect.virtual_sensors import VirtualSensorsDetector, VirtualSensorsSettings
from matts.diagnose.logistic import LogisticDiagnoser
from matts.diagnose.novelty import Novelty, NoveltySettings
from matts.domain import Detector, Readings, Windows
from matts.evaluate.similar import recall
from matts.groups import SensorSettings
from matts.readings import to_readings
from matts.serve.artifacts import save_models
from matts.serve.batch import Deployed, Schema
from matts.serve.live.deployment import Deployment
from matts.serve.live.reading import Reading
from matts.serve.profile import LiveProfile, refer
from matts.source.settings import MissingSettings
from matts.training import TrainingSettings
from matts.windows import ReferenceSettings, Split, WindowSettings, schema_of, split_readings

MODES = SensorSettings.model_validate(
    {"groups": {"product": {"like": "product", "given": True}}, "mode": ["product"]}
)
KINDS = {
    "raw": WindowSettings(),
    "residual": WindowSettings(channels="residual"),
    "both": WindowSettings(channels="both"),
    "off level": WindowSettings(reference=ReferenceSettings(readings=20, spread=True)),
    "residual off level": WindowSettings(
        channels="residual", reference=ReferenceSettings(readings=20)
    ),
}


def table_of(seed: int, readings: int = 600, assets: tuple[str, ...] = ()) -> pd.DataFrame:
    """Five sensors that wander together, and the product; each of two faults moves two of them."""
    rng = np.random.default_rng(seed)
    product = rng.integers(1, 5, readings // 10 + 1).repeat(10)[:readings].astype(float)
    load = np.cumsum(rng.normal(size=(readings, 2)), axis=0) / 10
    values = 20 + load @ np.random.default_rng(99).normal(size=(2, 5)) + 0.3 * product[:, None]
    values += rng.normal(size=(readings, 5)) * 0.2
    table = pd.DataFrame(values, columns=list("abcde")).assign(product=product)
    for fault, sensors in enumerate((["a", "b"], ["c", "d"])):
        truth = np.zeros(readings, np.bool_)
        for start in range(15 + 20 * fault, readings - 5, 40):
            truth[start : start + 5] = True
        table.loc[truth, sensors] += 3.0
        table[f"Anomaly_Fault{fault}"] = truth
    if assets:
        table["asset"] = np.array(assets)[np.arange(readings) // -(-readings // len(assets))]
    return table


@dataclass(frozen=True)
class Plant:
    """What training saw, and what it left."""

    kind: str
    split: Split
    deployment: Deployment


def trained(kind: str, detectors: Mapping[str, Detector], assets: tuple[str, ...] = ()) -> Plant:
    """Train these detectors beside a small network; virtual sensors explain alerts."""
    table, settings = table_of(0, assets=assets), KINDS[kind]
    channels = Channels.fit(table, settings, MODES)
    split = split_readings(to_readings(channels.from_start(table)), settings)
    raw = split_readings(to_readings(table), settings)
    quick = TrainingSettings(epochs=5, batch_size=64, learning_rate=0.01)
    network = AutoencoderDetector(training=quick).fit(split.train, split.validation)
    shown = {"matts": network, **detectors}
    named = {f"{name}/0": each for name, each in shown.items()}
    calibration = calibrate_all(named, split.validation, ThresholdSettings(method="best_f1"))
    asked = VirtualSensorsDetector(VirtualSensorsSettings(sensors=MODES))
    asked.fit(split.train, split.validation)
    novelty = Novelty(NoveltySettings(rate=0.1)).fit(split.train, split.validation)
    deployed = Deployed(
        network,
        calibration.thresholds["matts/0"],
        LogisticDiagnoser().fit(split.train, split.validation),
        Schema.read(schema_of(split.test)),
        novelty,
        Explainer("residual", asked, Healthy.of(asked, split.train), fingerprint(network)),
    )
    reference = refer((raw.train, raw.validation), split.train, split.validation, network)
    past = recall(novelty.directions, split.train, split.validation)
    own = shown, calibration, channels, MODES, reference, past, assets
    return Plant(kind, split, Deployment("plant", "0" * 12, deployed, *own))


def saved(plant: Plant, folder: Path) -> Path:
    """The files of models that a run would leave of a plant, in this folder."""
    folder.mkdir(parents=True, exist_ok=True)
    deployment = plant.deployment
    deployed, past = deployment.deployed, deployment.past
    assert past is not None
    about = deployment.reference, past, deployment.sensors, "residual", MissingSettings()
    models: dict[str, dict[str, Any]] = {
        "detectors": {f"{name}/0": each for name, each in deployment.detectors.items()},
        "baselines": {},
        "diagnosers": {"latent/0": deployed.diagnoser},
        "novelty": {"novelty": deployed.novelty},
        "explainers": {"residual": deployed.explainer},
        "channel_maker": {"channels": deployment.channels},
        "live_profile": {
            "profile": LiveProfile(deployment.name, *about, deployment.assets),
        },
    }
    for kind, each in models.items():
        save_models(folder / f"{kind}.safetensors", each)
    whole = deployment.calibration
    none = Calibration(thresholds={}, validation_pr_auc={}, fingerprints={}, expects=whole.expects)
    for kind, decided in (("calibration", whole), ("baseline_calibration", none)):
        tree = decided.model_dump(mode="json")
        (folder / f"{kind}.json").write_text(json.dumps(tree), encoding="utf-8")
    return folder


def stored(plant: Plant, tables: Mapping[str, pd.DataFrame]) -> tuple[Readings, Windows]:
    """What new readings are as a stored file: of all assets, where training knew some."""
    names = plant.deployment.assets
    each = [t.assign(asset=asset) if names else t for asset, t in tables.items()]
    table = pd.concat(each, ignore_index=True)
    [channels] = plant.deployment.channels.follow([table])
    readings = to_readings(channels)
    return readings, plant.deployment.deployed.schema.windows(readings)


def live(asset: str, table: pd.DataFrame, inputs: tuple[str, ...]) -> list[Reading]:
    """The same as readings that come one by one, a second apart."""
    rows = table[[*inputs]].to_numpy()
    return [
        Reading(
            asset,
            float(time),
            {name: None if np.isnan(x) else float(x) for name, x in zip(inputs, row, strict=True)},
        )
        for time, row in enumerate(rows)
    ]


def with_holes(table: pd.DataFrame, seed: int) -> pd.DataFrame:
    """A twentieth of the cells is missing, and one whole reading."""
    holes = np.random.default_rng(seed).random((len(table), 5)) < 0.05
    holes[60] = True
    spoilt = table.copy()
    spoilt[list("abcde")] = table[list("abcde")].mask(holes)
    spoilt.loc[60, "product"] = np.nan
    return spoilt


def moved(plant: Plant, **changes: object) -> Plant:
    """The same with other parts of the deployment."""
    return replace(plant, deployment=replace(plant.deployment, **changes))  # type: ignore[arg-type]
