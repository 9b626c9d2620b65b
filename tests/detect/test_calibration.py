import json
from dataclasses import replace

import numpy as np
import pytest
from pydantic import ValidationError

from matts.detect.alarms import Scored
from matts.detect.calibration import Calibration, calibrate_all
from matts.detect.combined import CombinedDetector
from matts.detect.pca import PcaDetector
from matts.detect.roster import BaselineSettings, Detectors, combine, pick_parts
from matts.detect.tail import Surprise
from matts.detect.threshold import ThresholdSettings
from matts.detect.zscore import MovingVarianceDetector, ZScoreDetector
from matts.windows import Split

BEST_F1 = ThresholdSettings(method="best_f1")


@pytest.fixture(scope="module")
def fitted(split: Split) -> Detectors:
    kinds: Detectors = {
        "matts/0": ZScoreDetector(),
        "matts/1": PcaDetector(),
        "pca/0": PcaDetector(),
        "moving_variance/0": MovingVarianceDetector(),
    }
    return {name: kind.fit(split.train, split.validation) for name, kind in kinds.items()}


@pytest.fixture(scope="module")
def calibration(fitted: Detectors, split: Split) -> Calibration:
    return calibrate_all(fitted, split.validation, BEST_F1)


def test_every_detector_gets_a_scale_that_survives_json(
    calibration: Calibration, fitted: Detectors, split: Split
) -> None:
    again = Calibration.join(json.loads(json.dumps(calibration.model_dump())))
    assert again.scales.keys() == fitted.keys()
    for name, detector in fitted.items():
        known = Scored.of(split.validation, detector.score(split.validation))
        scores = detector.score(split.test)
        expected = Surprise.of((known,), BEST_F1.enough)(scores)
        np.testing.assert_array_equal(again.surprise(name, scores), expected)


def test_a_promise_that_looks_at_training_scales_by_it_too(fitted: Detectors, split: Split) -> None:
    one = {"pca/0": fitted["pca/0"]}
    pot = ThresholdSettings(method="pot", training="always")
    both = calibrate_all(one, split.validation, pot, split.train).scales["pca/0"]
    assert both != calibrate_all(one, split.validation, pot).scales["pca/0"]


def test_an_asset_has_a_scale_of_its_own(fitted: Detectors, split: Split) -> None:
    names = np.where(np.arange(len(split.validation.rows)) % 2, "fan", "pump")
    two = replace(split.validation, row_assets=names)
    one = {"pca/0": fitted["pca/0"]}
    found = calibrate_all(one, two, ThresholdSettings(method="best_f1", enough=20))
    assert found.scales["pca/0"].by_asset.keys() == {"fan", "pump"}
    scores = np.full(2, 3.0)
    fan, pump = found.surprise("pca/0", scores, np.array(["fan", "pump"]))
    assert fan != pump


def test_an_older_calibration_without_scales_is_still_read(calibration: Calibration) -> None:
    tree = calibration.model_dump()
    del tree["scales"], tree["choice"]
    assert Calibration.join(tree).thresholds == calibration.thresholds


def test_too_few_readings_for_a_budget_are_told(
    fitted: Detectors, split: Split, caplog: pytest.LogCaptureFixture
) -> None:
    one = {"pca/0": fitted["pca/0"]}
    calibrate_all(one, split.validation, ThresholdSettings(method="budget", budget=100))
    assert not caplog.text
    calibrate_all(one, split.validation, ThresholdSettings(method="budget", training="never"))
    assert "pca/0: 0.5 alarms per 1,000 need 1999 healthy readings" in caplog.text


def test_the_best_seed_of_all_but_controls_is_combined(
    fitted: Detectors, calibration: Calibration
) -> None:
    every: dict[str, dict[str, object]] = {"moving_variance": {}, "pca": {}, "random": {}}
    settings = BaselineSettings(detectors={**every, "combined": {}})
    assert [*pick_parts(fitted, calibration, settings)] == ["matts/1", "pca/0"]
    chosen = BaselineSettings(detectors={**every, "combined": {"parts": ["pca"]}})
    assert [*pick_parts(fitted, calibration, chosen)] == ["pca/0"]
    assert pick_parts(fitted, calibration, BaselineSettings(detectors=every)) == {}


@pytest.mark.parametrize("part", ["random", "combined", "arima", "mats"])
def test_only_what_is_fitted_and_no_control_can_be_a_part(part: str) -> None:
    with pytest.raises(ValidationError, match=f"parts needs some of matts, .*, got '{part}'"):
        BaselineSettings(detectors={"pca": {}, "random": {}, "combined": {"parts": [part]}})


def test_the_threshold_of_a_combination_is_found_on_scores_that_it_did_not_learn_from(
    fitted: Detectors, split: Split
) -> None:
    settings = BaselineSettings(detectors={"combined": {"how": "stacking"}})
    parts = {name: fitted[name] for name in ("matts/0", "pca/0")}
    made, seconds, found = combine(parts, split.train, split.validation, settings, BEST_F1)
    detector = made["combined/0"]
    assert isinstance(detector, CombinedDetector)
    assert made.keys() == seconds.keys() == found.thresholds.keys() == found.fingerprints.keys()
    limit = found.thresholds["combined/0"].limit
    assert limit in detector.held_out
    assert limit not in detector.score(split.validation)
    assert found.choice == detector.choice
    assert found.validation_pr_auc["combined/0"] == detector.choice.validation_pr_auc["stacking"]


def test_without_parts_nothing_is_combined(split: Split, calibration: Calibration) -> None:
    made, seconds, found = combine({}, split.train, split.validation, BaselineSettings(), BEST_F1)
    assert (made, seconds, found.thresholds) == ({}, {}, {})
    joined = Calibration.join(calibration.model_dump(), found.model_dump())
    assert joined == calibration
