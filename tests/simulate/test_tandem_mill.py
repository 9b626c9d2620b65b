"""The tandem mill keeps its laws, its faults are as published, and it resembles the real rows."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from pydantic import ValidationError

from matts.domain import Bools, Floats
from matts.simulate.tandem_mill import (
    LABELS,
    SENSORS,
    MillRun,
    MillSettings,
    simulate_tandem_mill,
)

REAL = Path("../shared/data/tcm5")
real_rows = pytest.mark.skipif(
    not REAL.exists(), reason="the published rows are not beside the project"
)
PRODUCT = ["thickness_entry", "thickness_exit", "width", "ys_entry"]
MEASURED = ("reduction", "tension", "roll_speed", "force", "torque", "gap", "motor_power")
NUMBERED = [name for name in SENSORS if name.rsplit("_", 1)[0] in MEASURED]
MILLS = 80  # short runs that stand in for the mill the real rows came from


def stands(readings: pd.DataFrame, name: str) -> Floats:
    """[N, 5]: one quantity at every stand."""
    return readings[[f"{name}_{stand}" for stand in range(1, 6)]].to_numpy()


def labels(readings: pd.DataFrame, fault: str) -> Bools:
    """[N, 5]: where one fault is on."""
    return readings[[f"Anomaly_{fault}_{stand}" for stand in range(1, 6)]].to_numpy()


def efficiency(readings: pd.DataFrame) -> Floats:
    speed = stands(readings, "roll_speed") / (stands(readings, "work_roll_diam") / 2)
    return np.asarray(stands(readings, "torque") * speed / stands(readings, "motor_power"))


def thickness(readings: pd.DataFrame) -> Floats:
    """[N, 5] mm behind each stand, by the reductions alone."""
    left = np.cumprod(1 - stands(readings, "reduction"), axis=1)
    return np.asarray(readings["thickness_entry"].to_numpy()[:, None] * left)


def read_real(dataset: int) -> pd.DataFrame:
    return pd.read_csv(REAL / f"tcm5_dataset_{dataset}_partial.csv")


@pytest.fixture(scope="module")
def run() -> MillRun:
    return simulate_tandem_mill(MillSettings(dataset=4))


def test_the_columns_are_the_published_ones(run: MillRun) -> None:
    assert (len(SENSORS), len(LABELS)) == (51, 16)
    assert run.readings.columns.tolist() == [*SENSORS, *LABELS]
    assert set(run.readings[list(SENSORS)].dtypes) == {np.dtype(float)}
    assert set(run.readings[list(LABELS)].dtypes) == {np.dtype(bool)}
    assert not run.readings.isna().any(axis=None)


@real_rows
def test_the_column_order_is_that_of_the_files() -> None:
    assert (REAL / "columns.txt").read_text().split() == [*SENSORS, *LABELS]


@pytest.mark.parametrize("dataset", range(1, 7))
def test_thickness_and_mass_flow_are_kept(dataset: int) -> None:
    readings = simulate_tandem_mill(MillSettings(dataset=dataset, coils=5000)).readings
    check_thickness_and_flow(readings)


@real_rows
@pytest.mark.parametrize("dataset", [1, 2, 4])
def test_the_real_rows_keep_the_same_identities(dataset: int) -> None:
    real = read_real(dataset)
    check_thickness_and_flow(real)
    healthy = ~labels(real, "Electric")
    assert np.abs(efficiency(real)[healthy] - 0.951).max() < 4.5 * 0.013


def check_thickness_and_flow(readings: pd.DataFrame) -> None:
    leave = readings["thickness_exit"].to_numpy()
    np.testing.assert_allclose(thickness(readings)[:, 4], leave, rtol=3e-4)
    flow = stands(readings, "roll_speed") * thickness(readings)
    np.testing.assert_allclose(flow, flow[:, 4:] * np.ones(5), rtol=4e-4)
    assert (np.abs(flow / flow[:, 4:] - 1) < 3e-4).mean() > 0.999


def test_power_is_torque_times_speed_over_the_efficiency() -> None:
    readings = simulate_tandem_mill(MillSettings(noise=0, faults=False, coils=2000)).readings
    np.testing.assert_allclose(efficiency(readings), 0.951, rtol=3e-4)


def test_healthy_motors_scatter_as_published(run: MillRun) -> None:
    healthy = efficiency(run.readings)[~labels(run.readings, "Electric")]
    assert np.median(healthy) == pytest.approx(0.951, abs=0.001)
    assert healthy.std() == pytest.approx(0.013, abs=0.001)


def test_mileage_grows_by_the_length_at_the_stand_and_never_passes_the_life(run: MillRun) -> None:
    mileage, leave = stands(run.readings, "work_roll_mileage"), thickness(run.readings)
    grown = np.diff(mileage, axis=0)
    unchanged = (grown > 0).all(axis=1)
    finished = (grown * leave[:-1])[unchanged]  # km·mm: one number for all stands of a coil
    np.testing.assert_allclose(finished, finished[:, 4:] * np.ones(5), atol=0.05)
    assert (mileage[0] == 0).all()
    assert 118 < mileage.max() <= 120


@pytest.mark.parametrize(("dataset", "rise"), [(4, 0.0), (5, 2.6), (6, 2.6)])
def test_only_sets_5_and_6_drift(dataset: int, rise: float) -> None:
    readings = simulate_tandem_mill(MillSettings(dataset=dataset)).readings
    early, late = readings.iloc[:10_000], readings.iloc[15_000:]
    assert late["roll_speed_5"].mean() - early["roll_speed_5"].mean() == pytest.approx(
        rise, abs=0.15
    )
    known = set(early[PRODUCT].itertuples(index=False, name=None))
    new = set(late[PRODUCT].itertuples(index=False, name=None)) - known
    assert bool(new) == (rise > 0)


def test_one_seed_gives_one_run(run: MillRun) -> None:
    again = simulate_tandem_mill(MillSettings(dataset=4))
    pd.testing.assert_frame_equal(again.readings, run.readings)
    pd.testing.assert_frame_equal(again.episodes, run.episodes)


@pytest.mark.parametrize(("dataset", "seed"), [(4, 1), (2, 0)])
def test_another_seed_or_set_gives_another_run(run: MillRun, dataset: int, seed: int) -> None:
    other = simulate_tandem_mill(MillSettings(dataset=dataset, seed=seed)).readings
    assert (other["force_1"] != run.readings["force_1"]).mean() > 0.99


def test_a_mill_without_faults_has_no_labels() -> None:
    sound = simulate_tandem_mill(MillSettings(faults=False, coils=5000))
    assert not sound.readings[list(LABELS)].any(axis=None)
    assert sound.episodes.empty
    assert len(sound.episodes.columns) == 6


def test_the_hardest_mill_still_rolls() -> None:
    hard = MillSettings(dataset=2, noise=4, misfit=0.2, severity=2)
    readings = simulate_tandem_mill(hard).readings
    assert np.isfinite(readings[list(SENSORS)].to_numpy()).all()
    assert (stands(readings, "reduction") > 0).all()
    assert (stands(readings, "force") > 0).all()


@pytest.mark.parametrize(
    "wrong",
    [
        {"dataset": 0},
        {"dataset": 7},
        {"coils": 99},
        {"noise": -0.1},
        {"noise": 5},
        {"misfit": -1},
        {"severity": 2.5},
        {"seed": -1},
        {"coil": 200},
    ],
)
def test_settings_out_of_range_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        MillSettings(**wrong)


@pytest.fixture(scope="module")
def short_runs() -> dict[int, pd.DataFrame]:
    """The first coils of many mills, as the real rows are; index level `mill` tells them apart."""
    return {
        dataset: pd.concat(
            [
                simulate_tandem_mill(
                    MillSettings(dataset=dataset, coils=100, seed=seed, faults=False)
                ).readings.iloc[:60]
                for seed in range(MILLS)
            ],
            keys=range(MILLS),
            names=["mill", "coil"],
        )
        for dataset in (1, 2, 4)
    }


def alike(dataset: int, simulated: pd.DataFrame) -> Iterator[tuple[pd.DataFrame, pd.DataFrame]]:
    """The healthy real rows of each product, beside the simulated rows of the same product."""
    real = read_real(dataset)
    for _, rows in real[~real[list(LABELS)].any(axis=1)].groupby(PRODUCT):
        yield rows, simulated[(simulated[PRODUCT] == rows[PRODUCT].iloc[0]).all(axis=1)]


@real_rows
def test_real_medians_lie_within_the_simulated_range(short_runs: dict[int, pd.DataFrame]) -> None:
    """Column by column and product by product; the rows are those of sets 1, 2 and 4."""
    places = []  # quantile of each real median among the simulated rows
    for dataset, simulated in short_runs.items():
        for real, same in alike(dataset, simulated):
            places.append((same[NUMBERED] < real[NUMBERED].median()).mean().to_numpy())
    place = np.array(places)
    assert place.shape == (10, len(NUMBERED))
    assert ((place > 0.025) & (place < 0.975)).mean() > 0.95
    assert ((place > 0.001) & (place < 0.999)).all()


@real_rows
def test_spreads_within_a_product_match_the_real_ones(short_runs: dict[int, pd.DataFrame]) -> None:
    """Pooled over the products of sets 1, 2 and 4 (35 degrees of freedom), within a factor 1.5."""
    spare, real_variance, simulated_variance = [], [], []
    for dataset, simulated in short_runs.items():
        for real, same in alike(dataset, simulated):
            if len(real) > 1:
                mills = same.groupby("mill")[NUMBERED]
                spare.append(len(real) - 1)
                real_variance.append(real[NUMBERED].var().to_numpy())
                simulated_variance.append(mills.var()[mills.size() >= 4].mean().to_numpy())
    assert sum(spare) == 35
    ratio = np.sqrt(np.array(spare) @ real_variance / (np.array(spare) @ simulated_variance))
    assert ((ratio > 1 / 1.5) & (ratio < 1.5)).all(), dict(zip(NUMBERED, ratio, strict=True))
