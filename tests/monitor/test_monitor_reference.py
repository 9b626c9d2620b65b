from dataclasses import fields, replace

import numpy as np
import pytest

from matts.detect.autoencoder import AutoencoderDetector
from matts.detect.zscore import ZScoreDetector
from matts.domain import BadInputError, Windows
from matts.monitor.reference import TrainingReference, memory_of
from matts.windows import Split


def make_windows(rows: np.ndarray, segments: np.ndarray | None = None) -> Windows:
    faults = np.zeros((len(rows), 1), bool)
    sensors = tuple(f"sensor_{n}" for n in range(rows.shape[1]))
    last = np.arange(1, len(rows))
    return Windows(rows, faults, last, 2, sensors, ("Bearing",), segments=segments)


def test_it_measures_healthy_readings_alone(split: Split, autoencoder: AutoencoderDetector) -> None:
    """A faulty reading out of all bounds moves no figure."""
    healthy = TrainingReference.fit(split.train, split.validation, autoencoder)
    rows = split.train.rows.copy()
    rows[split.train.row_faults.any(axis=1)] *= 100
    other = TrainingReference.fit(replace(split.train, rows=rows), split.validation, autoencoder)
    own = split.train.healthy.last_rows
    np.testing.assert_array_equal(healthy.high, own.max(axis=0))
    np.testing.assert_array_equal(healthy.median, np.median(own, axis=0))
    for name in ("low", "high", "median", "spread", "step", "still", "rows", "memory"):
        np.testing.assert_array_equal(getattr(other, name), getattr(healthy, name), name)


def test_scores_are_those_of_healthy_validation_windows(
    split: Split, autoencoder: AutoencoderDetector
) -> None:
    reference = TrainingReference.fit(split.train, split.validation, autoencoder)
    np.testing.assert_array_equal(reference.scores, autoencoder.score(split.validation.healthy))
    assert reference.latents.shape == (len(reference.rows), autoencoder.network.encoder.latent)
    parts = autoencoder.contributions(split.validation.healthy)
    np.testing.assert_allclose(reference.errors, parts.mean(axis=0))


def test_it_comes_back_from_its_state_to_the_bit(
    split: Split, autoencoder: AutoencoderDetector
) -> None:
    reference = TrainingReference.fit(split.train, split.validation, autoencoder)
    again = TrainingReference.from_state(reference.state())
    assert again.sensors == reference.sensors
    for field in fields(reference):
        np.testing.assert_array_equal(getattr(again, field.name), getattr(reference, field.name))


def test_runs_steps_and_gaps_by_hand() -> None:
    rows = np.array([[0, 0], [1, 5], [1, 5], [1, np.nan], [3, 5], [3, 5]], float)
    windows = make_windows(rows)
    reference = TrainingReference.fit(windows, windows, ZScoreDetector().fit(windows, windows))
    assert reference.still.tolist() == [3, 2]  # a gap ends a run
    assert reference.step.tolist() == [0.5, 0.0]  # of the changes 0, 0, 2, 0
    np.testing.assert_allclose(reference.missing, [0, 1 / 5])
    assert reference.high.tolist() == [3, 5]


def test_no_run_crosses_a_segment() -> None:
    rows = np.ones((8, 1))
    whole, halves = make_windows(rows), make_windows(rows, np.repeat([0, 1], 4))
    halves = replace(halves, last=np.array([1, 2, 3, 5, 6, 7]))
    detector = ZScoreDetector().fit(whole, whole)
    assert TrainingReference.fit(whole, whole, detector).still.tolist() == [7]
    assert TrainingReference.fit(halves, halves, detector).still.tolist() == [3]


def test_memory_is_that_of_an_autoregression() -> None:
    """It is (1 + a) / (1 - a) of an AR(1) process, and 1 of noise and of what never moves."""
    noise = np.random.default_rng(0).normal(size=(40_000, 2))
    rows = np.zeros((40_000, 3))
    rows[:, 0] = noise[:, 0]
    for n in range(1, len(rows)):
        rows[n, 1] = 0.8 * rows[n - 1, 1] + noise[n, 1]
    found = memory_of(rows, np.ones(len(rows) - 1, bool))
    np.testing.assert_allclose(found, [1, 9, 1], rtol=0.15)


def test_without_a_healthy_window_it_says_so(split: Split) -> None:
    faulty = split.train.where(split.train.faulty)
    detector = ZScoreDetector().fit(split.train, split.validation)
    with pytest.raises(BadInputError, match=r"needs healthy windows, got \d+ faulty"):
        TrainingReference.fit(faulty, split.validation, detector)
