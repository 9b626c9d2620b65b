"""What detectors look at."""

from typing import NamedTuple

import numpy as np
import pandas as pd
import pytest

from matts.channels import Channels
from matts.detect.autoencoder import AutoencoderDetector
from matts.detect.objective import DetectorSettings
from matts.detect.threshold import Threshold
from matts.diagnose.majority import MajorityDiagnoser
from matts.domain import BadInputError
from matts.groups import SensorSettings
from matts.readings import sensors_of, to_readings
from matts.serve.batch import Deployed, Schema
from matts.simulate.tandem_mill import MillSettings, simulate_tandem_mill
from matts.training import TrainingSettings
from matts.windows import Split, WindowSettings, split_readings

KNOWN = SensorSettings.model_validate(
    {"groups": {"grade": {"like": "grade", "given": True}}, "mode": ["grade"]}
)
RESIDUAL = WindowSettings(channels="residual")


def record(count: int = 400, seed: int = 0) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    grade = rng.integers(1, 3, count).astype(float)
    flow = rng.uniform(1, 2, count)
    return pd.DataFrame(
        {
            "grade": grade,
            "flow": flow,
            "power": flow**2 * (1 + 0.1 * grade) * np.exp(0.01 * rng.normal(size=count)),
            "Anomaly_Leak": rng.random(count) < 0.02,
        }
    )


class Mill(NamedTuple):
    """A mill's readings, the channels made of them, and a network that learnt from these."""

    table: pd.DataFrame
    made: Channels
    whole: pd.DataFrame
    split: Split
    detector: AutoencoderDetector
    first: int  # reading of the test part


@pytest.fixture(scope="module")
def mill() -> Mill:
    groups = {
        "product": {"like": "thickness_.*|width|ys_.*", "given": True},
        "force": {"like": "force_.", "after": ["product"]},
    }
    known = SensorSettings.model_validate({"groups": groups, "mode": ["product"]})
    table = simulate_tandem_mill(MillSettings(dataset=6, coils=1500)).readings
    made = Channels.fit(table, RESIDUAL, known)
    whole = made.from_start(table)
    split = split_readings(to_readings(whole), RESIDUAL)
    training = TrainingSettings(epochs=0)
    detector = AutoencoderDetector(DetectorSettings(), training).fit(split.train, split.validation)
    return Mill(table, made, whole, split, detector, int(split.test.row_places[0]))


@pytest.fixture(scope="module")
def fitted() -> Channels:
    return Channels.fit(record(), RESIDUAL, KNOWN)


def test_raw_channels_are_the_sensors() -> None:
    table = record()
    assert Channels.fit(table, WindowSettings(), KNOWN).from_start(table) is table


def test_residuals_are_named_as_their_sensors(fitted: Channels) -> None:
    table = fitted.from_start(record())
    assert table.columns.tolist() == ["flow residual", "power residual", "Anomaly_Leak"]


def test_both_are_side_by_side() -> None:
    table = record()
    both = Channels.fit(table, WindowSettings(channels="both"), KNOWN).from_start(table)
    assert sensors_of(both) == ["grade", "flow", "power", "flow residual", "power residual"]
    pd.testing.assert_frame_equal(both[["grade", "flow", "power"]], table.iloc[:, :3])


def test_nothing_but_the_training_part_is_learnt_from(fitted: Channels) -> None:
    table = record()
    table.loc[280:, "power"] *= 2
    twin = Channels.fit(table, RESIDUAL, KNOWN)
    assert twin.virtual is not None
    assert fitted.virtual is not None
    for name, values in vars(fitted.virtual.regression).items():
        np.testing.assert_array_equal(vars(twin.virtual.regression)[name], values)


def test_it_goes_on_where_the_test_part_began(fitted: Channels) -> None:
    table = record()
    first = 320 + 4  # behind training, validation and the gap
    (followed,) = fitted.follow([table[first:]])
    whole = fitted.from_start(table)[first:]
    pd.testing.assert_frame_equal(followed, whole, check_exact=True)


@pytest.mark.parametrize("size", [1, 3, 30, 296])
def test_a_file_of_the_test_part_is_scored_as_in_training(mill: Mill, size: int) -> None:
    """Channels to the last bit, wherever chunks end, and so the scores of the network."""
    tests = mill.table[mill.first :].reset_index(drop=True)
    chunks = [tests[start : start + size] for start in range(0, len(tests), size)]
    followed = list(mill.made.follow(chunks))
    parts = [part.reset_index(drop=True) for part in followed]
    test = mill.split.test
    schema = Schema(test.sensors, test.fault_names, test.length)
    diagnoser = MajorityDiagnoser().fit(mill.split.train, test)
    network = Deployed(mill.detector, Threshold(limit=9), diagnoser, schema)
    scores = pd.concat([*network.judge_chunks(parts)])["score"]
    channels = pd.concat(followed).to_numpy()
    np.testing.assert_array_equal(channels, mill.whole[mill.first :].to_numpy())
    exact = 0 if size > 1 else 1e-6  # a window alone is rounded in another way
    np.testing.assert_allclose(scores[4:], mill.detector.score(test), atol=exact)


def test_chunks_are_as_the_whole(fitted: Channels) -> None:
    table = record(seed=1)
    (whole,) = fitted.follow([table])
    parts = fitted.follow([table[:1], table[1:50], table[50:]])
    pd.testing.assert_frame_equal(pd.concat(parts), whole, check_exact=True)


@pytest.mark.parametrize("kind", ["raw", "residual"])
def test_it_comes_back_from_its_state(kind: str) -> None:
    table, later = record(), record(seed=1)
    made = Channels.fit(table, WindowSettings.model_validate({"channels": kind}), KNOWN)
    twin = Channels.from_state(made.state())
    pd.testing.assert_frame_equal(next(twin.follow([later])), next(made.follow([later])))


def test_rows_of_several_assets_may_stand_in_any_order() -> None:
    one, two = record(), record(seed=1)
    one.insert(0, "asset", "a")
    two.insert(0, "asset", "b")
    behind = pd.concat([one, two], ignore_index=True)
    order = np.argsort(np.r_[np.arange(400), np.arange(400)], kind="stable")
    mixed = behind.iloc[order].reset_index(drop=True)
    apart = Channels.fit(behind, RESIDUAL, KNOWN).from_start(behind)
    together = Channels.fit(mixed, RESIDUAL, KNOWN).from_start(mixed)
    residual = ["flow residual", "power residual"]
    np.testing.assert_allclose(together[residual], apart[residual].iloc[order])


def test_other_sensors_are_refused_by_name(fitted: Channels) -> None:
    with pytest.raises(BadInputError, match="missing: flow; unknown: flaw"):
        next(fitted.follow([record().rename(columns={"flow": "flaw"})]))
