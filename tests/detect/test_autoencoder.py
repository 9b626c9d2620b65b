import logging
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from sklearn.metrics import average_precision_score, f1_score
from torch.nn import functional

from matts.detect.autoencoder import AutoencoderDetector
from matts.detect.objective import DetectorSettings, LossWeights
from matts.diagnose.latent_classifier import LatentDiagnoser
from matts.domain import BadInputError, Floats, Windows
from matts.losses import class_balance, fault_loss, fault_targets
from matts.tensors import WindowTensors, count_parameters, weights_of
from matts.training import TrainingSettings
from matts.windows import Scaler, Split

BORN = TrainingSettings(epochs=0)
AT_ONCE = TrainingSettings(epochs=1, batch_size=10_000)  # its losses are those of the born network


def scores(split: Split, settings: dict[str, object], training: dict[str, object]) -> Floats:
    """What a network scores after one epoch with the settings given."""
    base = {"epochs": 1, "batch_size": 256, "learning_rate": 0.01}
    detector = AutoencoderDetector(
        DetectorSettings.model_validate({"monitor": "pr_auc"} | settings),
        TrainingSettings.model_validate(base | training),
    )
    return detector.fit(split.train, split.validation).score(split.test)


@pytest.fixture(scope="module")
def plain_scores(split: Split) -> Floats:
    return scores(split, {}, {})


@pytest.mark.parametrize(("hidden", "size", "megabytes"), [(16, 4773, 0.018), (32, 12101, 0.046)])
def test_the_deployed_size_is_the_published_one(
    split: Split, hidden: int, size: int, megabytes: float
) -> None:
    detector = AutoencoderDetector(DetectorSettings(hidden=hidden), BORN)
    detector.fit(split.train, split.validation)
    diagnoser = LatentDiagnoser(detector.network.encoder, detector.scaler, BORN)
    diagnoser.fit(split.train, split.validation)
    deployed = (detector.network.encoder, detector.network.head, diagnoser.classifier)
    assert sum(map(count_parameters, deployed)) == size
    assert round(4 * size / 2**20, 3) == megabytes
    assert detector.parameters == (size, size + count_parameters(detector.network.decoder))


def test_the_same_seed_gives_the_same_numbers(split: Split, plain_scores: Floats) -> None:
    torch.manual_seed(99)
    np.testing.assert_array_equal(scores(split, {}, {}), plain_scores)


@pytest.mark.parametrize(
    "change",
    [
        {"hidden": 8},
        {"layers": 2},
        {"dropout": 0.3},
        {"latent": 5},
        {"reconstruct": "all"},
        {"weights": {"reconstruction": 9}},
        {"weights": {"anomaly": 1}},
        {"positive_weight": 7},
        {"joint": True},
        {"score": "reconstruction"},
    ],
    ids=str,
)
def test_every_option_changes_the_scores(
    split: Split, plain_scores: Floats, change: dict[str, object]
) -> None:
    changed = scores(split, change, {})
    assert np.isfinite(changed).all()
    assert not np.allclose(changed, plain_scores, rtol=1e-6)


@pytest.mark.parametrize(
    "change",
    [
        {"batch_size": 512},
        {"learning_rate": 0.005},
        {"weight_decay": 0.1},
        {"clip": 1e-4},
        {"seed": 1},
    ],
    ids=str,
)
def test_every_option_of_training_changes_the_scores(
    split: Split, plain_scores: Floats, change: dict[str, object]
) -> None:
    assert not np.allclose(scores(split, {}, change), plain_scores, rtol=1e-6)


def test_the_fault_weight_counts_where_training_is_joint(split: Split) -> None:
    joint: dict[str, object] = {"joint": True}
    assert not np.allclose(
        scores(split, joint, {}), scores(split, {**joint, "weights": {"fault": 1}}, {}), rtol=1e-6
    )


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a GPU")
def test_a_gpu_that_is_not_there_is_refused(split: Split) -> None:
    with pytest.raises(BadInputError, match="needs a GPU"):
        scores(split, {}, {"device": "cuda"})


