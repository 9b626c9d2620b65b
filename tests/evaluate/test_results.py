import json
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
import pytest
from pydantic import ValidationError

from matts.detect.calibration import Calibration
from matts.detect.mixing import Choice
from matts.detect.threshold import Threshold
from matts.evaluate.pairs import pair_section
from matts.evaluate.results import (
    EvaluateSettings,
    diagnosers_not_beaten,
    judge,
    judge_detectors,
    judge_diagnosers,
    not_beaten,
)

#             validation    test; E electric, B bearing, . healthy
TRUTH = list("..EE...BB...") + list(".EEE...BB...")
PARTS = ["validation"] * 12 + ["test"] * 12
GOOD = [0.1] * 12 + [0.1, 0.9, 0.9, 0.9, 0.1, 0.1, 0.1, 0.2, 0.9, 0.1, 0.1, 0.1]
PERFECT = [0.1] * 12 + [0.9 if truth != "." else 0.1 for truth in TRUTH[12:]]
USELESS = [0.1, 0.9] * 12
SEES_NOTHING = [0.1] * 24

COST = {"parameters_deployed": 3, "ms_per_window": 0.5}


def table(columns: Mapping[str, Sequence[float]], truth: Sequence[str] = TRUTH) -> pd.DataFrame:
    place: dict[str, Any] = {"part": PARTS, "reading": range(24), "segment": 0, "asset": ""}
    faults = {
        "fault_Electric": [each == "E" for each in truth],
        "fault_Bearing": [each == "B" for each in truth],
    }
    return pd.DataFrame({**place, **faults, **columns})


def calibration(**quality: float) -> Calibration:
    """Thresholds of 0.5, and how well each ranks validation windows: matts_0=0.9 is matts/0."""
    names = {"/".join(name.rsplit("_", 1)): value for name, value in quality.items()}
    limits = {name: Threshold(limit=0.5) for name in names}
    return Calibration(thresholds=limits, validation_pr_auc=names, fingerprints={}, expects={})


QUALITY = calibration(matts_0=0.9, matts_1=0.8, pca_0=0.7)
SCORES = {"matts/0": GOOD, "matts/1": PERFECT, "pca/0": USELESS}
NAMED = {
    "latent/0": [1] * 12 + [1] * 6 + [2] * 6,  # right
    "latent/1": [1] * 24,
    "majority/0": [1] * 24,
}


@pytest.fixture
def judged() -> dict[str, Any]:
    costs = dict.fromkeys(SCORES, COST)
    return judge(table(SCORES), table(NAMED), QUALITY, costs, EvaluateSettings(seeds=2))


def test_validation_chooses_the_seed_though_another_is_better_on_test(
    judged: dict[str, Any],
) -> None:
    assert judged["deployed"] == {"detector": "matts/0", "diagnoser": "latent/0", "threshold": 0.5}
    entry = judged["models"]["matts"]
    assert (entry["seed"], entry["validation_pr_auc"]) == (0, 0.9)
    assert entry["recall"] == pytest.approx(4 / 5)
    assert entry["seeds"]["which"] == [0, 1]
    assert entry["seeds"]["recall"]["mean"] == pytest.approx((4 / 5 + 1) / 2)
    assert entry["seeds"]["recall"]["low"] < 0.9 < entry["seeds"]["recall"]["high"]


def test_only_the_test_part_is_judged(judged: dict[str, Any]) -> None:
    assert judged["detection"]["events"] == 2
    assert judged["models"]["pca"]["recall"] == pytest.approx(3 / 5)
    assert judged["end_to_end"]["per_class"]["Healthy"]["support"] == 7


def test_what_is_deployed_stands_at_the_top(judged: dict[str, Any]) -> None:
    assert judged["detection"].items() <= judged["models"]["matts"].items()
    assert "seed" not in judged["detection"]
    assert judged["cost"] == COST
    assert judged["diagnosis"] == judged["diagnosers"]["latent"]["on_anomalies"]
    assert judged["end_to_end"] == judged["diagnosers"]["latent"]["end_to_end"]


