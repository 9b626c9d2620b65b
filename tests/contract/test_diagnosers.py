"""What every diagnoser promises. A new one is tested here the moment it is registered."""

from dataclasses import replace

import numpy as np
import pytest

from matts.detect import DETECTORS
from matts.detect.autoencoder import AutoencoderDetector
from matts.diagnose import DIAGNOSERS
from matts.diagnose.latent_classifier import LatentDiagnoser
from matts.diagnose.logistic import LogisticDiagnoser
from matts.diagnose.majority import MajorityDiagnoser
from matts.diagnose.shared import SharedDiagnoser
from matts.diagnose.trees import TreesDiagnoser
from matts.domain import BadInputError, Diagnoser, Windows
from matts.forest import ForestSettings
from matts.training import TrainingSettings
from matts.windows import Split

KINDS = ["latent", "logistic", "majority", "shared", "trees"]


@pytest.fixture(params=KINDS)
def unfitted(request: pytest.FixtureRequest, autoencoder: AutoencoderDetector) -> Diagnoser:
    """Each diagnoser, small enough to fit in a second."""
    training = TrainingSettings(epochs=30, patience=30, batch_size=32, learning_rate=0.05)
    small: dict[str, Diagnoser] = {
        "latent": LatentDiagnoser(autoencoder.network.encoder, autoencoder.scaler, training),
        "logistic": LogisticDiagnoser(),
        "majority": MajorityDiagnoser(),
        "shared": SharedDiagnoser(),
        "trees": TreesDiagnoser(ForestSettings(trees=20)),
    }
    return small[request.param]


@pytest.fixture
def diagnoser(unfitted: Diagnoser, split: Split) -> Diagnoser:
    return unfitted.fit(split.train, split.validation)


@pytest.fixture(scope="module")
def windows(split: Split) -> Windows:
    return split.test


def without(fault: int, windows: Windows) -> Windows:
    return windows.where(~windows.faults[:, fault])


def test_every_registered_diagnoser_is_tested() -> None:
    assert DIAGNOSERS.keys() == set(KINDS)


def test_probabilities_of_each_window_add_up_to_one(diagnoser: Diagnoser, windows: Windows) -> None:
    probabilities = diagnoser.probabilities(windows)
    assert probabilities.shape == (len(windows), len(windows.fault_names))
    assert (probabilities >= 0).all()
    np.testing.assert_allclose(probabilities.sum(axis=1), 1, rtol=1e-9)


def test_missing_and_huge_readings_have_probabilities_too(
    unfitted: Diagnoser, split: Split, windows: Windows
) -> None:
    def spoilt(given: Windows) -> Windows:
        rows = given.rows.copy()
        rows[np.random.default_rng(0).random(rows.shape) < 0.02] = np.nan
        rows[10, 3], rows[20, 4], rows[30, 5] = 1e300, -np.inf, 1e30
        return replace(given, rows=rows)

    fitted = unfitted.fit(spoilt(split.train), spoilt(split.validation))
    probabilities = fitted.probabilities(spoilt(windows))
    np.testing.assert_allclose(probabilities.sum(axis=1), 1, rtol=1e-9)
    assert (probabilities >= 0).all()


def test_no_detector_has_the_name_of_a_diagnoser() -> None:
    assert not DIAGNOSERS.keys() & DETECTORS.keys()  # a file of models knows them by their names


def test_what_knows_health_says_the_same_of_the_faults_alone(
    diagnoser: Diagnoser, windows: Windows
) -> None:
    if getattr(diagnoser, "knows_healthy", False):
        every = diagnoser.with_healthy(windows)  # type: ignore[attr-defined]
        assert every.shape == (len(windows), 1 + len(windows.fault_names))
        np.testing.assert_allclose(every.sum(axis=1), 1, rtol=1e-9)
        seen = every[:, 1:].any(axis=1)
        shares = every[seen, 1:] / every[seen, 1:].sum(axis=1, keepdims=True)
        np.testing.assert_allclose(diagnoser.probabilities(windows)[seen], shares, rtol=1e-9)
        assert every[windows.faulty, 0].mean() < every[~windows.faulty, 0].mean() - 0.1
        assert (every[~windows.faulty].argmax(axis=1) == 0).mean() > 0.9


def test_no_windows_no_probabilities(diagnoser: Diagnoser, windows: Windows) -> None:
    none = windows.where(np.zeros(len(windows), bool))
    assert diagnoser.probabilities(none).shape == (0, len(windows.fault_names))


