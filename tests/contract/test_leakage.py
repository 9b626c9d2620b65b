"""Nothing knows what it cannot know: true labels of others, readings to come, the test part."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import average_precision_score

from matts.channels import Channels
from matts.detect import DETECTORS
from matts.detect.autoencoder import AutoencoderDetector
from matts.detect.calibration import calibrate_all, fingerprint
from matts.detect.forest import ForestDetector
from matts.detect.isolation_forest import IsolationForestDetector, IsolationForestSettings
from matts.detect.objective import DetectorSettings
from matts.detect.supervised import SupervisedDetector
from matts.detect.threshold import ThresholdSettings
from matts.detect.vae import VaeDetector
from matts.detect.vae_objective import VaeSettings
from matts.diagnose import DIAGNOSERS
from matts.diagnose.latent_classifier import LatentDiagnoser, hit_f1
from matts.diagnose.logistic import LogisticDiagnoser
from matts.diagnose.majority import MajorityDiagnoser
from matts.diagnose.novelty import Novelty
from matts.diagnose.shared import SharedDiagnoser
from matts.diagnose.trees import TreesDiagnoser
from matts.domain import Detector, Diagnoser, Windows
from matts.evaluate.learnability import shuffled
from matts.forest import ForestSettings
from matts.groups import SensorSettings
from matts.readings import sensors_of, to_readings
from matts.simulate.tandem_mill import MillSettings, simulate_tandem_mill
from matts.training import TrainingSettings
from matts.windows import Split, WindowSettings, split_readings

TRAINING = TrainingSettings(epochs=12, batch_size=64, learning_rate=0.01)
TAUGHT: dict[str, Callable[[], Detector]] = {  # the detectors that learn from labels
    "autoencoder": lambda: AutoencoderDetector(DetectorSettings(monitor="pr_auc"), TRAINING),
    "supervised": SupervisedDetector,
    "forest": lambda: ForestDetector(ForestSettings(trees=30)),
}
QUICK: dict[str, Callable[[], Detector]] = {  # else their own settings are quick enough
    **TAUGHT,
    "vae": lambda: VaeDetector(VaeSettings(epochs=2)),
    "isolation_forest": lambda: IsolationForestDetector(IsolationForestSettings(trees=20)),
}
NAMING = TrainingSettings(epochs=60, patience=60, batch_size=32, learning_rate=0.05)
NAMED = ("latent", "logistic", "shared", "trees")  # the diagnosers that look at sensors
KNOWN = SensorSettings(mode=("width",), groups={"width": {"like": "width", "given": True}})
KINDS = ("raw", "residual", "both")
Make = Callable[[pd.DataFrame], pd.DataFrame]


@pytest.fixture(scope="module")
def table() -> pd.DataFrame:
    return simulate_tandem_mill(MillSettings(dataset=6, coils=1500, seed=27)).readings


def dealt(windows: Windows, seed: int) -> Windows:
    """The same windows, each with the labels of another."""
    order = np.random.default_rng(seed).permutation(len(windows.row_faults))
    return replace(windows, row_faults=windows.row_faults[order])


def test_no_detector_that_learns_from_labels_is_forgotten() -> None:
    assert {n for n, kind in DETECTORS.items() if hasattr(kind, "probabilistic")} == TAUGHT.keys()
    assert DIAGNOSERS.keys() == {*NAMED, "majority"}


@pytest.mark.parametrize(
    ("name", "times"),
    [("supervised", 6), pytest.param("autoencoder", 2, marks=pytest.mark.slow)],
)
def test_a_detector_taught_the_labels_of_others_knows_nothing(
    name: str, times: int, long_split: Split
) -> None:
    """What it still finds is chance, for directions at random may be those of a fault."""
    train, validation, test = long_split.train, long_split.validation, long_split.test

    def worth(train: Windows, validation: Windows) -> float:
        scores = TAUGHT[name]().fit(train, validation).score(test)
        return float(average_precision_score(test.faulty, scores))

    control, right = test.faulty.mean(), worth(train, validation)
    wrong = [worth(dealt(train, seed), dealt(validation, seed)) for seed in range(times)]
    assert right > control + 0.25
    assert np.mean(wrong) - control < (right - control) / 5


def diagnoser(name: str, autoencoder: AutoencoderDetector) -> Diagnoser:
    network, scaler = autoencoder.network, autoencoder.scaler
    each: dict[str, Diagnoser] = {
        "latent": LatentDiagnoser(network.encoder, scaler, NAMING),
        "logistic": LogisticDiagnoser(),
        "shared": SharedDiagnoser(),
        "trees": TreesDiagnoser(ForestSettings(trees=30)),
    }
    return each[name]


@pytest.mark.parametrize("name", NAMED)
def test_a_diagnoser_taught_shuffled_faults_names_them_by_chance(
    name: str, autoencoder: AutoencoderDetector, long_split: Split
) -> None:
    train, validation = long_split.train, long_split.validation
    held_out = long_split.test.where(long_split.test.faulty)

    def worth(train: Windows) -> float:
        fitted = diagnoser(name, autoencoder).fit(train, validation)
        return hit_f1(fitted.probabilities(held_out).argmax(axis=1), held_out)

    shares = MajorityDiagnoser().fit(train, validation).shares
    rng = np.random.default_rng(0)
    guesses = [rng.choice(len(shares), len(held_out), p=shares) for _ in range(20)]
    control = np.mean([hit_f1(guess, held_out) for guess in guesses])
    assert worth(train) > control + 0.1
    assert np.mean([worth(shuffled(train, seed)) for seed in range(3)]) < control + 0.06


def looks_ahead(make: Make, table: pd.DataFrame, at: int) -> list[str]:
    """The channels that are other ones up to a reading where what follows it is another."""
    later, values = table.copy(), table[sensors_of(table)]
    later[values.columns] = pd.concat([values[: at + 1], values[at + 1 :] * 1.7])
    first, second = (make(each).iloc[: at + 1] for each in (table, later))
    return [name for name in sensors_of(first) if not first[name].equals(second[name])]


@pytest.mark.parametrize("kind", KINDS)
def test_no_channel_looks_ahead(kind: str, table: pd.DataFrame) -> None:
    made = Channels.fit(table, WindowSettings(channels=kind), KNOWN)
    for at in (10, 700, 1300):
        assert looks_ahead(made.from_start, table, at) == []
        assert looks_ahead(lambda t: next(iter(made.follow([t]))), table, at) == []


def test_a_channel_that_looks_ahead_is_caught(table: pd.DataFrame) -> None:
    def shifted(given: pd.DataFrame) -> pd.DataFrame:
        return given.assign(
            force_1=given["force_1"].shift(-1), gap_2=given["gap_2"].rolling(3).mean()
        )

    assert looks_ahead(shifted, table, 700) == ["force_1"]


def learnt(table: pd.DataFrame, channels: str) -> dict[str, str]:
    """The fingerprint of everything that is fitted, thresholds and all."""
    windows = WindowSettings(channels=channels)
    maker = Channels.fit(table, windows, SensorSettings())
    split = split_readings(to_readings(maker.from_start(table)), windows)
    train, validation = split.train, split.validation
    fitted = {
        name: QUICK.get(name, kind)().fit(train, validation) for name, kind in DETECTORS.items()
    }
    stage: Any = fitted["autoencoder"]
    models: dict[str, Any] = {**fitted, "novelty": Novelty().fit(train, validation)}
    models |= {name: diagnoser(name, stage).fit(train, validation) for name in NAMED}
    models["channels"] = maker
    found = calibrate_all(fitted, validation, ThresholdSettings(method="pot"), train)
    return {name: fingerprint(each) for name, each in models.items()} | {
        "calibration": found.model_dump_json()
    }


@pytest.mark.slow
def test_nothing_is_learnt_from_the_test_part(table: pd.DataFrame) -> None:
    other, start = table.copy(), 1200
    rng = np.random.default_rng(0)
    for name in other:
        column = other[name].to_numpy().copy()
        label = str(name).startswith("Anomaly")
        column[start:] = rng.permutation(column[start:]) if label else column[start:] * 3
        other[name] = column
    assert not other.equals(table)
    assert learnt(table, "both") == learnt(other, "both")
