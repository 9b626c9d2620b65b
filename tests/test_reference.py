"""Each asset off its own first readings."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from pydantic import ValidationError

from matts.channels import Channels
from matts.domain import BadInputError, Floats
from matts.groups import SensorSettings
from matts.readings import sensors_of
from matts.reference import Reference
from matts.serve.artifacts import load_models, save_models
from matts.windows import ReferenceSettings, WindowSettings

FIRST = 10
NAMES = ("flow", "heat")


def fleet(count: int = 100, seed: int = 0) -> pd.DataFrame:
    """Three pumps that read in turn, each at a level and in a spread of its own."""
    rng = np.random.default_rng(seed)
    tables = [
        pd.DataFrame(rng.normal(10 * k, k, (count, 2)), columns=[*NAMES]).assign(asset=f"pump {k}")
        for k in (1, 2, 3)
    ]
    table = pd.concat(tables).sort_index(kind="stable").reset_index(drop=True)
    table["Anomaly_Leak"] = rng.random(len(table)) < 0.05
    return table


def settings(*, spread: bool = True, channels: str = "raw") -> WindowSettings:
    reference = {"readings": FIRST, "spread": spread}
    return WindowSettings.model_validate({"channels": channels, "reference": reference})


def made_of(table: pd.DataFrame, *, spread: bool = True) -> Channels:
    return Channels.fit(table, settings(spread=spread), SensorSettings())


def of(table: pd.DataFrame, asset: str) -> Floats:
    return table.loc[table["asset"] == asset, sensors_of(table)].to_numpy()


@pytest.mark.parametrize("spread", [True, False])
def test_each_asset_is_off_its_own_level(spread: bool) -> None:
    table = fleet()
    found = made_of(table, spread=spread).from_start(table)
    assert sensors_of(found) == ["flow off level", "heat off level"]
    for asset in ("pump 1", "pump 2", "pump 3"):
        own = of(table, asset)
        first = own[:FIRST]
        expected = (own - first.mean(axis=0)) / (first.std(axis=0) if spread else 1)
        np.testing.assert_allclose(of(found, asset)[FIRST:], expected[FIRST:])


def test_no_reading_is_measured_off_a_level_that_it_helped_to_find() -> None:
    table = fleet()
    found = made_of(table).from_start(table)
    for asset in ("pump 1", "pump 2", "pump 3"):
        assert np.isnan(of(found, asset)[:FIRST]).all()
        assert np.isfinite(of(found, asset)[FIRST:]).all()


def test_nothing_after_the_first_readings_changes_a_level() -> None:
    table = fleet()
    other = table.copy()
    other.loc[3 * FIRST :, [*NAMES]] *= 7
    ours, theirs = made_of(table).state(), made_of(other).state()
    for name, array in ours.arrays.items():
        np.testing.assert_array_equal(array, theirs.arrays[name])


@pytest.mark.parametrize("size", [1, 7, 45, 300])
def test_a_new_asset_learns_its_level_wherever_chunks_end(size: int) -> None:
    new = fleet(seed=1).replace({"pump 3": "pump 9"})
    made = made_of(fleet())
    (whole,) = made.follow([new])
    parts = made.follow([new[start : start + size] for start in range(0, len(new), size)])
    pd.testing.assert_frame_equal(pd.concat(parts), whole, check_exact=True)
    assert np.isnan(of(whole, "pump 9")[:FIRST]).all()
    assert np.isfinite(of(whole, "pump 9")[FIRST:]).all()


def test_an_asset_seen_in_training_keeps_its_level() -> None:
    table, new = fleet(), fleet(seed=1)
    first = of(table, "pump 2")[:FIRST]
    (found,) = made_of(table).follow([new])
    expected = (of(new, "pump 2") - first.mean(axis=0)) / first.std(axis=0)
    np.testing.assert_allclose(of(found, "pump 2"), expected)


@pytest.mark.parametrize("channels", ["raw", "residual", "both"])
def test_what_was_learnt_comes_back_from_its_file(channels: str, tmp_path: Path) -> None:
    table, later = fleet(), fleet(seed=1)
    made = Channels.fit(table, settings(channels=channels), SensorSettings())
    save_models(tmp_path / "made.safetensors", {"channels": made})
    twin = load_models(tmp_path / "made.safetensors")["channels"]
    (ours,), (theirs,) = made.follow([later]), twin.follow([later])
    pd.testing.assert_frame_equal(ours, theirs, check_exact=True)
    assert len(sensors_of(ours)) == {"raw": 2, "residual": 2, "both": 4}[channels]
    assert all(name.endswith(" off level") for name in sensors_of(ours))


def test_a_table_without_assets_is_one_machine() -> None:
    table = fleet().drop(columns="asset")
    found = made_of(table).from_start(table)
    first = table.loc[: FIRST - 1, [*NAMES]]
    expected = (table.loc[FIRST:, [*NAMES]] - first.mean()) / first.std(ddof=0)
    np.testing.assert_allclose(found.loc[FIRST:, sensors_of(found)], expected)


def test_a_sensor_without_a_first_reading_stays_unknown() -> None:
    rows = np.random.default_rng(0).normal(size=(30, 2))
    rows[:FIRST, 1] = np.nan
    rows[3, 0] = np.nan
    found = Reference(ReferenceSettings(readings=FIRST), NAMES, {}).off(rows, None, {})
    known = np.delete(rows[:FIRST, 0], 3)
    np.testing.assert_allclose(found[FIRST:, 0], rows[FIRST:, 0] - known.mean())
    assert np.isnan(found[:, 1]).all()


def test_too_few_readings_of_every_asset_are_refused() -> None:
    whole = WindowSettings(reference=ReferenceSettings(readings=90))
    with pytest.raises(BadInputError, match="an asset with 90 readings before the test part, got"):
        Channels.fit(fleet(), whole, SensorSettings())


def test_one_reading_is_no_level() -> None:
    with pytest.raises(ValidationError, match="greater than or equal to 2"):
        ReferenceSettings(readings=1)
