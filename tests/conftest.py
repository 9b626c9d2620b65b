"""One small mill and one small network; every test looks at them and none changes them."""

from typing import Any, NamedTuple

import numpy as np
import pytest
import torch
from xdist.scheduler import LoadFileScheduling

from matts.detect.autoencoder import AutoencoderDetector
from matts.detect.objective import DetectorSettings
from matts.diagnose.latent_classifier import LatentDiagnoser
from matts.domain import Readings
from matts.export.card import Card, describe_training
from matts.export.forms import Forms, to_forms
from matts.export.graph import graph_of
from matts.readings import to_readings
from matts.simulate.tandem_mill import MillSettings, simulate_tandem_mill
from matts.training import TrainingSettings
from matts.windows import Split, WindowSettings, split_readings


class OneFinishedRun(LoadFileScheduling):  # type: ignore[misc]
    """A file's tests are done by one worker, and so is the whole folder of a finished run."""

    def _split_scope(self, nodeid: str) -> str:
        file: str = super()._split_scope(nodeid)
        folder = file.rpartition("/")[0]
        return folder if folder.endswith("/finished") else file


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> OneFinishedRun:
    return OneFinishedRun(config, log)


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
    return split_readings(readings, WindowSettings())


@pytest.fixture(scope="session")
def long_split() -> Split:
    """8,000 coils: every fault has often been there, on every stand."""
    run = simulate_tandem_mill(MillSettings(dataset=6, coils=8000, seed=1))
    return split_readings(to_readings(run.readings), WindowSettings())


@pytest.fixture(scope="session")
def quick() -> TrainingSettings:
    return TrainingSettings(epochs=10, batch_size=64, learning_rate=0.01)


@pytest.fixture(scope="session")
def autoencoder(split: Split, quick: TrainingSettings) -> AutoencoderDetector:
    """A network that has learnt a little."""
    return AutoencoderDetector(DetectorSettings(monitor="pr_auc"), quick).fit(
        split.train, split.validation
    )


@pytest.fixture(scope="session")
def diagnoser(autoencoder: AutoencoderDetector, split: Split) -> LatentDiagnoser:
    """What names faults behind that network."""
    training = TrainingSettings(epochs=2, batch_size=64)
    encoder, scaler = autoencoder.network.encoder, autoencoder.scaler
    return LatentDiagnoser(encoder, scaler, training).fit(split.train, split.validation)


class Export(NamedTuple):
    """Detector and diagnoser as files, the card in both, and the threshold of the alerts."""

    detector: Forms
    diagnoser: Forms
    card: Card
    limit: float


@pytest.fixture(scope="session")
def export(autoencoder: AutoencoderDetector, diagnoser: LatentDiagnoser, split: Split) -> Export:
    """A tenth of the test windows are alerts."""
    limit = float(np.quantile(autoencoder.score(split.test), 0.9))
    training = describe_training(split.train, {"data_source": "simulated"}, 6, "tcm5")
    card = {"stage": "detector", "threshold": limit, "thresholds_by_asset": {}, **training}
    return Export(
        to_forms(graph_of(autoencoder, limit), card),
        to_forms(graph_of(diagnoser), {**card, "stage": "diagnoser"}),
        card,
        limit,
    )