def test_every_entry_has_the_same_keys(judged: dict[str, Any]) -> None:
    for rivals in (judged["models"], judged["diagnosers"]):
        assert len({tuple(entry) for entry in rivals.values()}) == 1


def test_the_combination_is_judged_where_there_is_one(judged: dict[str, Any]) -> None:
    assert judged["combination"] is None
    choice = Choice(how="mean", weights={"matts/0": 0.5, "pca/0": 0.5}, validation_pr_auc={})
    decided = calibration(matts_0=0.9, pca_0=0.7, combined_0=0.8)
    decided = decided.model_copy(update={"choice": choice})
    scores = {"matts/0": SEES_NOTHING, "pca/0": USELESS, "combined/0": PERFECT}
    costs = dict.fromkeys(scores, COST)
    named = {name: NAMED[name] for name in ("latent/0", "majority/0")}
    found = judge(table(scores), table(named), decided, costs, EvaluateSettings())["combination"]
    assert (found["best_part"], found["pr_auc"], found["beats_best_part"]) == ("pca/0", 1, True)


def test_every_detector_is_paired_with_every_diagnoser(judged: dict[str, Any]) -> None:
    pairs = judged["pairs"]
    assert {name: [*each] for name, each in pairs.items()} == {
        "matts": ["latent", "majority"],
        "pca": ["latent", "majority"],
    }
    assert pairs["matts"]["latent"]["n"] == 2
    own = judged["diagnosers"]["latent"]["seeds"]["end_to_end_f1_macro"]
    assert pairs["matts"]["latent"] == own
    assert pairs["pca"]["latent"]["median"] < own["median"]
    lines = pair_section(judged).splitlines()
    assert [line.split("|")[1].strip() for line in lines[4:]] == ["matts", "pca"]


def test_naming_counts_behind_alerts_alone(judged: dict[str, Any]) -> None:
    """One of five faulty windows raises no alert and so is called healthy."""
    assert judged["diagnosis"]["accuracy"] == 1
    assert judged["end_to_end"]["per_class"]["Bearing"]["recall"] == pytest.approx(1 / 2)
    assert judged["end_to_end"]["per_class"]["Electric"]["recall"] == 1


def test_a_diagnoser_stands_behind_the_detector_of_its_seed() -> None:
    scores = table({"matts/0": PERFECT, "matts/1": SEES_NOTHING})
    decided = calibration(matts_0=0.9, matts_1=0.8)
    named = table({"latent/0": NAMED["latent/0"], "latent/1": NAMED["latent/0"]})
    entries = judge_diagnosers(scores[scores["part"] == "test"], named, decided)
    seeds = entries["latent"]["seeds"]
    assert entries["latent"]["end_to_end"]["accuracy"] == 1
    blind = 2 * 7 / (7 + 12) / 3  # the F1 of healthy, and none of two faults
    assert seeds["end_to_end_f1_macro"]["mean"] == pytest.approx((1 + blind) / 2)
    assert seeds["on_anomalies_f1_macro"]["mean"] == 1


def test_a_diagnoser_without_seeds_stands_behind_what_is_deployed() -> None:
    scores = table({"matts/0": SEES_NOTHING, "matts/1": PERFECT})
    decided = calibration(matts_0=0.8, matts_1=0.9)
    named = table({"latent/0": [1] * 24, "latent/1": [2] * 24, "rules/0": NAMED["latent/0"]})
    entries = judge_diagnosers(scores[scores["part"] == "test"], named, decided)
    assert entries["latent"]["seed"] == 1
    assert entries["rules"]["end_to_end"]["accuracy"] == 1


def test_thresholds_of_assets_are_used() -> None:
    scores = table({"matts/0": PERFECT}).assign(asset=["fan", "pump"] * 12)
    own = Threshold(limit=0.5, by_asset={"pump": 0.95})
    decided = calibration(matts_0=1.0).model_copy(update={"thresholds": {"matts/0": own}})
    test = scores[scores["part"] == "test"]
    entry = judge_detectors(test, decided, {"matts/0": COST}, EvaluateSettings())["matts"]
    fans = sum(truth != "." for truth in TRUTH[12::2])
    assert entry["recall"] == pytest.approx(fans / 5)


