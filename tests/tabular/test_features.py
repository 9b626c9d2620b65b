# ruff: noqa: PD011 (features have values; no frame is meant)
import re
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from benchmarks.tabular import by_pandas
from matts.domain import BadInputError
from matts.groups import SensorSettings
from matts.tabular import past, view
from matts.tabular.families import FAMILIES
from matts.tabular.features import FeatureSettings, engineer
from matts.tabular.past import Kernel
from matts.tabular.rows import Rows, to_rows
from tests.tabular.conftest import SENSORS, frame

NUMPY = FeatureSettings(kernel="numpy")
KERNELS: tuple[Kernel, ...] = ("numba", "numpy")
each_kernel = pytest.mark.parametrize("kernel", KERNELS)
quickly = settings(max_examples=25, deadline=None)


def rows_of(table: pd.DataFrame, **groups: Any) -> Rows:
    return to_rows(table, SensorSettings.model_validate({"groups": groups}))


def holed(seed: int, share: float = 0.1, **how: int) -> pd.DataFrame:
    """Some readings are missing, some stand still, and all are far from zero."""
    table, draw = frame(seed=seed, **how), np.random.default_rng(seed)
    for name in SENSORS:
        table[name] += 1e4
        table.loc[draw.random(len(table)) < share, name] = np.nan
    table.loc[table["asset"] == "m01", "humidity"] = 7.0
    return table


def test_five_sensors_make_67_columns() -> None:
    features = engineer(rows_of(frame()), NUMPY)
    assert len(features.names) == len({*features.names}) == 67
    assert features.values.shape == (240, 67)
    counts = {
        name: len(family.names(view.View(rows_of(frame())))) for name, family in FAMILIES.items()
    }
    assert (counts["row"], counts["products"], counts["clock"], counts["minute"]) == (5, 3, 6, 2)
    assert (counts["z"], counts["mean_abs_z"], counts["raw"], counts["given"]) == (5, 1, 5, 0)


@each_kernel
@pytest.mark.parametrize("seed", range(3))
def test_all_columns_are_those_of_pandas(kernel: Kernel, seed: int) -> None:
    table = holed(seed)
    features, expected = engineer(rows_of(table), FeatureSettings(kernel=kernel)), by_pandas(table)
    assert {*features.names} == {*expected.columns}
    wanted = expected[[*features.names]].to_numpy(np.float64)
    scale = np.maximum(np.nanmax(np.abs(wanted), axis=0), 1.0)
    np.testing.assert_allclose(features.values / scale, wanted / scale, rtol=0, atol=1e-9)


@each_kernel
def test_large_numbers_cost_no_digits(kernel: Kernel) -> None:
    plain, shifted = frame(), frame()
    shifted[[*SENSORS]] += 2.0**30
    both = [engineer(rows_of(t), FeatureSettings(kernel=kernel)) for t in (plain, shifted)]
    for name in ("pressure_z", "pressure_sd_5", "pressure_step"):
        place = both[0].names.index(name)
        one, other = (each.values[:, place] for each in both)
        np.testing.assert_allclose(other, one, atol=1e-5)


@each_kernel
@quickly
@given(seed=st.integers(0, 99), cut=st.integers(1, 59), machines=st.integers(1, 3))
@example(seed=79, cut=1, machines=1)  # numpy adds up a single row in another order
def test_cutting_the_future_changes_nothing_before(
    kernel: Kernel, seed: int, cut: int, machines: int
) -> None:
    table = holed(seed, machines=machines)
    before = (table.groupby("asset").cumcount() < cut).to_numpy()
    chosen = FeatureSettings(kernel=kernel)
    every, early = engineer(rows_of(table), chosen), engineer(rows_of(table[before]), chosen)
    np.testing.assert_array_equal(every.values[before], early.values)


