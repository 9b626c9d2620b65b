from typing import Never

import numpy as np
import pytest
from pydantic import ValidationError

from matts.detect import DETECTORS
from matts.detect.autoencoder import AutoencoderDetector
from matts.detect.calibration import Calibration, calibrate_all
from matts.detect.objective import DetectorSettings
from matts.detect.roster import (
    BaselineSettings,
    Detectors,
    build,
    fit_baselines,
    fit_matts,
    fit_untrained,
    pick_parts,
)
from matts.detect.threshold import Threshold, ThresholdSettings
from matts.detect.virtual_sensors import VirtualSensorsDetector
from matts.detect.zscore import ZScoreDetector
from matts.domain import BadInputError, Windows
from matts.groups import SensorSettings
from matts.training import TrainingSettings
from matts.windows import Split

TRAINING = TrainingSettings(epochs=1, batch_size=512, learning_rate=0.01, seed=4)


@pytest.fixture(scope="module")
def matts(split: Split) -> Detectors:
    fitted, seconds = fit_matts(
        split.train, split.validation, DetectorSettings(), TRAINING, seeds=2
    )
    assert seconds.keys() == fitted.keys()
    assert all(each > 0 for each in seconds.values())
    return fitted


def test_every_registered_detector_can_be_built_without_settings() -> None:
    assert all(type(build(name, {})) is kind for name, kind in DETECTORS.items())


@pytest.mark.parametrize(
    ("detectors", "sentence"),
    [
        ({"pda": {}}, "there is no detector 'pda': choose from autoencoder, random,"),
        ({"pca": {"variance": [2]}}, r"detectors\.pca\.variance\.0 cannot be 2 .*less than 1"),
        ({"pca": {"varance": 0.9}}, r"detectors\.pca\.varance .*allowed there: variance"),
        ({"zscore": {"length": 3}}, r"detectors\.zscore\.length .*allowed there: nothing"),
    ],
)
def test_baselines_that_cannot_be_built_are_refused(
    detectors: dict[str, dict[str, object]], sentence: str
) -> None:
    with pytest.raises(ValidationError, match=sentence):
        BaselineSettings(detectors=detectors)


def test_each_seed_gives_a_network_with_two_scores(matts: Detectors, split: Split) -> None:
    assert [*matts] == [
        "matts/4",
        "matts_reconstruction/4",
        "matts/5",
        "matts_reconstruction/5",
    ]
    scores = [detector.score(split.test) for detector in matts.values()]
    assert len({each.tobytes() for each in scores}) == 4
    alone = AutoencoderDetector(DetectorSettings(), TRAINING.model_copy(update={"seed": 5}))
    alone.fit(split.train, split.validation)
    np.testing.assert_array_equal(alone.score(split.test), scores[2])


def test_the_untrained_are_born_alike_and_never_trained(matts: Detectors, split: Split) -> None:
    fitted, _ = fit_untrained(split.train, split.validation, DetectorSettings(), TRAINING, seeds=1)
    assert [*fitted] == ["untrained/4", "untrained_reconstruction/4"]
    assert fitted["untrained/4"].state().config["history"] == []
    assert not np.array_equal(
        fitted["untrained/4"].score(split.test), matts["matts/4"].score(split.test)
    )


def test_only_what_has_a_seed_is_fitted_for_each(split: Split) -> None:
    settings = BaselineSettings(detectors={"random": {"seed": 3}, "zscore": {}})
    fitted, seconds, left_out = fit_baselines(
        split.train, split.validation, settings, SensorSettings(), seeds=2
    )
    assert left_out == {}
    assert [*fitted] == [*seconds] == ["random/3", "random/4", "zscore/0"]
    assert not np.array_equal(
        fitted["random/3"].score(split.test), fitted["random/4"].score(split.test)
    )


@pytest.mark.slow
def test_networks_are_the_same_whatever_the_number_of_workers(split: Split) -> None:
    settings = BaselineSettings(detectors={"vae": {"epochs": 1, "channels": 2, "latent": 2}})
    known = SensorSettings()
    alone, *_ = fit_baselines(split.train, split.validation, settings, known, seeds=2)
    both, *_ = fit_baselines(split.train, split.validation, settings, known, seeds=2, workers=2)
    assert [*alone] == [*both] == ["vae/0", "vae/1"]
    for name, detector in alone.items():
        np.testing.assert_array_equal(both[name].score(split.test), detector.score(split.test))


