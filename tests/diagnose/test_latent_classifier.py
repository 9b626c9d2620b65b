from collections.abc import Callable
from copy import deepcopy

import numpy as np
import pytest
import torch
from sklearn.metrics import f1_score

from matts.detect.autoencoder import AutoencoderDetector
from matts.detect.objective import DetectorSettings
from matts.diagnose.latent_classifier import LatentDiagnoser, hit_f1
from matts.training import TrainingSettings
from matts.windows import Split

Learn = Callable[..., LatentDiagnoser]


@pytest.fixture
def learn(autoencoder: AutoencoderDetector, split: Split) -> Learn:
    """Fit a diagnoser to the session's encoder, with the training options given."""

    def fit(weight: float = 1.0, **options: object) -> LatentDiagnoser:
        base = {"epochs": 30, "patience": 30, "batch_size": 32, "learning_rate": 0.05}
        training = TrainingSettings.model_validate(base | options)
        encoder, scaler = autoencoder.network.encoder, autoencoder.scaler
        return LatentDiagnoser(encoder, scaler, training, weight).fit(split.train, split.train)

    return fit


def test_the_encoder_stays_as_stage_one_left_it(
    autoencoder: AutoencoderDetector, split: Split, learn: Learn
) -> None:
    before, scores = deepcopy(autoencoder.network.state_dict()), autoencoder.score(split.test)
    diagnoser = learn()
    assert diagnoser.encoder is autoencoder.network.encoder
    assert all(
        torch.equal(value, before[name]) for name, value in autoencoder.network.state_dict().items()
    )
    np.testing.assert_array_equal(autoencoder.score(split.test), scores)
    assert not autoencoder.network.encoder.training


def test_it_learns_to_tell_the_faults_apart(split: Split, learn: Learn) -> None:
    anomalous = split.train.where(split.train.faults.sum(axis=1) == 1)
    answers = learn().probabilities(anomalous).argmax(axis=1)
    assert (answers == anomalous.classes - 1).mean() > 0.8


def test_it_sees_what_the_encoder_sees(
    autoencoder: AutoencoderDetector, split: Split, learn: Learn
) -> None:
    diagnoser = learn(epochs=1)
    latent = torch.from_numpy(autoencoder.latent(split.test))
    with torch.no_grad():
        expected = diagnoser.classifier(latent).softmax(dim=1).numpy()
    np.testing.assert_allclose(diagnoser.probabilities(split.test), expected, atol=1e-6)


def test_the_same_seed_gives_the_same_numbers(split: Split, learn: Learn) -> None:
    first = learn(epochs=3).probabilities(split.test)
    torch.manual_seed(77)
    np.testing.assert_array_equal(learn(epochs=3).probabilities(split.test), first)


@pytest.mark.parametrize(
    "change",
    [
        {"seed": 1},
        {"learning_rate": 0.01},
        {"batch_size": 8},
        {"weight_decay": 0.5},
        {"clip": 0.01},
    ],
    ids=str,
)
def test_every_option_of_training_changes_the_answer(
    split: Split, learn: Learn, change: dict[str, object]
) -> None:
    plain = learn(epochs=3).probabilities(split.test)
    assert not np.allclose(learn(epochs=3, **change).probabilities(split.test), plain, rtol=1e-6)


def test_the_weight_multiplies_the_loss(learn: Learn) -> None:
    single, tenfold = (
        learn(weight, epochs=1, batch_size=1000).history[0]["fault"] for weight in (1, 10)
    )
    assert tenfold == pytest.approx(10 * single, rel=1e-5)


def test_training_ends_by_macro_f1_over_every_fault(split: Split, learn: Learn) -> None:
    diagnoser = learn(epochs=1)
    anomalous = split.train.where(split.train.faulty)
    named = diagnoser.probabilities(anomalous).argmax(axis=1)
    assert diagnoser.history[0]["validation"] == hit_f1(named, anomalous)
    some = anomalous.where((anomalous.faults.sum(axis=1) == 1) & ~anomalous.faults[:, 3])
    answers = diagnoser.probabilities(some).argmax(axis=1)
    expected = f1_score(
        some.classes - 1, answers, labels=range(4), average="macro", zero_division=0
    )
    assert hit_f1(answers, some) == pytest.approx(expected)
    assert len(learn(epochs=500, patience=3).history) < 500


def test_a_hit_on_either_of_two_faults_counts(split: Split) -> None:
    double = split.train.where(split.train.faults.sum(axis=1) == 2)
    second = double.faults.copy()
    second[np.arange(len(double)), double.classes - 1] = False
    for answers in (second, double.faults & ~second):
        assert hit_f1(answers.argmax(axis=1), double) == answers.any(axis=0).sum() / 4
    assert hit_f1(np.array([], np.int64), double.healthy) == 0


def test_a_network_trained_jointly_is_taken_over_unchanged(split: Split) -> None:
    training = TrainingSettings(epochs=2, batch_size=128, learning_rate=0.01)
    detector = AutoencoderDetector(DetectorSettings(joint=True), training)
    detector.fit(split.train, split.validation)
    before = deepcopy(detector.classifier.state_dict())
    diagnoser = LatentDiagnoser(
        detector.network.encoder, detector.scaler, training, classifier=detector.joint_classifier
    ).fit(split.train, split.validation)
    assert diagnoser.classifier is detector.classifier
    assert diagnoser.history == []
    assert all(
        torch.equal(value, before[name])
        for name, value in diagnoser.classifier.state_dict().items()
    )
    again = LatentDiagnoser.from_state(diagnoser.state()).fit(split.train, split.validation)
    np.testing.assert_array_equal(
        again.probabilities(split.test), diagnoser.probabilities(split.test)
    )


def test_settings_and_history_survive_as_state(learn: Learn) -> None:
    diagnoser = learn(weight=10, epochs=2)
    twin = LatentDiagnoser.from_state(diagnoser.state())
    assert (twin.weight, twin.training) == (diagnoser.weight, diagnoser.training)
    assert twin.history == diagnoser.history
    assert twin.trained is None
