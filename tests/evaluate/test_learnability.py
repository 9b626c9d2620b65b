from typing import Any

import numpy as np
import pandas as pd
import pytest

from matts.detect.calibration import Calibration
from matts.detect.threshold import Threshold
from matts.diagnose.latent_classifier import LatentDiagnoser
from matts.diagnose.majority import MajorityDiagnoser
from matts.domain import Bools, Ints, Windows
from matts.evaluate.learnability import (
    CONFUSED,
    FEW,
    LEARNT,
    NEVER,
    UNTAUGHT,
    best_diagnoser,
    judge_learnability,
    name_by_chance,
    shuffled,
    untaught,
)
from matts.windows import Split

NAMES = ("Easy", "Chance", "Rare", "New", "Twin", "Other")
EVENTS = (20, 20, 3, 8, 12, 12)


def record() -> Bools:
    """[N, K]: events of five rows with ten healthy ones between them."""
    order = np.random.default_rng(0).permutation(np.repeat(np.arange(len(NAMES)), EVENTS))
    truth = np.zeros((15 * len(order), len(NAMES)), np.bool_)
    for event, fault in enumerate(order):
        truth[15 * event + 10 : 15 * event + 15, fault] = True
    return truth


def windows_of(truth: Bools) -> Windows:
    rows = np.random.default_rng(1).normal(size=(len(truth), 3))
    return Windows(rows, truth, np.arange(len(truth)), 1, ("a", "b", "c"), NAMES)


def table(truth: Bools, **columns: Any) -> pd.DataFrame:
    """Validation and test are alike."""
    place = {"segment": 0, "asset": ""}
    flags = {f"fault_{name}": truth[:, k] for k, name in enumerate(NAMES)}
    part = pd.DataFrame({**place, **flags, **{n.replace("_", "/"): v for n, v in columns.items()}})
    return pd.concat([part.assign(part="validation"), part.assign(part="test")])


@pytest.fixture(scope="module")
def found() -> dict[str, Any]:
    """All faults but Chance raise alerts; Twin and Other are named by luck."""
    truth, rng = record(), np.random.default_rng(2)
    classes = np.where(truth.any(axis=1), 1 + truth.argmax(axis=1), 0)
    alerts = (classes > 0) & (classes != 2) | (rng.random(len(classes)) < 0.01)
    named = np.where(classes > 0, classes, 1)
    twins = classes > 4
    named[twins] = rng.integers(1, 7, twins.sum())
    train = truth.copy()
    train[:, NAMES.index("New")] = False
    by_chance = rng.integers(1, 7, len(classes))
    scores = table(truth, pca_0=alerts.astype(float), blind_0=np.zeros(len(alerts)))
    diagnoses = table(truth, logistic_0=named, majority_0=np.ones(len(named), int))
    calibration = Calibration(
        thresholds={name: Threshold(limit=0.5) for name in ("blind/0", "pca/0")},
        validation_pr_auc={"blind/0": 0.1, "pca/0": 0.9},
        fingerprints={},
        expects={},
    )
    judged = judge_learnability(scores, diagnoses, calibration, by_chance, windows_of(train))
    assert judged is not None
    return judged


def test_the_best_of_both_stages_by_validation_is_judged(found: dict[str, Any]) -> None:
    assert (found["detector"], found["diagnoser"]) == ("pca/0", "logistic/0")


def test_every_class_is_told_and_none_hidden(found: dict[str, Any]) -> None:
    assert {name: entry["verdict"] for name, entry in found["classes"].items()} == {
        "Easy": LEARNT,
        "Chance": NEVER,
        "Rare": FEW,
        "New": UNTAUGHT,
        "Twin": CONFUSED,
        "Other": CONFUSED,
    }
    assert [entry["events"] for entry in found["classes"].values()] == [*EVENTS]


def test_figures_stand_beside_every_control(found: dict[str, Any]) -> None:
    for entry in found["classes"].values():
        for view in ("end_to_end", "on_anomalies"):
            assert entry[view].keys() == {"f1", "low", "high", "controls"}
            assert entry[view]["controls"].keys() == {"majority", "random", "shuffled labels"}
            assert all(0 <= value < 0.5 for value in entry[view]["controls"].values())
    assert found["classes"]["Easy"]["end_to_end"]["f1"] > 0.8
    assert found["classes"]["Chance"]["end_to_end"]["f1"] < 0.1


def test_with_one_fault_it_is_enough_to_find_it() -> None:
    truth = record()[:, :1]
    windows = Windows(np.zeros((len(truth), 1)), truth, np.arange(len(truth)), 1, ("a",), ("Easy",))
    both = table(np.hstack([truth, np.zeros((len(truth), 5), bool)]))
    both = both.drop(columns=[f"fault_{name}" for name in NAMES[1:]])
    alerts = both["fault_Easy"].to_numpy(float)
    ones = np.ones(len(truth), np.int64)
    calibration = Calibration(
        thresholds={"pca/0": Threshold(limit=0.5)},
        validation_pr_auc={"pca/0": 1.0},
        fingerprints={},
        expects={},
    )
    scores, diagnoses = both.assign(**{"pca/0": alerts}), both.assign(**{"majority/0": 1})
    judged = judge_learnability(scores, diagnoses, calibration, ones, windows)
    assert judged is not None
    assert judged["classes"]["Easy"]["verdict"] == LEARNT


def test_without_a_diagnoser_nothing_is_said() -> None:
    none = table(record())
    assert best_diagnoser(none) is None
    calibration = Calibration(thresholds={}, validation_pr_auc={}, fingerprints={}, expects={})
    empty: Ints = np.zeros(0, np.int64)
    assert judge_learnability(none, none, calibration, empty, windows_of(record())) is None
    windows = windows_of(record())
    assert name_by_chance({}, none, windows, windows, windows).shape == (0,)


def test_shuffling_keeps_how_often_each_fault_is_and_nothing_else(split: Split) -> None:
    dealt = shuffled(split.train)
    np.testing.assert_array_equal(dealt.faults.sum(axis=0), split.train.faults.sum(axis=0))
    np.testing.assert_array_equal(dealt.faulty, split.train.faulty)
    faulty = split.train.faulty
    same = (dealt.faults == split.train.faults).all(axis=1)[faulty].mean()
    assert same < 0.6
    np.testing.assert_array_equal(shuffled(split.train).faults, dealt.faults)


def test_what_was_trained_along_with_stage_one_learns_again(
    diagnoser: LatentDiagnoser, split: Split
) -> None:
    joint = LatentDiagnoser.from_state(diagnoser.state())
    joint.trained = joint.classifier
    before = joint.probabilities(split.test)
    again = untaught(joint).fit(shuffled(split.train), split.validation)
    assert not np.array_equal(again.probabilities(split.test), before)
    assert isinstance(
        untaught(MajorityDiagnoser().fit(split.train, split.train)), MajorityDiagnoser
    )