def test_each_loss_term_is_what_it_says(split: Split) -> None:
    windows, weights = split.train, LossWeights(reconstruction=2, anomaly=3, fault=4)
    settings = DetectorSettings(weights=weights, positive_weight=6, joint=True)
    [epoch] = AutoencoderDetector(settings, AT_ONCE).fit(windows, split.validation).history
    born = AutoencoderDetector(settings, BORN).fit(windows, split.validation)
    inputs = WindowTensors(windows, born.scaler, torch.device("cpu"))[torch.arange(len(windows))]
    faulty = torch.from_numpy(windows.faulty)
    with torch.no_grad():
        latent, rebuilt, logit = born.network(inputs)
        healthy_error = functional.mse_loss(rebuilt[~faulty], inputs[~faulty])
        anomaly = functional.binary_cross_entropy_with_logits(
            logit, faulty.float(), pos_weight=torch.tensor(6.0)
        )
        named = fault_targets(windows.faults)[faulty]
        fault = fault_loss(born.classifier(latent[faulty]), named, class_balance(windows.faults))
    assert epoch["reconstruction"] == pytest.approx(2 * healthy_error.item(), rel=1e-4)
    assert epoch["anomaly"] == pytest.approx(3 * anomaly.item(), rel=1e-4)
    assert epoch["fault"] == pytest.approx(4 * fault.item(), rel=1e-4)


@pytest.mark.parametrize(("reconstruct", "learns"), [("healthy", False), ("all", True)])
def test_anomalous_windows_are_rebuilt_only_where_asked(
    split: Split, reconstruct: str, *, learns: bool
) -> None:
    settings = DetectorSettings.model_validate({"reconstruct": reconstruct})
    faulty = split.train.where(split.train.faulty)
    [epoch] = AutoencoderDetector(settings, AT_ONCE).fit(faulty, split.validation).history
    assert (epoch["reconstruction"] > 0) is learns


def test_joint_training_survives_batches_without_a_fault(split: Split) -> None:
    training = TrainingSettings(epochs=1, batch_size=16, learning_rate=0.01)
    detector = AutoencoderDetector(DetectorSettings(joint=True), training)
    [epoch] = detector.fit(split.train, split.validation).history
    assert np.isfinite([*epoch.values()]).all()
    [epoch] = detector.fit(split.train.healthy, split.validation).history
    assert "fault" not in epoch
    assert np.isfinite(detector.score(split.test)).all()


def test_joint_training_survives_a_fault_that_never_occurs(split: Split) -> None:
    train = split.train.where(~split.train.faults[:, 2])
    detector = AutoencoderDetector(DetectorSettings(joint=True), AT_ONCE)
    [epoch] = detector.fit(train, split.validation).history
    assert np.isfinite(epoch["fault"])


def test_only_joint_training_teaches_the_diagnosis_network(split: Split) -> None:
    def learnt(settings: DetectorSettings, training: TrainingSettings) -> Floats:
        detector = AutoencoderDetector(settings, training).fit(split.train, split.validation)
        assert (detector.joint_classifier is detector.classifier) is settings.joint
        return weights_of(detector.classifier, "")["layers.2.weight"].copy()

    born = learnt(DetectorSettings(), BORN)
    np.testing.assert_array_equal(learnt(DetectorSettings(), AT_ONCE), born)
    assert not np.array_equal(learnt(DetectorSettings(joint=True), AT_ONCE), born)


def test_the_scale_comes_from_training_readings(
    autoencoder: AutoencoderDetector, split: Split
) -> None:
    np.testing.assert_array_equal(autoencoder.scaler.mean, Scaler.fit(split.train.rows).mean)
    np.testing.assert_array_equal(autoencoder.scaler.spread, Scaler.fit(split.train.rows).spread)


