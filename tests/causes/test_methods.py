"""A machine whose guilty sensor is known: every method finds it."""

import sys
from dataclasses import replace

import numpy as np
import pytest

from matts.causes.explainer import Explainer
from matts.causes.healthy import Healthy
from matts.causes.methods import METHODS, Way
from matts.detect.autoencoder import AutoencoderDetector
from matts.detect.isolation_forest import IsolationForestDetector, IsolationForestSettings
from matts.detect.objective import DetectorSettings
from matts.detect.pca import PcaDetector
from matts.detect.virtual_sensors import VirtualSensorsDetector
from matts.domain import BadInputError, Detector, Windows
from matts.training import TrainingSettings

SENSORS = ("speed", "force", "gap", "power")
GUILTY = 2
LENGTH = 3


def machine(rows: int, seed: int) -> Windows:
    """Every tenth reading has a fault, which the gap alone shows."""
    rng = np.random.default_rng(seed)
    load = 0.05 * rng.normal(size=(rows, 1)) + 0.005 * rng.normal(size=(rows, 4))
    values = np.array([100.0, 5.0, 0.1, 1e4]) * (1 + load)
    faulty = np.arange(rows) % 10 == 9
    values[faulty, GUILTY] += 0.04  # eight spreads
    return Windows(values, faulty[:, None], np.arange(LENGTH - 1, rows), LENGTH, SENSORS, ("Leak",))


TRAIN, TEST = machine(800, 0), machine(200, 1)
STRANGE = TEST.where(TEST.faulty)


@pytest.fixture(scope="module")
def detectors() -> dict[str, Detector]:
    training = TrainingSettings(epochs=12, batch_size=32, learning_rate=0.02)
    found: dict[str, Detector] = {
        "matts": AutoencoderDetector(DetectorSettings(hidden=4), training),
        "isolation_forest": IsolationForestDetector(IsolationForestSettings(trees=30)),
        "pca": PcaDetector(),
        "virtual_sensors": VirtualSensorsDetector(),
    }
    return {name: detector.fit(TRAIN, TRAIN) for name, detector in found.items()}


def explainer(name: str, detectors: dict[str, Detector]) -> Explainer:
    method, asked = Way.read(name)
    return Explainer(method, detectors[asked], Healthy.of(detectors[asked], TRAIN))


WAYS = [*METHODS, "error:pca", "normalised:isolation_forest", "shap:pca"]


@pytest.mark.parametrize("name", WAYS)
def test_the_guilty_sensor_is_blamed_most(name: str, detectors: dict[str, Detector]) -> None:
    parts = explainer(name, detectors).parts(STRANGE, np.ones(len(STRANGE)))
    assert (parts.argmax(axis=1) == GUILTY).mean() >= 0.9
    assert parts[:, GUILTY].mean() > 0.4


@pytest.mark.parametrize("name", WAYS)
def test_parts_add_up_to_any_score(name: str, detectors: dict[str, Detector]) -> None:
    some = TEST.where(np.arange(len(TEST)) < 12)
    scores = np.linspace(0, 3, 12)
    parts = explainer(name, detectors).parts(some, scores)
    assert parts.shape == (12, 4)
    np.testing.assert_allclose(parts.sum(axis=1), scores, rtol=1e-12)
    assert (parts >= 0).all()


@pytest.mark.parametrize("name", WAYS)
def test_no_alert_no_blame(name: str, detectors: dict[str, Detector]) -> None:
    none = TEST.where(np.zeros(len(TEST), bool))
    assert explainer(name, detectors).parts(none, np.zeros(0)).shape == (0, 4)


@pytest.mark.parametrize("name", WAYS)
def test_an_alert_is_explained_the_same_alone(name: str, detectors: dict[str, Detector]) -> None:
    own = explainer(name, detectors)
    together = own.parts(STRANGE, np.ones(len(STRANGE)))[:5]
    alone = [own.parts(one, np.ones(1))[0] for one in list(STRANGE.batches(1))[:5]]
    np.testing.assert_allclose(alone, together, rtol=1e-3, atol=1e-5)


@pytest.mark.parametrize("name", [name for name, method in METHODS.items() if method.steps])
def test_the_guilty_reading_is_blamed_most(name: str, detectors: dict[str, Detector]) -> None:
    own, scores = explainer(name, detectors), np.arange(1.0, 1 + len(STRANGE))
    steps = own.steps(STRANGE, scores)
    assert steps.shape == (len(STRANGE), LENGTH, 4)
    parts = own.parts(STRANGE, scores)
    if name == "residual":  # of the last reading
        parts *= (steps[:, -1].sum(axis=1) / scores)[:, None]
        steps_of_parts = steps[:, -1]
    else:
        steps_of_parts = steps.sum(axis=1)
    np.testing.assert_allclose(steps_of_parts, parts, rtol=1e-3, atol=1e-4)
    np.testing.assert_allclose(steps.sum(axis=(1, 2)), scores)
    assert (steps[:, :, GUILTY].argmax(axis=1) == LENGTH - 1).mean() > 0.8  # the faulty one


@pytest.mark.parametrize("name", ["latent", "shap", "error:pca"])
def test_not_every_method_knows_when(name: str, detectors: dict[str, Detector]) -> None:
    with pytest.raises(BadInputError, match=r"which reading|asks a network"):
        explainer(name, detectors).steps(STRANGE, np.ones(len(STRANGE)))


@pytest.mark.parametrize("name", ["latent:pca", "gradients:pca", "residual:pca"])
def test_some_methods_ask_one_kind_alone(name: str, detectors: dict[str, Detector]) -> None:
    with pytest.raises(BadInputError, match=r"asks (a network|virtual sensors), got a PcaDetector"):
        explainer(name, detectors).parts(STRANGE, np.ones(len(STRANGE)))


def test_spreads_change_the_blame(detectors: dict[str, Detector]) -> None:
    network = detectors["matts"]
    healthy = Healthy.of(network, TRAIN)
    wild = replace(healthy, spread=healthy.spread * np.array([1, 1, 1e6, 1]))
    parts = Explainer("normalised", network, wild).parts(STRANGE, np.ones(len(STRANGE)))
    assert parts[:, GUILTY].max() < 0.1


def test_the_gradients_of_the_reconstruction_are_others(detectors: dict[str, Detector]) -> None:
    network = detectors["matts"]
    assert isinstance(network, AutoencoderDetector)
    healthy, ones = Healthy.of(network, TRAIN), np.ones(len(STRANGE))
    head = Explainer("gradients", network, healthy).parts(STRANGE, ones)
    error = Explainer("gradients", network.rescored("reconstruction"), healthy)
    assert np.abs(error.parts(STRANGE, ones) - head).max() > 0.01


@pytest.mark.parametrize(("name", "library"), [("gradients", "captum.attr"), ("shap", "shap")])
def test_without_its_library_a_method_says_what_to_install(
    name: str, library: str, detectors: dict[str, Detector], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, library, None)
    with pytest.raises(BadInputError, match=r"pip install 'matts\[explain\]'"):
        explainer(name, detectors).parts(STRANGE, np.ones(len(STRANGE)))


def test_an_unknown_method_is_named() -> None:
    with pytest.raises(BadInputError, match="no method 'guess': choose from error, normalised"):
        Way.read("guess:pca")
