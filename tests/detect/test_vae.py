from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch
from pydantic import ValidationError

from matts.detect.innovations import healthy_scale
from matts.detect.vae import VaeDetector
from matts.detect.vae_objective import (
    VaeSettings,
    elbo_loss,
    figure,
    judged_loss,
    masked_loss,
)
from matts.detect.vae_windows import Examples, ends_before, healthy_examples, prepare
from matts.domain import BadInputError, Windows
from matts.training import Epoch
from matts.windows import Scaler, Split

QUICK: dict[str, Any] = {"epochs": 2, "channels": 8, "latent": 6, "beta": 0.05}


def fit(split: Split, **settings: Any) -> VaeDetector:
    return VaeDetector(VaeSettings(**{**QUICK, **settings})).fit(split.train, split.validation)


@pytest.fixture(scope="module")
def detector(split: Split) -> VaeDetector:
    return fit(split)


@pytest.mark.parametrize(
    "changed",
    [
        {"encoder": "transformer"},
        {"channels": 16},
        {"latent": 7},
        {"loss": "mae"},
        {"beta": 0.5},
        {"anneal": 0},
        {"forecast": 0.5},
        {"pretrain": 1},
        {"judged": "window"},
        {"normalise": False},
        {"overlap": True},
        {"epochs": 0},
        {"batch_size": 64},
        {"learning_rate": 0.001},
        {"seed": 1},
    ],
    ids=str,
)
def test_every_option_takes_effect(
    split: Split, detector: VaeDetector, changed: dict[str, Any]
) -> None:
    other = fit(split, **changed)
    assert not np.allclose(other.score(split.test), detector.score(split.test), rtol=1e-3)


@pytest.mark.parametrize(
    ("one", "other"),
    [({"mask": 0.1}, {"mask": 0.7}), ({"heads": 2}, {"heads": 4})],
    ids=["mask", "heads"],
)
def test_options_of_options_take_effect(
    split: Split, one: dict[str, Any], other: dict[str, Any]
) -> None:
    first, second = (
        fit(split, encoder="transformer", pretrain=1, **own).score(split.test)
        for own in (one, other)
    )
    assert not np.allclose(first, second, rtol=1e-3)


def test_patience_ends_training(split: Split) -> None:
    stuck = {"epochs": 30, "learning_rate": 0.9, "patience": 1}
    assert len(fit(split, **stuck).history) < 30


def test_heads_must_divide_channels() -> None:
    with pytest.raises(ValidationError, match="heads must divide channels, got 3 and 8"):
        VaeSettings(encoder="transformer", channels=8, heads=3)
    VaeSettings(encoder="cnn", channels=8, heads=3)  # has none


def test_the_score_is_the_errors_and_the_divergence(split: Split) -> None:
    """The figure of the judge, by the other code, from the same windows."""
    detector = fit(split, judged="window", normalise=False, forecast=0.5)
    scored = detector.score(split.test).mean()
    examples = Examples(split.test, detector.scaler)
    with torch.no_grad():
        loss = judged_loss(detector.network, examples, detector.settings)
        assert -figure(loss, len(examples)) == pytest.approx(scored, rel=1e-5)


def test_units_are_the_errors_of_healthy_training_windows(split: Split) -> None:
    detector = fit(split, beta=0.0)
    np.testing.assert_allclose(detector.contributions(split.train.healthy).mean(axis=0), 1 / 51)


def test_the_divergence_counts(split: Split, detector: VaeDetector) -> None:
    without = VaeDetector.from_state(detector.state())
    without.settings = detector.settings.model_copy(update={"beta": 0.0})
    assert (detector.score(split.test) > without.score(split.test)).all()


def test_the_sensor_that_is_off_contributes_most(split: Split) -> None:
    detector = fit(split, epochs=10)
    rows = split.test.rows.copy()
    rows[:, 20] += 20 * split.train.rows[:, 20].std()
    parts = detector.contributions(replace(split.test, rows=rows))
    assert (parts.argmax(axis=1) == 20).mean() > 0.95


def test_only_healthy_windows_teach(split: Split) -> None:
    train, held = replace(split.train, length=1), replace(split.validation, length=1)
    rows = train.rows.copy()
    rows[train.row_faults.any(axis=1)] *= 3
    first, second = (
        VaeDetector(VaeSettings(**QUICK)).fit(each, held)
        for each in (train, replace(train, rows=rows))
    )
    np.testing.assert_array_equal(first.score(held), second.score(held))


def test_training_gets_better_and_is_heard(split: Split) -> None:
    heard: list[tuple[int, float]] = []
    settings = VaeSettings(epochs=4, pretrain=2)
    detector = VaeDetector(settings, lambda *news: heard.append(news))
    detector.fit(split.train, split.validation)
    assert [epoch for epoch, _ in heard] == [1, 2, 3, 4]
    assert heard[-1][1] > heard[0][1]
    assert "masked" in detector.history[0]
    assert detector.history[1]["validation"] > detector.history[0]["validation"]
    assert "reconstruction" in detector.history[-1]
    assert len(detector.history) == 6


def test_beta_grows(split: Split) -> None:
    scaler = healthy_scale(split.train)
    examples = healthy_examples(split.train, scaler)
    settings = VaeSettings(anneal=2, batch_size=len(examples), beta=1.0)
    network = settings.build(51, 5)
    every = torch.arange(len(examples))
    loss = elbo_loss(network, examples, settings)
    counted = [loss(every)["divergence"].item() for _ in range(4)]
    assert counted[0] == 0
    np.testing.assert_allclose(np.array(counted[1:]) / counted[3], [0.5, 1, 1], rtol=1e-5)


