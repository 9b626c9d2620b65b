"""What an exported file says of itself: what it needs, what it was trained on, how to read it."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from matts import __version__
from matts.detect.calibration import Calibration, fingerprint
from matts.domain import Detector, Diagnoser, Floats, Windows
from matts.groups import OFF_LEVEL, RESIDUAL, SensorSettings
from matts.readings import Layout
from matts.source.units import units_of

Card = dict[str, Any]  # what JSON can hold


def describe_training(
    train: Windows,
    source: Mapping[str, Any],
    dataset: int | str,
    layout: Layout,
    sensors: SensorSettings | None = None,
) -> Card:
    """What detector and diagnoser have in common: the readings that they need and have seen."""
    return {
        "dataset": dataset,
        "data_source": source["data_source"],
        "sensors": list(train.sensors),
        "channels": _channels(train.sensors),
        "units": units_of(train.sensors, layout, sensors),
        "window": train.length,
        "faults": list(train.fault_names),
        "training": {
            "readings": len(train.rows),
            "windows": len(train),
            "healthy_share": float(1 - train.faulty.mean()),
            "sensors": dict(zip(train.sensors, _statistics(train.rows), strict=True)),
        },
    }


def _channels(sensors: Sequence[str]) -> str:
    """What the models look at, and where it comes from."""
    if not any(name.endswith((RESIDUAL, OFF_LEVEL)) for name in sensors):
        return "the sensors as they are"
    return (
        f"those named '<sensor>{RESIDUAL}' are what a sensor is off its virtual one, in healthy "
        f"spreads, those that end in '{OFF_LEVEL}' what it is off the first readings of its asset: "
        "channel_maker.safetensors of the same run makes them of the sensors' readings"
    )


def _statistics(rows: Floats) -> list[dict[str, float | None]]:
    """Mean, spread and range of each sensor, of the readings that are there: [R, F] -> F of them.

    >>> _statistics(np.array([[1.0], [3.0]]))
    [{'mean': 2.0, 'spread': 1.0, 'lowest': 1.0, 'highest': 3.0}]
    """
    there = pd.DataFrame(rows).replace([np.inf, -np.inf], np.nan)
    figures = {
        "mean": there.mean(),
        "spread": there.std(ddof=0),
        "lowest": there.min(),
        "highest": there.max(),
    }
    columns = np.column_stack([each.to_numpy() for each in figures.values()]).tolist()
    return [
        {
            name: None if np.isnan(value) else value
            for name, value in zip(figures, each, strict=True)
        }
        for each in columns
    ]


def describe_models(
    detector: Detector, diagnoser: Diagnoser | None, calibration: Mapping[str, Any], training: Card
) -> dict[str, Card]:
    """The card of the deployed detector, and that of the diagnoser behind it, if there is one."""
    decided = Calibration.join(calibration)
    name = decided.best_seed("matts")
    seed, threshold = name.split("/")[1], decided.thresholds[name]
    threshold.refuse_to_move()
    judged = {
        "stage": "detector",
        "model": name,
        "seed": int(seed),
        "score": "probability" if getattr(detector, "probabilistic", False) else "error",
        "threshold": threshold.limit,
        "thresholds_by_asset": threshold.by_asset,
        "validation_pr_auc": decided.validation_pr_auc[name],
        "fingerprint": fingerprint(detector),
        "matts_version": __version__,
    }
    cards = {"detector": {**judged, **training}}
    if diagnoser is None:
        return cards
    named = {
        "stage": "diagnoser",
        "model": f"latent/{seed}",
        "seed": int(seed),
        "detector_fingerprint": judged["fingerprint"],
        "fingerprint": fingerprint(diagnoser),
        "matts_version": __version__,
    }
    return {**cards, "diagnoser": {**named, **training}}
