"""What it is all worth: tables and metrics, on windows kept apart."""

from typing import Any

import pandas as pd
from pydantic_core import to_jsonable_python

from matts.causes.explainer import Explainer
from matts.detect.calibration import Calibration
from matts.detect.roster import Detectors, LeftOut, Seconds
from matts.detect.threshold import ThresholdSettings
from matts.diagnose.roster import Diagnosers
from matts.domain import Windows
from matts.evaluate import causes
from matts.evaluate.cost import cost_table, take
from matts.evaluate.promises import promises, record
from matts.evaluate.results import DETECTOR, EvaluateSettings, judge
from matts.evaluate.tables import diagnosis_table, score_table
from matts.groups import SensorSettings
from matts.serve.alarms.rates import alarm_rates
from matts.serve.settings import ServeSettings

Tree = dict[str, Any]


def score(
    detectors: Detectors, baselines: Detectors, validation: Windows, test: Windows
) -> pd.DataFrame:
    """Every detector's score of every validation and test window."""
    return score_table(detectors | baselines, validation=validation, test=test)


def diagnose(
    diagnosers: Diagnosers, baselines: Diagnosers, validation: Windows, test: Windows
) -> pd.DataFrame:
    """The fault that every diagnoser names for every validation and test window."""
    return diagnosis_table(diagnosers | baselines, validation=validation, test=test)


def pick_seeds(
    detectors: Detectors,
    baselines: Detectors,
    seconds: Seconds,
    baseline_seconds: Seconds,
    calibration: Tree,
    baseline_calibration: Tree,
) -> tuple[Detectors, Seconds]:
    """The best seed of every detector by validation, and how long it took to fit."""
    best = Calibration.join(calibration, baseline_calibration).best_seeds()
    return take(detectors | baselines, best), take(seconds | baseline_seconds, best)


def measure_cost(best: Detectors, test: Windows, seconds: Seconds) -> dict[str, Tree]:
    """Size, training and scoring cost of every detector."""
    return cost_table(best, test, seconds)


def judge_all(
    scores: pd.DataFrame,
    diagnoses: pd.DataFrame,
    calibration: Tree,
    baseline_calibration: Tree,
    costs: dict[str, Tree],
    settings: EvaluateSettings,
) -> Tree:
    """Every metric of every detector and diagnoser."""
    joined = Calibration.join(calibration, baseline_calibration)
    return judge(scores, diagnoses, joined, costs, settings)


def promise(
    detectors: Detectors,
    calibration: Tree,
    train: Windows,
    validation: Windows,
    test: Windows,
    settings: ThresholdSettings,
) -> list[Tree]:
    """How many false alarms each threshold on the deployed detector promises, and keeps."""
    deployed = detectors[Calibration.join(calibration).best_seed(DETECTOR)]
    return promises(record(deployed, train, validation, test), settings)


def judge_causes(
    explainers: dict[str, Explainer],
    scores: pd.DataFrame,
    calibration: Tree,
    test: Windows,
    episodes: pd.DataFrame,
    sensors: SensorSettings,
) -> Tree:
    """Whether alerts of the deployed detector blame the right sensors."""
    alerts = causes.deployed_alerts(scores, Calibration.join(calibration))
    return {"root_cause": causes.judge_causes(explainers, test, alerts, episodes, sensors)}


def rate_alarms(
    scores: pd.DataFrame, calibration: Tree, baselines: Tree, quality: Tree, settings: ServeSettings
) -> Tree:
    """Alarms per asset-day, as alerts raise them and as operators hear them."""
    return alarm_rates(scores, Calibration.join(calibration, baselines), quality, settings.alarms)


def gather(
    kept: list[Tree], rates: Tree, causes: Tree, learnt: Tree, life: Tree, left_out: LeftOut
) -> Tree:
    """What was found beside the metrics, and what was not looked for."""
    told = {"promises": kept, "alarms": rates}
    return {**told, **causes, **learnt, **life, "left_out": left_out}


def sign(judgement: Tree, findings: Tree, parameters: Tree, data_source: Tree, split: Tree) -> Tree:
    """The result of the run, with what it was found on and every setting behind it."""
    source = {"dataset": parameters["dataset"], "data_source": data_source["data_source"]}
    told = {**judgement, **findings, "parameters": to_jsonable_python(parameters)}
    return {**source, "split": split, **told}