def test_the_figure_of_each_epoch_is_the_one_to_monitor(
    split: Split, quick: TrainingSettings
) -> None:
    one = quick.model_copy(update={"epochs": 1})
    detector = AutoencoderDetector(DetectorSettings(monitor="pr_auc"), one)
    [by_area] = detector.fit(split.train, split.validation).history
    [by_f1] = (
        AutoencoderDetector(DetectorSettings(), one).fit(split.train, split.validation).history
    )
    truth, probability = split.validation.faulty, detector.score(split.validation)
    assert by_area["validation"] == average_precision_score(truth, probability)
    assert by_f1["validation"] == f1_score(truth, probability > 0.5, average="macro")
    assert by_area["validation"] != by_f1["validation"]


def test_without_a_fault_to_validate_on_the_figure_is_how_well_it_rebuilds(split: Split) -> None:
    detector = AutoencoderDetector(DetectorSettings(), BORN).fit(split.train, split.validation)
    healthy = split.validation.healthy
    rebuilt = -detector.rescored("reconstruction").score(healthy).mean()
    assert detector._judge(healthy) == pytest.approx(rebuilt)
    detector.settings = DetectorSettings(monitor="reconstruction")
    assert detector._judge(split.validation) == pytest.approx(rebuilt)


def test_without_a_fault_to_learn_from_it_rebuilds_and_is_judged_by_that(
    split: Split, quick: TrainingSettings
) -> None:
    settings = DetectorSettings(joint=True)
    fitted = AutoencoderDetector(settings, quick).fit(split.train.healthy, split.validation)
    assert (fitted.settings.score, fitted.settings.monitor) == ("reconstruction",) * 2
    assert fitted.joint_classifier is None
    assert not fitted.probabilistic
    assert fitted.history[-1]["validation"] > 1.05 * fitted.history[0]["validation"]  # nearer to 0
    assert {epoch["anomaly"] for epoch in fitted.history} == {0.0}


def test_the_head_gives_probabilities_and_the_other_score_errors(
    autoencoder: AutoencoderDetector, split: Split
) -> None:
    probability = autoencoder.score(split.test)
    assert ((probability > 0) & (probability < 1)).all()
    values = torch.from_numpy(autoencoder.scaler(split.test.values))
    with torch.no_grad():
        _, rebuilt, _ = autoencoder.network(values)
    errors = (rebuilt - values).square().mean(dim=(1, 2)).numpy()
    other = autoencoder.rescored("reconstruction")
    np.testing.assert_allclose(other.score(split.test), errors, rtol=1e-4)
    assert other.network is autoencoder.network


@pytest.mark.parametrize("score", ["head", "reconstruction"])
def test_contributions_add_up_to_either_score(
    autoencoder: AutoencoderDetector, split: Split, score: str
) -> None:
    settings = DetectorSettings.model_validate({"score": score})
    detector = autoencoder.rescored(settings.score)
    parts = detector.contributions(split.test)
    np.testing.assert_allclose(parts.sum(axis=1), detector.score(split.test), rtol=1e-6)
    assert (parts >= 0).all()


def test_the_sensor_that_is_off_contributes_most(
    autoencoder: AutoencoderDetector, split: Split
) -> None:
    rows = split.test.rows.copy()
    rows[:, 30] += 20 * autoencoder.scaler.spread[30]
    parts = autoencoder.contributions(replace(split.test, rows=rows))
    assert (parts.argmax(axis=1) == 30).all()


def test_dropout_is_over_once_trained(split: Split) -> None:
    detector = AutoencoderDetector(DetectorSettings(dropout=0.5), AT_ONCE)
    detector.fit(split.train, split.validation)
    np.testing.assert_array_equal(detector.score(split.test), detector.score(split.test))


def test_training_helps(autoencoder: AutoencoderDetector, split: Split) -> None:
    born = AutoencoderDetector(DetectorSettings(), BORN).fit(split.train, split.validation)
    for score in ("head", "reconstruction"):
        settings = DetectorSettings.model_validate({"score": score})
        before, after = (
            each.rescored(settings.score).score(split.train) for each in (born, autoencoder)
        )
        assert average_precision_score(split.train.faulty, after) > average_precision_score(
            split.train.faulty, before
        )
    losses = [epoch["reconstruction"] for epoch in autoencoder.history]
    assert losses[-1] < 0.7 * losses[0]


