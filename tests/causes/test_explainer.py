from pathlib import Path

import numpy as np
import pytest
from pydantic import ValidationError

from matts.causes.explainer import CauseSettings, Explainer, fit_explainers, pick
from matts.detect.autoencoder import AutoencoderDetector
from matts.detect.calibration import Calibration, calibrate_all, fingerprint
from matts.detect.pca import PcaDetector
from matts.detect.threshold import ThresholdSettings
from matts.detect.zscore import ZScoreDetector
from matts.domain import BadInputError, Detector
from matts.serve.artifacts import load_models, save_models
from matts.windows import Split

SETTINGS = CauseSettings(method="error:pca", compare=("normalised", "latent", "error:pca"))


@pytest.fixture(scope="module")
def detectors(autoencoder: AutoencoderDetector, split: Split) -> dict[str, Detector]:
    born = AutoencoderDetector(training=autoencoder.training.model_copy(update={"epochs": 0}))
    return {
        "matts/0": autoencoder,
        "matts/1": born.fit(split.train, split.validation),
        "pca/0": PcaDetector().fit(split.train, split.validation),
        "zscore/0": ZScoreDetector().fit(split.train, split.validation),
    }


@pytest.fixture(scope="module")
def calibration(detectors: dict[str, Detector], split: Split) -> Calibration:
    return calibrate_all(detectors, split.validation, ThresholdSettings())


@pytest.fixture(scope="module")
def explainers(
    detectors: dict[str, Detector], calibration: Calibration, split: Split
) -> dict[str, Explainer]:
    return fit_explainers(detectors, calibration, split.train, SETTINGS)


def test_each_name_once_and_the_best_seed_is_asked(
    explainers: dict[str, Explainer], detectors: dict[str, Detector], calibration: Calibration
) -> None:
    assert list(explainers) == ["error:pca", "normalised", "latent"]
    best = detectors[calibration.best_seed("matts")]
    assert explainers["latent"].detector is best
    assert explainers["error:pca"].detector is detectors["pca/0"]
    assert {each.beside for each in explainers.values()} == {fingerprint(best)}


def test_the_one_of_the_settings_is_picked(explainers: dict[str, Explainer]) -> None:
    for name, explainer in explainers.items():
        assert pick(explainers, CauseSettings(method=name)) is explainer
    with pytest.raises(BadInputError, match=r"shap was not prepared .* error:pca, normalised, lat"):
        pick(explainers, CauseSettings(method="shap"))


def test_an_explainer_from_its_file_explains_the_same(
    explainers: dict[str, Explainer], split: Split, tmp_path: Path
) -> None:
    save_models(tmp_path / "explainers.safetensors", dict(explainers))
    again = load_models(tmp_path / "explainers.safetensors")
    assert again.keys() == explainers.keys()
    scores = np.ones(len(split.test))
    for name, explainer in explainers.items():
        assert again[name].beside == explainer.beside
        np.testing.assert_array_equal(
            again[name].parts(split.test, scores), explainer.parts(split.test, scores)
        )


@pytest.mark.parametrize("settings", [{"method": "guess"}, {"compare": ["error", "guess:pca"]}])
def test_unknown_methods_are_refused(settings: dict[str, str]) -> None:
    with pytest.raises(ValidationError, match="no method 'guess'"):
        CauseSettings(**settings)
