"""What detectors look at."""

import numpy as np
import pandas as pd
import pytest

from matts.channels import Channels
from matts.domain import BadInputError
from matts.groups import SensorSettings
from matts.readings import sensors_of
from matts.windows import WindowSettings

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
    pd.testing.assert_frame_equal(followed, fitted.from_start(table)[first:])


def test_chunks_are_as_the_whole(fitted: Channels) -> None:
    table = record(seed=1)
    (whole,) = fitted.follow([table])
    parts = fitted.follow([table[:1], table[1:50], table[50:]])
    pd.testing.assert_frame_equal(pd.concat(parts), whole)


@pytest.mark.parametrize("kind", ["raw", "residual"])
def test_it_comes_back_from_its_state(kind: str) -> None:
    table, later = record(), record(seed=1)
    made = Channels.fit(table, WindowSettings.model_validate({"channels": kind}), KNOWN)
    twin = Channels.from_state(made.state())
    pd.testing.assert_frame_equal(*[next(each.follow([later])) for each in (made, twin)])


def test_rows_of_several_assets_may_stand_in_any_order(fitted: Channels) -> None:
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
