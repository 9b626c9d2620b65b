"""One small mill and one small network; every test looks at them and none changes them."""

import pytest
import torch

from matts.detect.autoencoder import AutoencoderDetector, DetectorSettings
from matts.domain import Readings
from matts.readings import to_readings
from matts.simulate.tandem_mill import MillSettings, simulate_tandem_mill
from matts.training import TrainingSettings
from matts.windows import Split, WindowSettings, split_in_time


@pytest.fixture(scope="session", autouse=True)
def _one_thread() -> None:
    """Sums come in the same order whatever the number of cores."""
    torch.set_num_threads(1)


@pytest.fixture(scope="session")
def readings() -> Readings:
    """1,500 coils; this seed has every fault in training and test, and overlaps in training."""
    run = simulate_tandem_mill(MillSettings(dataset=6, coils=1500, seed=27))
    readings = to_readings(run.readings)
    readings.values.flags.writeable = False  # whoever writes into it is told
    return readings


@pytest.fixture(scope="session")
def split(readings: Readings) -> Split:
    return split_in_time(readings, WindowSettings())


@pytest.fixture(scope="session")
def quick() -> TrainingSettings:
    return TrainingSettings(epochs=10, batch_size=64, learning_rate=0.01)


@pytest.fixture(scope="session")
def autoencoder(split: Split, quick: TrainingSettings) -> AutoencoderDetector:
    """A network that has learnt a little."""
    return AutoencoderDetector(DetectorSettings(monitor="pr_auc"), quick).fit(
        split.train, split.validation
    )