def test_what_is_known_of_the_machine_is_told_to_those_who_ask(split: Split) -> None:
    settings = BaselineSettings(detectors={"virtual_sensors": {}, "zscore": {}})
    known = SensorSettings(mode=("width",), groups={"width": {"like": "width", "given": True}})
    fitted, *_ = fit_baselines(split.train, split.validation, settings, known, seeds=1)
    virtual = fitted["virtual_sensors/0"]
    assert isinstance(virtual, VirtualSensorsDetector)
    assert virtual.settings.sensors == known


def test_every_detector_gets_a_threshold_of_its_own(matts: Detectors, split: Split) -> None:
    calibration = calibrate_all(matts, split.validation, ThresholdSettings(method="percentile"))
    assert calibration.thresholds.keys() == calibration.validation_pr_auc.keys() == matts.keys()
    for name, detector in matts.items():
        healthy = detector.score(split.validation.healthy)
        assert calibration.thresholds[name].limit == np.percentile(healthy, 99)


def test_a_fixed_threshold_is_for_probabilities_alone(matts: Detectors, split: Split) -> None:
    fixed = calibrate_all(matts, split.validation, ThresholdSettings(method="fixed", value=0.7))
    searched = calibrate_all(matts, split.validation, ThresholdSettings(method="best_f1"))
    assert fixed.thresholds["matts/4"].limit == 0.7
    assert (
        fixed.thresholds["matts_reconstruction/4"] == searched.thresholds["matts_reconstruction/4"]
    )


def test_a_promise_looks_at_training_windows_if_they_are_given(split: Split) -> None:
    fitted = {"pca/0": build("pca", {}).fit(split.train, split.validation)}

    def limit(train: Windows | None, **settings: object) -> float:
        chosen = ThresholdSettings.model_validate({"training": "always", **settings})
        return calibrate_all(fitted, split.validation, chosen, train).thresholds["pca/0"].limit

    assert limit(split.train, method="pot") != limit(None, method="pot")
    assert limit(split.train, method="pot", training="never") == limit(None, method="pot")
    assert limit(split.train, method="best_f1") == limit(None, method="best_f1")


def test_validation_without_a_fault_ranks_nobody(matts: Detectors, split: Split) -> None:
    calibration = calibrate_all(matts, split.validation.healthy, ThresholdSettings())
    assert {*calibration.validation_pr_auc.values()} == {None}
    assert calibration.best_seed("matts") == "matts/4"  # the first


def test_what_cannot_learn_from_these_windows_is_left_out_and_says_why(split: Split) -> None:
    settings = BaselineSettings(detectors={"supervised": {}, "zscore": {}, "combined": {}})
    healthy = split.train.healthy
    fitted, seconds, left_out = fit_baselines(
        healthy, split.validation, settings, SensorSettings(), seeds=2
    )
    assert [*fitted] == [*seconds] == ["zscore/0"]
    sentence = f"it needs faulty training windows to learn from, got none in {len(healthy)}"
    assert left_out == {"supervised": sentence}
    calibration = calibrate_all(fitted, split.validation, ThresholdSettings())
    alone = settings.model_copy(update={"detectors": {"combined": {"parts": ("zscore",)}}})
    assert [*pick_parts(fitted, calibration, alone)] == ["zscore/0"]


def test_a_bug_in_a_detector_is_not_left_out(split: Split, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> Never:
        msg = "a bug"
        raise ValueError(msg)

    monkeypatch.setattr(ZScoreDetector, "fit", broken)
    settings = BaselineSettings(detectors={"zscore": {}})
    with pytest.raises(ValueError, match="a bug"):
        fit_baselines(split.train, split.validation, settings, SensorSettings(), seeds=1)


def test_without_a_training_fault_a_network_has_one_score(split: Split) -> None:
    fitted, seconds = fit_matts(
        split.train.healthy, split.validation, DetectorSettings(), TRAINING, seeds=1
    )
    assert [*fitted] == [*seconds] == ["matts/4"]
    assert not fitted["matts/4"].probabilistic  # type: ignore[attr-defined]


def one(name: str, quality: float, window: int = 5) -> dict[str, object]:
    return Calibration(
        thresholds={name: Threshold(limit=quality)},
        validation_pr_auc={name: quality},
        fingerprints={name: "0"},
        expects={"window": window},
    ).model_dump()


def test_calibrations_of_different_windows_do_not_join() -> None:
    with pytest.raises(BadInputError, match="different windows"):
        Calibration.join(one("matts/0", 0.3), one("pca/0", 0.3, window=9))


def test_the_best_seed_is_chosen_on_validation_and_calibrations_join() -> None:
    joined = Calibration.join(one("matts/0", 0.3), one("matts/1", 0.6), one("pca/0", 0.8))
    assert joined.best_seed("matts") == "matts/1"
    assert joined.best_seeds() == ["matts/1", "pca/0"]
    assert joined.thresholds["matts/1"].limit == 0.6
