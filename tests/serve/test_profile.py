"""What training leaves for the live service."""

import numpy as np
import pytest

from matts.monitor.drift import DriftMonitor
from matts.monitor.settings import DriftSettings
from tests.plants import KINDS, table_of, trained


@pytest.mark.parametrize("kind", KINDS)
def test_the_sample_is_of_readings_that_the_detector_saw(kind: str) -> None:
    plant = trained(kind, {})
    reference, seen = plant.deployment.reference, plant.split.train.healthy
    rows = table_of(0)[list(reference.sensors)].to_numpy()[seen.positions]
    np.testing.assert_allclose(reference.rows, rows, rtol=1e-6)
    assert len(reference.latents) == len(rows)
    assert DriftMonitor(reference, DriftSettings()).status() == {}