@each_kernel
@quickly
@given(seed=st.integers(0, 99), order=st.permutations(range(4)))
def test_other_machines_and_their_names_change_nothing(
    kernel: Kernel, seed: int, order: list[int]
) -> None:
    table = holed(seed)
    named = table.assign(
        asset=table["asset"].map({f"m{i:02}": f"n{n}" for i, n in enumerate(order)})
    )
    chosen = FeatureSettings(kernel=kernel)
    one, other = rows_of(table), rows_of(named)
    back = np.argsort(other.numbers)[one.numbers]
    np.testing.assert_array_equal(
        engineer(other, chosen).values[back], engineer(one, chosen).values
    )


def test_shuffling_time_changes_what_looks_at_the_past() -> None:
    table = frame()
    shuffled = table.copy()
    draw = np.random.default_rng(0)
    for _, own in table.groupby("asset"):
        shuffled.loc[own.index, "time"] = draw.permutation(own["time"].to_numpy())
    one, other = rows_of(table), rows_of(shuffled)
    back = np.argsort(other.numbers)[one.numbers]
    features = engineer(one, NUMPY)
    same = np.isclose(features.values, engineer(other, NUMPY).values[back], equal_nan=True).mean(
        axis=0
    )
    told = dict(zip(features.names, same, strict=True))
    past_only = [n for n in told if n.endswith(("_z", "_mean_5", "_sd_5", "_step", "_ewm_5"))]
    assert len(past_only) == 31
    assert all(told[name] < 0.2 for name in past_only)
    assert all(told[f"{name}_squared"] == told[name] == 1 for name in SENSORS)


@each_kernel
def test_runs_break_rolling_figures_but_not_the_level_of_a_machine(kernel: Kernel) -> None:
    table = frame(machines=1, readings=20)
    broken = table.assign(segment=(np.arange(20) >= 10).astype(str))
    one, other = (engineer(rows_of(t), FeatureSettings(kernel=kernel)) for t in (table, broken))
    assert one.names == other.names
    place = one.names.index
    assert np.isnan(other.values[10, place("pressure_step")])
    assert other.values[10, place("pressure_mean_5")] == table["pressure"][10]
    np.testing.assert_array_equal(
        one.values[:, place("pressure_z")], other.values[:, place("pressure_z")]
    )


@each_kernel
def test_first_still_and_missing_readings(kernel: Kernel) -> None:
    table = pd.DataFrame({"force": [3.0, 3.0, np.nan, 6.0], "Anomaly_Leak": False})
    features = engineer(rows_of(table), FeatureSettings(kernel=kernel))
    found = {n: features.values[:, i].tolist() for i, n in enumerate(features.names)}
    nan = np.nan
    np.testing.assert_allclose(found["force_z"], [nan, 0, nan, 2 / np.sqrt(3)])
    np.testing.assert_allclose(found["force_mean_5"], [3, 3, 3, 4])
    np.testing.assert_allclose(found["force_sd_5"], [nan, 0, 0, np.sqrt(3)])
    np.testing.assert_allclose(found["force_step"], [nan, 0, nan, nan])
    weights = np.array([8 / 27, 4 / 9, 1])
    np.testing.assert_allclose(found["force_ewm_5"], [3, 3, 3, weights @ [3, 3, 6] / weights.sum()])
    np.testing.assert_allclose(found["row_mean"], [3, 3, nan, 6])
    assert np.isnan(found["row_sd"]).all()


def test_machines_in_blocks_are_machines_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = rows_of(holed(0))
    assert list(view.blocks(rows, 120)) == [slice(0, 120), slice(120, 240)]
    assert list(view.blocks(rows, 10)) == [slice(i, i + 60) for i in range(0, 240, 60)]
    at_once = engineer(rows, NUMPY).values
    monkeypatch.setattr("matts.tabular.features.blocks", lambda rows: view.blocks(rows, 10))
    np.testing.assert_array_equal(engineer(rows, NUMPY).values, at_once)