def test_diagnosing_changes_neither_windows_nor_diagnoser(
    diagnoser: Diagnoser, split: Split
) -> None:
    windows = replace(split.test, rows=split.test.rows.copy())
    first = diagnoser.probabilities(windows)
    np.testing.assert_array_equal(diagnoser.probabilities(windows), first)
    np.testing.assert_array_equal(windows.rows, split.test.rows)


def test_a_diagnoser_from_its_state_says_the_same(diagnoser: Diagnoser, windows: Windows) -> None:
    twin = type(diagnoser).from_state(diagnoser.state())
    np.testing.assert_array_equal(twin.probabilities(windows), diagnoser.probabilities(windows))


def test_a_window_is_diagnosed_the_same_alone(diagnoser: Diagnoser, windows: Windows) -> None:
    alone = [diagnoser.probabilities(window) for window in windows.batches(1)]
    together = diagnoser.probabilities(windows)
    np.testing.assert_allclose(np.concatenate(alone), together, rtol=1e-5, atol=1e-9)


def test_healthy_windows_teach_nothing(unfitted: Diagnoser, split: Split) -> None:
    anomalous = split.train.where(split.train.faulty)
    fitted = unfitted.fit(split.train, split.validation)
    before = fitted.probabilities(split.test)
    if isinstance(fitted, LogisticDiagnoser):  # which takes its scale from all readings
        return
    if not getattr(fitted, "knows_healthy", False):
        after = fitted.fit(anomalous, split.validation).probabilities(split.test)
        np.testing.assert_array_equal(after, before)


@pytest.mark.parametrize("fault", range(4))
def test_a_fault_that_never_occurred_gets_next_to_nothing(
    unfitted: Diagnoser, split: Split, fault: int
) -> None:
    windows = without(fault, split.train)
    fitted = unfitted.fit(windows, windows)
    probabilities = fitted.probabilities(split.train.where(split.train.faulty))
    assert np.isfinite(probabilities).all()
    assert probabilities[:, fault].mean() < 0.1


@pytest.mark.parametrize("fault", range(4))
def test_a_single_fault_is_the_only_answer(unfitted: Diagnoser, split: Split, fault: int) -> None:
    alone = np.asarray(~np.delete(split.train.faults, fault, axis=1).any(axis=1))
    windows = split.train.where(alone)
    fitted = unfitted.fit(windows, windows)
    answers = fitted.probabilities(windows.where(windows.faulty)).argmax(axis=1)
    assert (answers == fault).all()


def test_two_faults_can_be_told_apart(unfitted: Diagnoser, split: Split) -> None:
    windows = split.train.where(np.asarray(~split.train.faults[:, [1, 3]].any(axis=1)))
    fitted = unfitted.fit(windows, windows)
    if not isinstance(fitted, MajorityDiagnoser):
        anomalous = windows.where(windows.faulty)
        answers = fitted.probabilities(anomalous).argmax(axis=1)
        assert (answers == anomalous.classes - 1).mean() > 0.9


def test_nothing_anomalous_to_learn_from_is_refused(unfitted: Diagnoser, split: Split) -> None:
    healthy = split.train.healthy
    sentence = f"needs anomalous windows to learn from, got none in {len(healthy)}"
    with pytest.raises(BadInputError, match=sentence):
        unfitted.fit(healthy, split.validation)


def test_no_anomalous_windows_to_validate_on_do_no_harm(unfitted: Diagnoser, split: Split) -> None:
    fitted = unfitted.fit(split.train, split.validation.healthy)
    assert np.isfinite(fitted.probabilities(split.test)).all()


@pytest.mark.parametrize("name", KINDS)
def test_on_any_plants_data_a_diagnoser_fits_or_says_why(name: str, hard_case: Split) -> None:
    training = TrainingSettings(epochs=3, batch_size=32, learning_rate=0.05)
    train, validation, test = hard_case.train, hard_case.validation, hard_case.test
    stage = AutoencoderDetector(training=training).fit(train, validation)
    unfitted: dict[str, Diagnoser] = {
        "latent": LatentDiagnoser(stage.network.encoder, stage.scaler, training),
        "logistic": LogisticDiagnoser(),
        "majority": MajorityDiagnoser(),
        "shared": SharedDiagnoser(),
        "trees": TreesDiagnoser(ForestSettings(trees=10)),
    }
    if not train.faulty.any():
        with pytest.raises(BadInputError, match="needs anomalous windows to learn from, got none"):
            unfitted[name].fit(train, validation)
        return
    found = unfitted[name].fit(train, validation).probabilities(test)
    assert found.shape == (len(test), len(test.fault_names))
    np.testing.assert_allclose(found.sum(axis=1), 1, rtol=1e-9)