def test_what_is_seen_teaches_no_filling_in(split: Split) -> None:
    examples = healthy_examples(split.train, healthy_scale(split.train))
    settings = VaeSettings(mask=0.999999)
    network, every = settings.build(51, 5), torch.arange(len(examples))
    hidden = masked_loss(network, examples, settings)(every)["masked"].item()
    with torch.no_grad():
        given = examples[every]
        _, rebuilt = network(torch.zeros_like(given.values))
    assert hidden == pytest.approx(float((rebuilt - given.values).square().mean()), rel=1e-4)


@pytest.mark.parametrize("encoder", ["cnn", "transformer"])
@pytest.mark.parametrize("length", [1, 5])
def test_anything_gets_a_finite_score(split: Split, encoder: str, length: int) -> None:
    windows = [replace(part, length=length) for part in (split.train, split.validation, split.test)]
    train, validation, test = windows
    settings = VaeSettings(encoder=encoder, forecast=0.5, pretrain=1, epochs=1)
    rows = train.rows.astype(np.float64)
    rows[::7, 3], rows[:, 5], rows[::11] = np.nan, 0.1, np.nan
    detector = VaeDetector(settings).fit(replace(train, rows=rows), validation)
    rows = test.rows.astype(np.float64)
    rows[0::50], rows[1::50, 2], rows[2::50], rows[3::50, 1] = np.nan, np.inf, -1e300, 1e30
    scores = detector.score(replace(test, rows=rows))
    assert np.isfinite(scores).all()
    assert np.isfinite(detector.contributions(replace(test, rows=rows))).all()


def test_a_missing_reading_adds_nothing(split: Split, detector: VaeDetector) -> None:
    rows = split.test.rows.copy()
    rows[:, 7] = np.nan
    parts = detector.contributions(replace(split.test, rows=rows))
    assert (parts[:, 7] == 0).all()
    assert (parts.sum(axis=1) > 0).all()


def test_a_window_scores_the_same_to_the_last_bit(split: Split, detector: VaeDetector) -> None:
    scores = detector.score(split.test)
    alone = np.concatenate([detector.score(each) for each in split.test.batches(1)])
    np.testing.assert_array_equal(alone, scores)
    order = np.random.default_rng(0).permutation(len(scores))
    shuffled = replace(split.test, last=split.test.last[order])
    np.testing.assert_array_equal(detector.score(shuffled), scores[order])


def test_overlap_is_the_mean_of_the_windows_before(split: Split, detector: VaeDetector) -> None:
    smooth = VaeDetector.from_state(detector.state())
    smooth.settings = detector.settings.model_copy(update={"overlap": True})
    own = detector.score(split.test)
    means = [own[max(n - 4, 0) : n + 1].mean() for n in range(len(own))]
    np.testing.assert_allclose(smooth.score(split.test), means)
    one = split.test.where(np.arange(len(own)) == 50)
    np.testing.assert_allclose(smooth.score(one), means[50])


def test_nothing_is_averaged_across_a_segment() -> None:
    rows, segments = np.zeros((7, 1)), np.array([0, 0, 0, 1, 1, 1, 1])
    last = np.array([1, 2, 4, 5, 6])
    windows = Windows(rows, np.zeros((7, 0), bool), last, 2, ("a",), (), segments=segments)
    assert ends_before(windows).tolist() == [[1, -1], [2, 1], [4, -1], [5, 4], [6, 5]]


def test_the_head_foresees_without_the_last_reading(split: Split) -> None:
    examples = Examples(split.test, healthy_scale(split.train))
    given = examples[torch.arange(3)]
    assert (given.past[:, -1] == 0).all()
    assert torch.equal(given.past[:, :-1], given.seen[:, :-1])


def test_without_healthy_windows_there_is_nothing_to_learn(split: Split) -> None:
    faulty = split.train.where(split.train.faulty)
    with pytest.raises(BadInputError, match=r"healthy training windows, got \d+ faulty"):
        VaeDetector().fit(faulty, split.validation)


def test_windows_of_another_length_are_refused(split: Split, detector: VaeDetector) -> None:
    with pytest.raises(BadInputError, match="fitted on windows of 5 readings, got 3"):
        detector.score(replace(split.test, length=3))


def test_validation_without_healthy_windows_is_survived(split: Split) -> None:
    faulty = split.validation.where(split.validation.faulty)
    detector = VaeDetector(VaeSettings(**QUICK)).fit(split.train, faulty)
    assert np.isfinite(detector.score(split.test)).all()


def test_values_far_off_are_as_far_as_can_be() -> None:
    scaler = Scaler(np.zeros(1), np.ones(1))
    values, known = prepare(np.array([[1e300], [-np.inf], [np.nan], [2.0]]), scaler)
    assert values.ravel().tolist() == [1e4, -1e4, 0.0, 2.0]
    assert known.ravel().tolist() == [1, 1, 0, 1]


def test_the_history_is_kept(detector: VaeDetector) -> None:
    history: list[Epoch] = VaeDetector.from_state(detector.state()).history
    assert history == detector.history
    assert len(history) == 2
