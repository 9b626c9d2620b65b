"""The result of a run as one plain tree: what results.json holds."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from pydantic import BaseModel, ConfigDict, Field

from matts.detect.calibration import Calibration
from matts.domain import HEALTHY, Bools
from matts.evaluate.classes import judge_classes
from matts.evaluate.combination import judge_combination
from matts.evaluate.detection import detection_metrics, unlabelled_metrics
from matts.evaluate.diagnosis import diagnosis_metrics
from matts.evaluate.found import judge_found
from matts.evaluate.intervals import summarise_seeds
from matts.evaluate.pairs import judge_pairs
from matts.evaluate.tables import alerts_of, fault_names, models_in, truth_of

COMBINED = "combined"  # what the deployed detector is a part of, and so no rival
DETECTOR, DIAGNOSER = "matts", "latent"  # what is deployed, under these names in every table
RANKINGS = ("pr_auc", "vus_pr")  # what a detector must beat every other one in

Tree = dict[str, Any]


class EvaluateSettings(BaseModel):
    """How many seeds are trained, and how wide VUS-PR looks around an event.

    `leave_out` names faults without which some figures are told once more: those that leave no
    trace, as far as anybody knows.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    seeds: int = Field(1, ge=1, le=100)
    vus_buffer: int = Field(10, ge=0, le=1000)
    leave_out: tuple[str, ...] = ()


def judge(
    scores: pd.DataFrame,
    diagnoses: pd.DataFrame,
    calibration: Calibration,
    costs: Mapping[str, Tree],
    settings: EvaluateSettings,
) -> Tree:
    """Everything that the test part says of every detector and diagnoser.

    What nobody can know is None: without a diagnoser what is named, without labels what is right.
    """
    test = scores[scores["part"] == "test"]
    models = judge_detectors(test, calibration, costs, settings)
    diagnosers = judge_diagnosers(test, diagnoses, calibration)
    deployed = calibration.best_seed(DETECTOR)
    diagnosis = diagnosers.get(DIAGNOSER)  # None where there was no fault to train one on
    return {
        "labelled": bool(fault_names(test)),
        "deployed": {
            "detector": deployed,
            "diagnoser": f"{DIAGNOSER}/{diagnosis['seed']}" if diagnosis else None,
            "threshold": models[DETECTOR]["threshold"],
        },
        "detection": {name: models[DETECTOR][name] for name in _metrics(models[DETECTOR])},
        "diagnosis": diagnosis and diagnosis["on_anomalies"],
        "end_to_end": diagnosis and diagnosis["end_to_end"],
        "models": models,
        "diagnosers": diagnosers,
        "found": judge_found(test, calibration, settings.leave_out),
        "classes": judge_classes(
            test, diagnoses, calibration, _chosen(diagnosers, deployed), settings.leave_out
        ),
        "pairs": judge_pairs(test, diagnoses, calibration, diagnosers),
        "combination": judge_combination(models, calibration.choice),
        "cost": models[DETECTOR]["cost"],
        "not_beaten": not_beaten(models),
        "diagnosers_not_beaten": diagnosers_not_beaten(diagnosers),
    }


def _chosen(diagnosers: Tree, deployed: str) -> dict[str, str]:
    """The seed of each diagnoser that is judged, and the detector that it stands behind."""
    return {
        f"{kind}/{entry['seed']}": f"{DETECTOR}/{entry['seed']}" if kind == DIAGNOSER else deployed
        for kind, entry in diagnosers.items()
    }


def judge_detectors(
    test: pd.DataFrame,
    calibration: Calibration,
    costs: Mapping[str, Tree],
    settings: EvaluateSettings,
) -> Tree:
    """One entry a detector, the same keys in each: its best seed by validation, and all seeds."""
    judged = {
        name: _judge_one(test, name, calibration, settings) for name in calibration.thresholds
    }
    entries = {}
    for name in dict.fromkeys(_kind(key) for key in judged):
        best = calibration.best_seed(name)
        own = [key for key in judged if _kind(key) == name]
        entries[name] = {
            "seed": _seed(best),
            "threshold": calibration.thresholds[best].limit,
            "validation_pr_auc": calibration.validation_pr_auc[best],
            **judged[best],
            "seeds": {
                "which": [_seed(key) for key in own],
                **{m: summarise_seeds([judged[key][m] for key in own]) for m in judged[best]},
            },
            "cost": costs[best],
        }
    return entries