def test_a_test_part_without_faults_is_strict_json() -> None:
    calm = [*TRUTH[:12], *"." * 12]
    costs = dict.fromkeys(SCORES, COST)
    judged = judge(table(SCORES, calm), table(NAMED, calm), QUALITY, costs, EvaluateSettings())
    text = json.dumps(judged, allow_nan=False)
    assert json.loads(text)["detection"]["pr_auc"] is None
    assert judged["not_beaten"] is None  # nobody knows


def test_without_labels_nothing_is_judged_but_alarms_are_counted() -> None:
    scores, named = table(SCORES), table({})
    blank = [name for name in scores if str(name).startswith("fault_")]
    costs = dict.fromkeys(SCORES, COST)
    parts = scores.drop(columns=blank), named.drop(columns=blank)
    judged = judge(*parts, QUALITY, costs, EvaluateSettings())
    labelled = judge(scores, table(NAMED), QUALITY, costs, EvaluateSettings())
    known = {name for name, value in judged["detection"].items() if value is not None}
    assert known == {"alerts_per_1000", "alarms_per_1000"}
    for name in known:
        assert judged["detection"][name] == labelled["detection"][name] > 0
    assert judged["detection"].keys() == labelled["detection"].keys()
    nothing = ("diagnosis", "end_to_end", "not_beaten")
    assert [judged[name] for name in nothing] == [None, None, None]
    assert judged["deployed"]["diagnoser"] is None
    assert (judged["labelled"], labelled["labelled"]) == (False, True)


def entries(**medians: tuple[float | None, float | None]) -> dict[str, Any]:
    """Detectors by their medians of PR-AUC and VUS-PR."""
    return {
        name: {"seeds": {"pr_auc": {"median": pr}, "vus_pr": {"median": vus}}}
        for name, (pr, vus) in medians.items()
    }


@pytest.mark.parametrize(
    ("rival", "beaten"),
    [
        ((0.7, 0.5), True),
        ((0.9, 0.5), False),
        ((0.7, 0.7), False),
        ((0.8, 0.5), False),  # as good is not beaten
        ((None, None), True),
    ],
)
def test_a_rival_is_beaten_in_both_rankings_or_not_at_all(
    rival: tuple[float | None, float | None], beaten: bool
) -> None:
    found = not_beaten(entries(pca=rival, matts=(0.8, 0.6), zscore=(0.1, 0.1)))
    assert found == ([] if beaten else ["pca"])


def test_the_other_score_of_the_network_is_no_rival_but_the_untrained_one_is() -> None:
    models = entries(matts=(0.5, 0.5), matts_reconstruction=(0.9, 0.9), untrained=(0.9, 0.9))
    assert not_beaten(models) == ["untrained"]


def test_what_the_network_is_a_part_of_is_no_rival() -> None:
    assert not_beaten(entries(matts=(0.5, 0.5), combined=(0.9, 0.9))) == []


@pytest.mark.parametrize(("rival", "found"), [(0.4, []), (0.6, ["logistic"]), (None, [])])
def test_diagnosers_are_compared_end_to_end(rival: float | None, found: list[str]) -> None:
    medians = {"latent": 0.6, "logistic": rival}
    diagnosers = {
        name: {"seeds": {"end_to_end_f1_macro": {"median": each}}} for name, each in medians.items()
    }
    assert diagnosers_not_beaten(diagnosers) == found


def test_settings_have_ranges() -> None:
    assert EvaluateSettings().seeds == 1
    for wrong in ({"seeds": 0}, {"vus_buffer": -1}, {"seed": 1}):
        with pytest.raises(ValidationError):
            EvaluateSettings.model_validate(wrong)


def test_results_are_plain(judged: dict[str, Any]) -> None:
    """Nothing of numpy is left that JSON would refuse."""
    assert json.loads(json.dumps(judged)) == judged
    assert not any(isinstance(each, np.generic) for each in judged["detection"].values())