def test_other_sensors_get_what_fits_them() -> None:
    table = frame().rename(columns={"temperature": "Torque [Nm]", "vibration": "age"})
    rows = rows_of(table.drop(columns="time"), history={"like": "age", "given": True})
    features = engineer(rows, NUMPY)
    assert len(features.names) == 4 * 10 + 1 + 5 + 1 + 2
    assert {"Torque [Nm]_z", "age", "pressure_per_energy", "humidity_x_pressure"} < {
        *features.names
    }
    assert not {"age_z", "hour", "temperature_x_vibration"} & {*features.names}
    renamed = rows_of(frame().rename(columns={"energy_consumption": "energy"}))
    assert "pressure_per_energy" in engineer(renamed, NUMPY).names


def test_clock_columns_tell_the_time() -> None:
    features = engineer(rows_of(frame(machines=1, readings=180)), NUMPY)  # Friday 22:00 on
    found = {n: features.values[:, i] for i, n in enumerate(features.names)}
    assert (found["hour"][0], found["weekday"][0]) == (22, 4)
    assert (found["hour"][-1], found["weekday"][-1]) == (0, 5)
    np.testing.assert_allclose(found["hour_sin"][0], np.sin(2 * np.pi * 22 / 24))
    np.testing.assert_allclose(found["day_cos"][0], np.cos(2 * np.pi * 4 / 7))
    np.testing.assert_allclose(found["minute_of_day_cos"][5], np.cos(2 * np.pi * 1325 / 1440))


def test_what_is_left_out_is_not_made_and_changes_nothing_else() -> None:
    rows = rows_of(frame())
    every = engineer(rows, NUMPY)
    fewer = engineer(
        rows, FeatureSettings(leave_out=("squared", "clock", "pressure_z"), kernel="numpy")
    )
    gone = {*every.names} - {*fewer.names}
    assert gone == {*(f"{s}_squared" for s in SENSORS), "pressure_z", *every.names[-8:-2]}
    kept = [every.names.index(name) for name in fewer.names]
    np.testing.assert_array_equal(fewer.values, every.values[:, kept])


def test_a_misspelt_column_is_named_with_the_nearest() -> None:
    with pytest.raises(BadInputError, match=r"got presure_z \(did you mean pressure_z\?\)"):
        engineer(rows_of(frame()), FeatureSettings(leave_out=("presure_z",)))
    with pytest.raises(BadInputError, match="has to leave a column"):
        engineer(rows_of(frame()), FeatureSettings(leave_out=(*FAMILIES,)))


def test_a_sensor_called_as_a_made_column_is_refused() -> None:
    with pytest.raises(BadInputError, match="got hour"):
        engineer(rows_of(frame().rename(columns={"pressure": "hour"})), NUMPY)


def test_without_numba_there_is_numpy_and_no_numba(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(past, "has_numba", lambda: False)
    rows = rows_of(frame())
    np.testing.assert_array_equal(
        engineer(rows, FeatureSettings()).values, engineer(rows, NUMPY).values
    )
    with pytest.raises(BadInputError, match=r"pip install 'matts\[fast\]'"):
        engineer(rows, FeatureSettings(kernel="numba"))


def test_no_rows_have_no_columns_filled() -> None:
    rows = rows_of(frame()).take(np.zeros(0, np.int64))
    assert engineer(rows, NUMPY).values.shape == (0, 67)


def test_the_docs_tell_every_family_with_its_formula_and_source() -> None:
    page = (Path(__file__).parents[2] / "docs/reference/tabular.md").read_text()
    cells = dict(re.findall(r"^\| `(\w+)` \| (.*) \|$", page, re.MULTILINE))
    for name, family in FAMILIES.items():
        assert cells[name].endswith(f" | {family.formula} | {family.source}")
        own = family.names(view.View(rows_of(frame(), history={"like": "humidity", "given": True})))
        assert all(
            f"`{re.sub('|'.join(SENSORS), '<sensor>', n)}`" in cells[name]
            for n in own
            if name != "products"
        )