def _judge_one(
    test: pd.DataFrame, name: str, calibration: Calibration, settings: EvaluateSettings
) -> dict[str, float | None]:
    scores, segments = test[name].to_numpy(), test["segment"].to_numpy()
    alerts = alerts_of(test, name, calibration.thresholds[name])
    truth, buffer = truth_of(test), settings.vus_buffer
    if not truth.shape[1]:
        return unlabelled_metrics(scores, alerts, segments, max_buffer=buffer)
    faulty = np.asarray(truth.any(axis=1))
    return detection_metrics(scores, alerts, faulty, segments, max_buffer=buffer)


def judge_diagnosers(test: pd.DataFrame, diagnoses: pd.DataFrame, calibration: Calibration) -> Tree:
    """One entry a diagnoser: on true anomalies alone, and end to end behind the detector.

    A diagnoser stands behind the detector of its own seed, one without seeds behind the deployed.
    """
    entries: Tree = {}
    deployed = calibration.best_seed(DETECTOR)
    for kind in dict.fromkeys(map(_kind, models_in(diagnoses))):
        own = [name for name in models_in(diagnoses) if _kind(name) == kind]
        judged = {}
        for name in own:
            detector = f"{DETECTOR}/{_seed(name)}" if kind == DIAGNOSER else deployed
            alerts = alerts_of(test, detector, calibration.thresholds[detector])
            judged[_seed(name)] = _judge_naming(diagnoses, name, alerts)
        seed = _seed(deployed) if kind == DIAGNOSER else _seed(own[0])
        entries[kind] = {"seed": seed, **judged[seed], "seeds": _naming_by_seed(judged)}
    return entries


def _judge_naming(diagnoses: pd.DataFrame, name: str, alerts: Bools) -> Tree:
    """What naming faults is worth: on validation, on test anomalies, and behind alerts."""
    names, by_part = fault_names(diagnoses), dict(list(diagnoses.groupby("part")))
    validation, test = by_part["validation"], by_part["test"]
    held_out = diagnosis_metrics(
        validation[name].to_numpy(), truth_of(validation), names, with_healthy=False
    )
    named, truth = test[name].to_numpy(), truth_of(test)
    flagged = np.where(alerts, named, HEALTHY)
    return {
        "validation_f1_macro": held_out["f1_macro"],
        "on_anomalies": diagnosis_metrics(named, truth, names, with_healthy=False),
        "end_to_end": diagnosis_metrics(flagged, truth, names, with_healthy=True),
    }


def _naming_by_seed(judged: Mapping[int, Tree]) -> Tree:
    """The macro F1s over the seeds."""
    return {
        "which": list(judged),
        **{
            f"{view}_f1_macro": summarise_seeds([one[view]["f1_macro"] for one in judged.values()])
            for view in ("on_anomalies", "end_to_end")
        },
    }


def not_beaten(models: Tree) -> list[str] | None:
    """The detectors that are as good as ours or better, by the median of the seeds.

    None where the test part has no fault that is known: then nobody can tell.
    """
    if models[DETECTOR]["seeds"]["pr_auc"]["median"] is None:
        return None

    def median(name: str, metric: str) -> float:
        return models[name]["seeds"][metric]["median"] or 0.0

    others = [name for name in models if _kind(name).split("_")[0] not in (DETECTOR, COMBINED)]
    return [
        name
        for name in others
        if any(median(name, metric) >= median(DETECTOR, metric) for metric in RANKINGS)
    ]


def diagnosers_not_beaten(diagnosers: Tree) -> list[str]:
    """The diagnosers whose end-to-end macro F1 is as good as ours or better, by the median."""
    if DIAGNOSER not in diagnosers:
        return []
    median = {
        name: entry["seeds"]["end_to_end_f1_macro"]["median"] or 0.0
        for name, entry in diagnosers.items()
    }
    return [n for n in median if n != DIAGNOSER and median[n] >= median[DIAGNOSER]]


def _metrics(entry: Tree) -> list[str]:
    """The names of an entry's test metrics."""
    return [name for name in entry["seeds"] if name != "which"]


def _kind(name: str) -> str:
    return name.split("/", maxsplit=1)[0]


def _seed(name: str) -> int:
    return int(name.split("/")[1])
