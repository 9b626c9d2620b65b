from dataclasses import replace

import numpy as np
import pytest

from matts.detect.autoencoder import AutoencoderDetector
from matts.detect.objective import DetectorSettings
from matts.detect.sensors import scale_of, tell
from matts.domain import BadInputError
from matts.training import TrainingSettings
from matts.windows import Scaler, Split


def test_all_sensors_are_scaled_as_ever(split: Split) -> None:
    np.testing.assert_array_equal(
        scale_of(split.train, 1).spread, Scaler.fit(split.train.rows).spread
    )


def test_those_that_tell_faults_best_are_kept(split: Split) -> None:
    worth = tell(split.train.last_rows, split.train.faulty)
    moving = np.isfinite(scale_of(split.train, 0.25).spread)
    assert moving.sum() == round(0.25 * len(worth))
    assert worth[moving].min() >= worth[~moving].max()


def test_a_sensor_that_jumps_both_ways_tells_too() -> None:
    rng = np.random.default_rng(0)
    faulty = rng.random(2000) < 0.2
    jumps = np.where(faulty, 5 * rng.choice([-1, 1], 2000), 0) + rng.normal(size=2000)
    worth = tell(np.column_stack([jumps, rng.normal(size=2000)]), faulty)
    assert worth[0] > 0.45
    assert worth[1] < 0.1


def test_a_network_does_not_see_what_was_left_out(split: Split) -> None:
    settings = DetectorSettings(sensors=0.5)
    detector = AutoencoderDetector(settings, TrainingSettings(epochs=1, batch_size=256))
    detector.fit(split.train, split.validation)
    left_out = np.isinf(detector.scaler.spread)
    changed = replace(split.validation, rows=split.validation.rows + 1e3 * left_out)
    np.testing.assert_array_equal(detector.score(changed), detector.score(split.validation))
    seen = replace(split.validation, rows=split.validation.rows * (1 + ~left_out))
    assert not np.array_equal(detector.score(seen), detector.score(split.validation))
    again = AutoencoderDetector.from_state(detector.state())
    np.testing.assert_array_equal(again.score(changed), detector.score(changed))


def test_without_faults_nobody_can_choose(split: Split) -> None:
    with pytest.raises(BadInputError, match="healthy and faulty training windows, got one kind"):
        scale_of(split.train.healthy, 0.5)
