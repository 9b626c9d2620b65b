"""A model as MLflow serves it: a folder with one model and what it expects of readings."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from matts.detect.threshold import Threshold
from matts.domain import Detector, Diagnoser
from matts.files import replacing
from matts.readings import to_readings
from matts.serve.artifacts import load_models, save_models
from matts.serve.batch import PROBABILITY, Schema
from matts.serve.carried import leave_copy

MODEL, CARD = "model.safetensors", "card.json"


class RegisteredDetector:
    """Scores and alerts of readings in the machine's own units."""

    def __init__(self, detector: Detector, threshold: Threshold, schema: Schema) -> None:
        self.detector, self.threshold, self.schema = detector, threshold, schema

    def predict(self, readings: pd.DataFrame) -> pd.DataFrame:
        """One row a reading; those before the first whole window have no score and no alert."""
        windows = self.schema.windows(to_readings(readings))
        scores = np.full(len(readings), np.nan)
        alerts = np.zeros(len(readings), np.bool_)
        scores[windows.positions] = given = self.detector.score(windows)
        alerts[windows.positions] = self.threshold.alerts(given, windows.assets)
        return pd.DataFrame({"score": scores, "alert": alerts})


class RegisteredDiagnoser:
    """Fault probabilities of readings that a detector found strange."""

    def __init__(self, diagnoser: Diagnoser, schema: Schema) -> None:
        self.diagnoser, self.schema = diagnoser, schema

    def predict(self, readings: pd.DataFrame) -> pd.DataFrame:
        """One row a reading; those before the first whole window have no probabilities."""
        windows = self.schema.windows(to_readings(readings))
        names = [PROBABILITY + name for name in self.schema.fault_names]
        given = pd.DataFrame(self.diagnoser.probabilities(windows), windows.positions, names)
        return given.reindex(pd.RangeIndex(len(readings)))


def save_folder(
    folder: Path, model: Any, schema: Mapping[str, Any], threshold: Threshold | None
) -> None:
    """Write a detector with its threshold, or a diagnoser without one."""
    save_models(folder / MODEL, {"model": model})
    card = {"schema": dict(schema), "threshold": threshold.model_dump() if threshold else None}
    with replacing(folder / CARD) as partial:
        partial.write_text(json.dumps(card, indent=2), encoding="utf-8")


def load_folder(folder: Path) -> RegisteredDetector | RegisteredDiagnoser:
    """Read what `save_folder` wrote."""
    model = load_models(folder / MODEL)["model"]
    card = json.loads((folder / CARD).read_text(encoding="utf-8"))
    schema = Schema.read(card["schema"])
    if card["threshold"] is None:
        return RegisteredDiagnoser(model, schema)
    return RegisteredDetector(model, Threshold(**card["threshold"]), schema)


def _load_pyfunc(path: str) -> RegisteredDetector | RegisteredDiagnoser:
    """The name by which MLflow's pyfunc flavour asks for a model."""
    leave_copy()
    return load_folder(Path(path))
