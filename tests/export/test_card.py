import json
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

import matts
from matts.detect.autoencoder import AutoencoderDetector
from matts.detect.calibration import calibrate_all, fingerprint
from matts.detect.threshold import ThresholdSettings
from matts.diagnose.latent_classifier import LatentDiagnoser
from matts.domain import BadInputError
from matts.export.card import Card, describe_models, describe_training
from matts.groups import RESIDUAL
from matts.windows import Split


@pytest.fixture(scope="module")
def training(split: Split) -> Card:
    return describe_training(split.train, {"data_source": "simulated", "file": None}, 6, "tcm5")


@pytest.fixture(scope="module")
def cards(
    training: Card, autoencoder: AutoencoderDetector, diagnoser: LatentDiagnoser, split: Split
) -> dict[str, Any]:
    """Of two seeds the second ranks better."""
    settings = ThresholdSettings(method="best_f1")
    tree = calibrate_all({"matts/3": autoencoder}, split.validation, settings).model_dump()
    for key in ("thresholds", "validation_pr_auc", "fingerprints"):
        tree[key]["matts/2"] = tree[key]["matts/3"]
    tree["validation_pr_auc"]["matts/2"] = 0.0
    tree["thresholds"]["matts/3"]["by_asset"] = {"pump": 0.9}
    return describe_models(autoencoder, diagnoser, tree, training)


def test_sensors_are_told_in_their_order_with_their_units(training: Card, split: Split) -> None:
    assert training["sensors"] == list(split.train.sensors)
    assert training["units"]["force_3"] == "N"
    assert training["units"]["thickness_exit"] == "mm"
    assert set(training["units"]) == set(training["sensors"])
    assert (training["window"], training["faults"]) == (5, list(split.train.fault_names))


def test_units_of_an_own_machine_are_unknown(split: Split) -> None:
    card = describe_training(split.train, {"data_source": "real"}, "pump", "plain")
    assert set(card["units"].values()) == {"unknown"}
    assert (card["dataset"], card["data_source"]) == ("pump", "real")


def test_statistics_are_those_of_training_readings(training: Card, split: Split) -> None:
    told = training["training"]
    force = split.train.rows[:, split.train.sensors.index("force_3")]
    assert told["sensors"]["force_3"] == pytest.approx(
        {"mean": force.mean(), "spread": force.std(), "lowest": force.min(), "highest": force.max()}
    )
    assert (told["readings"], told["windows"]) == (len(split.train.rows), len(split.train))
    assert told["healthy_share"] == pytest.approx(len(split.train.healthy) / len(split.train))
    assert 0 < told["healthy_share"] < 1


def test_a_card_tells_which_training_it_is_of(
    cards: dict[str, Any], autoencoder: AutoencoderDetector, diagnoser: LatentDiagnoser
) -> None:
    detector, named = cards["detector"], cards["diagnoser"]
    assert (detector["stage"], detector["model"], detector["seed"]) == ("detector", "matts/3", 3)
    assert (named["stage"], named["model"]) == ("diagnoser", "latent/3")
    assert detector["fingerprint"] == named["detector_fingerprint"] == fingerprint(autoencoder)
    assert named["fingerprint"] == fingerprint(diagnoser)
    assert detector["matts_version"] == matts.__version__
    assert detector["thresholds_by_asset"] == {"pump": 0.9}
    assert 0 < detector["validation_pr_auc"] <= 1


def test_a_card_is_strict_json(cards: dict[str, Any]) -> None:
    assert json.loads(json.dumps(cards, allow_nan=False)) == cards


def test_a_card_cannot_tell_a_threshold_that_moves(
    autoencoder: AutoencoderDetector, diagnoser: LatentDiagnoser, split: Split, training: Card
) -> None:
    settings = ThresholdSettings(method="budget", moving=True)
    decided = calibrate_all({"matts/0": autoencoder}, split.validation, settings, split.train)
    assert decided.thresholds["matts/0"].memory == 100
    with pytest.raises(BadInputError, match=r"train again without threshold\.moving=true"):
        describe_models(autoencoder, diagnoser, decided.model_dump(), training)
    still = calibrate_all(
        {"matts/0": autoencoder}, split.validation, ThresholdSettings(method="budget"), split.train
    )
    cards = describe_models(autoencoder, diagnoser, still.model_dump(), training)
    assert cards["detector"]["threshold"] == still.thresholds["matts/0"].limit


def test_the_kind_of_score_is_told(
    autoencoder: AutoencoderDetector, diagnoser: LatentDiagnoser, split: Split, training: Card
) -> None:
    other = autoencoder.rescored("reconstruction")
    for detector, kind in ((autoencoder, "probability"), (other, "error")):
        decided = calibrate_all({"matts/0": detector}, split.validation, ThresholdSettings())
        cards = describe_models(detector, diagnoser, decided.model_dump(), training)
        assert cards["detector"]["score"] == kind
        limit = decided.thresholds["matts/0"].limit
        np.testing.assert_equal(cards["detector"]["threshold"], limit)


def test_residuals_are_told_as_such(split: Split, training: Card) -> None:
    names = (f"force_1{RESIDUAL}", *split.train.sensors[1:])
    card = describe_training(replace(split.train, sensors=names), {"data_source": ""}, 6, "tcm5")
    assert card["units"][names[0]] == "healthy spreads"
    assert card["units"]["thickness_exit"] == "mm"
    assert "channel_maker.safetensors of the same run makes them" in card["channels"]
    assert training["channels"] == "the sensors as they are"
