"""Which faults can be learnt at all, and what looks as if it knew too much."""

from typing import Any

import pandas as pd

from matts.detect.calibration import Calibration
from matts.diagnose.roster import Diagnosers
from matts.domain import Ints, Windows
from matts.evaluate import canaries, learnability

Tree = dict[str, Any]


def diagnose_by_chance(
    diagnosers: Diagnosers,
    baselines: Diagnosers,
    diagnoses: pd.DataFrame,
    train: Windows,
    validation: Windows,
    test: Windows,
) -> Ints:
    """What the best diagnoser would name, trained on shuffled labels."""
    everyone = diagnosers | baselines
    return learnability.name_by_chance(everyone, diagnoses, train, validation, test)


def judge_learnability(
    scores: pd.DataFrame,
    diagnoses: pd.DataFrame,
    calibration: Tree,
    baseline_calibration: Tree,
    by_chance: Ints,
    train: Windows,
) -> Tree:
    """Which faults can be learnt, and which sensor tells one by itself."""
    joined = Calibration.join(calibration, baseline_calibration)
    found = learnability.judge_learnability(scores, diagnoses, joined, by_chance, train)
    return {"learnability": found, "canaries": canaries.look(train)}