def test_a_training_under_way_is_logged_and_kept_by_its_seed(
    split: Split, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    training = TrainingSettings(
        epochs=2, batch_size=512, seed=3, log_every=1, save_every=1, save_folder=str(tmp_path)
    )
    with caplog.at_level(logging.DEBUG, logger="matts.training"):
        AutoencoderDetector(training=training).fit(split.train, split.validation)
    with_epochs = [message for message in caplog.messages if "epoch" in message]
    assert [message[:27] for message in with_epochs] == [
        "detector, seed 3: epoch 1: ",
        "detector, seed 3: epoch 2: ",
    ]
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "detector_seed_3_epoch_0001.safetensors",
        "detector_seed_3_epoch_0002.safetensors",
    ]


def test_settings_and_history_survive_as_state(autoencoder: AutoencoderDetector) -> None:
    twin = AutoencoderDetector.from_state(autoencoder.state())
    assert (twin.settings, twin.training) == (autoencoder.settings, autoencoder.training)
    assert twin.history == autoencoder.history
    assert not twin.network.training


SHAPES = [{}, {"hidden": 7, "latent": 5}, {"layers": 2, "dropout": 0.3}, {"hidden": 32}]


@pytest.mark.parametrize("shape", SHAPES, ids=str)
@pytest.mark.parametrize("score", ["head", "reconstruction"])
def test_a_window_gets_the_same_score_in_any_company(
    split: Split, shape: dict[str, object], score: str
) -> None:
    """To the last bit: among all, few, scattered or repeated ones, and in a file of its own."""
    settings = DetectorSettings.model_validate({**shape, "score": score})
    detector = AutoencoderDetector(settings, BORN).fit(split.train, split.validation)
    windows, rng = split.test, np.random.default_rng(0)
    scores, parts = detector.score(windows), detector.contributions(windows)
    for count in (1, 2, 3, 17, 33, 100, 250):
        start = int(rng.integers(0, len(windows) - count))
        few = np.arange(start, start + count)
        rows = slice(start, start + count + 4)
        alone = Windows(
            windows.rows[rows],
            windows.row_faults[rows],
            np.arange(4, count + 4),
            5,
            windows.sensors,
            windows.fault_names,
        )
        scattered = rng.choice(len(windows), count)
        for some, which in (
            (replace(windows, last=windows.last[few]), few),
            (replace(windows, last=windows.last[scattered]), scattered),
            (alone, few),
        ):
            np.testing.assert_array_equal(detector.score(some), scores[which])
            np.testing.assert_array_equal(detector.contributions(some), parts[which])


@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_scores_are_those_of_the_plain_network(split: Split, shape: dict[str, object]) -> None:
    training = TrainingSettings(epochs=2, batch_size=64, learning_rate=0.01)
    detector = AutoencoderDetector(DetectorSettings.model_validate(shape), training)
    detector.fit(split.train, split.validation)
    values = torch.from_numpy(detector.scaler(split.test.values))
    with torch.no_grad():
        latent, rebuilt, logit = detector.network(values)
    errors = (rebuilt - values).square().mean(dim=1).numpy()
    probability = logit.sigmoid().numpy()
    np.testing.assert_allclose(detector.latent(split.test), latent.numpy(), rtol=0, atol=1e-5)
    np.testing.assert_allclose(detector.score(split.test), probability, rtol=0, atol=1e-5)
    shares = probability[:, None] * errors / errors.sum(axis=1, keepdims=True)
    np.testing.assert_allclose(detector.contributions(split.test), shares, rtol=0, atol=1e-5)


def test_the_score_of_the_head_needs_no_decoder(
    autoencoder: AutoencoderDetector, split: Split
) -> None:
    twin = AutoencoderDetector.from_state(autoencoder.state())
    torch.nn.init.constant_(twin.network.decoder.readout.bias, torch.nan)
    np.testing.assert_array_equal(twin.score(split.test), autoencoder.score(split.test))
    assert np.isnan(twin.contributions(split.test)).all()
