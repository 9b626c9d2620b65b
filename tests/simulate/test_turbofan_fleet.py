"""The fleet wears, fails and is recorded as it should be, and close to the real FD001."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import yaml
from pydantic import ValidationError

from matts.domain import BadInputError, Floats
from matts.ingest import get_readings
from matts.simulate.turbofan import TurbofanRun, TurbofanSettings, simulate_turbofan
from matts.simulate.turbofan_sensors import LEVELS, SENSORS, SETTINGS, SHIFTS, Mode, guilty
from matts.simulate.turbofan_units import wear
from matts.source.files import read
from matts.source.settings import SourceSettings

FD001 = Path(__file__).parents[3] / "shared/data/cmapss_fd001/train_FD001.txt"
NAMES = [sensor.name for sensor in SENSORS]
STILL = ["s1", "s5", "s10", "s16", "s18", "s19"]


def fly(**settings: Any) -> TurbofanRun:
    return simulate_turbofan(TurbofanSettings(**settings))


@pytest.fixture(scope="module")
def run() -> TurbofanRun:
    return fly()


@pytest.fixture(scope="module")
def readings(run: TurbofanRun) -> pd.DataFrame:
    return run.readings


def of(readings: pd.DataFrame, part: str) -> pd.DataFrame:
    return readings[readings["part"] == part]


def test_the_table_has_the_columns_of_the_public_files_and_the_truth(
    readings: pd.DataFrame,
) -> None:
    modes = [f"Anomaly_{mode}" for mode in SHIFTS]
    given = [setting.name for setting in SETTINGS]
    assert [*readings] == ["asset", "part", "time", *given, *NAMES, *modes, "known", "life"]
    assert (readings.dtypes[[*given, *NAMES, "time", "life"]] == np.float64).all()
    assert (readings.dtypes[[*modes, "known"]] == np.bool_).all()


def test_equal_settings_give_equal_runs() -> None:
    small: dict[str, Any] = {"units": 3, "test_units": 2}
    pd.testing.assert_frame_equal(fly(**small, seed=1).readings, fly(**small, seed=1).readings)
    assert not fly(**small, seed=1).readings.equals(fly(**small, seed=2).readings)


def test_units_live_as_long_as_they_are_told(readings: pd.DataFrame) -> None:
    lives = of(readings, "train").groupby("asset")["time"].max()
    assert len(lives) == 60
    assert lives.between(150, 200).all()
    assert lives.nunique() > 20


def test_test_units_are_others_and_are_cut_before_they_fail(readings: pd.DataFrame) -> None:
    train, test = of(readings, "train"), of(readings, "test")
    assert set(train["asset"]).isdisjoint(test["asset"])
    assert (train.groupby("asset")["life"].min() == 0).all()
    ends = test.groupby("asset").last()
    assert len(ends) == 60
    assert (ends["life"] >= 1).all()
    share = ends["time"] / (ends["time"] + ends["life"])
    assert share.between(0.59, 1).all()
    assert share.std() > 0.1


def test_the_life_left_counts_down_to_failure(readings: pd.DataFrame) -> None:
    for _, unit in readings.groupby("asset"):
        assert unit["time"].tolist() == list(range(1, len(unit) + 1))
        assert (np.diff(unit["life"]) == -1).all()


def test_the_truth_is_told_of_the_start_and_the_end_of_a_life(readings: pd.DataFrame) -> None:
    share = readings["time"] / (readings["time"] + readings["life"])
    failing, faults = readings["life"] < 30, readings.filter(like="Anomaly_")
    assert (faults.sum(axis=1) == failing).all()  # one mode a unit
    assert (readings["known"] == (failing | (share <= 0.8))).all()
    assert (faults.loc[readings["part"] == "train"].sum() == 15 * 30).all()


def moved(run: TurbofanRun, mode: Mode) -> Floats:
    """[21]: sensors at the end of the lives of a mode, off those of young units, in spreads."""
    train = of(run.readings, "train")
    noise = np.array([sensor.noise or 1 for sensor in SENSORS])
    failing = train[train[f"Anomaly_{mode}"] & (train["life"] < 3)][NAMES].mean()
    young = train[train["time"] <= 20][NAMES].mean()
    return np.asarray((failing - young) / noise)


@pytest.mark.parametrize("mode", [*SHIFTS])
def test_a_mode_moves_its_own_sensors(run: TurbofanRun, mode: Mode) -> None:
    wanted = np.array([SHIFTS[mode].get(name, 0) for name in NAMES])
    np.testing.assert_allclose(moved(run, mode), wanted, atol=1.6)  # units differ, too
    assert guilty(mode) == [
        name for name, shift in zip(NAMES, wanted, strict=True) if abs(shift) >= 6
    ]
    assert run.episodes.query("fault == @mode")["sensors"].map(guilty(mode).__eq__).all()


def test_no_two_modes_blame_the_same_sensors() -> None:
    assert len({tuple(guilty(mode)) for mode in SHIFTS}) == len(SHIFTS)


def test_some_sensors_never_move(readings: pd.DataFrame) -> None:
    assert [name for name in NAMES if np.ptp(readings[name].to_numpy()) == 0] == STILL


def test_wear_grows_by_the_same_factor_every_cycle() -> None:
    damage = wear(np.linspace(0, 1, 101), np.full(101, 4.0))
    steps = np.diff(damage)
    np.testing.assert_allclose(steps[1:] / steps[:-1], np.exp(0.04))
    assert (damage[0], damage[-1]) == (0, 1)


def test_a_fleet_without_noise_shows_the_exponential() -> None:
    calm = fly(noise=0, variety=0, modes=["HPC"], units=5, severity=10).readings
    for _, unit in of(calm, "train").groupby("asset"):
        path = unit["s9"].to_numpy()
        assert (np.diff(path) >= 0).all()
        steps = np.log(np.diff(path[::10]))
        slope, rest = np.polyfit(np.arange(len(steps)), steps, 1), len(steps)
        np.testing.assert_allclose(steps, np.polyval(slope, np.arange(rest)), atol=0.01)
        share = 10 / len(path)  # of a life between two of them
        assert 3 <= slope[0] / share <= 4.5


def test_the_mean_of_a_fleet_wears_without_a_step_back(readings: pd.DataFrame) -> None:
    train = of(readings, "train")
    share = train["time"] / (train["time"] + train["life"])
    hpc = train[train.groupby("asset")["Anomaly_HPC"].transform("any")]
    means = hpc.groupby((share * 10).astype(int).clip(upper=9))["s9"].mean()
    assert (np.diff(means)[2:] > 0).all()
    assert np.diff(means)[-1] > 3 * np.diff(means)[3]


@pytest.mark.parametrize(
    ("setting", "more"),
    [("noise", 3), ("variety", 4), ("severity", 3)],
)
def test_settings_take_effect(setting: str, more: float, run: TurbofanRun) -> None:
    def spreads(one: TurbofanRun) -> dict[str, float]:
        train = of(one.readings, "train")
        young = train[train["time"] <= 20].groupby("asset")["s14"]
        worn = train[train["Anomaly_HPC"]]["s14"].mean()
        return {
            "noise": float(young.std().mean()),
            "variety": float(young.mean().std()),
            "severity": float(worn - young.mean().mean()),
        }

    ordinary, changed = spreads(run), spreads(fly(**{setting: more}))
    assert changed[setting] > 1.8 * ordinary[setting]


def test_lives_modes_events_and_cuts_are_as_asked() -> None:
    own = fly(
        units=4,
        test_units=3,
        life=[40, 50],
        modes=["LPT", "Fan"],
        event=10,
        healthy=0.5,
        cut=[0.9, 1],
    ).readings
    assert own.groupby("asset")["life"].max().between(39, 49).all()
    assert [*own.filter(like="Anomaly_")] == ["Anomaly_LPT", "Anomaly_Fan"]
    assert own[own["life"] < 10]["known"].all()
    assert not own[(own["life"] >= 10) & (own["time"] / (own["time"] + own["life"]) > 0.5)][
        "known"
    ].any()
    assert of(own, "test").groupby("asset")["life"].min().max() <= 5


def test_six_regimes_have_six_levels() -> None:
    flown = fly(units=3, test_units=1, regimes=6).readings
    regime = flown["setting1"].round()
    assert sorted(set(regime)) == [0, 10, 20, 25, 35, 42]
    for k, altitude in enumerate(LEVELS["setting1"]):
        inside = flown[regime == altitude]
        for name in ("s7", "s18", "setting3"):
            assert inside[name].mean() == pytest.approx(LEVELS[name][k], rel=0.01)


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"life": [200, 150]}, "life needs the shortest above 30 and the longest, got"),
        ({"life": [20, 150]}, "life needs the shortest above 30"),
        ({"cut": [0.9, 0.2]}, "cut needs two shares of a life, the smaller first, got"),
        ({"modes": ["Wing"]}, "HPC"),
    ],
)
def test_impossible_fleets_are_refused(wrong: dict[str, Any], words: str) -> None:
    with pytest.raises(ValidationError, match=words):
        TurbofanSettings(**wrong)


@pytest.fixture(scope="module")
def real() -> pd.DataFrame:
    names = ["asset", "time", *(setting.name for setting in SETTINGS), *NAMES]
    table = pd.read_csv(FD001, sep=r"\s+", header=None, names=names)
    return table.assign(life=table.groupby("asset")["time"].transform("max") - table["time"])


@pytest.fixture(scope="module")
def compressors() -> pd.DataFrame:
    return of(fly(units=100, modes=["HPC"]).readings, "train")


@pytest.mark.skipif(not FD001.exists(), reason="needs train_FD001.txt of C-MAPSS")
@pytest.mark.parametrize("name", [each.name for each in SENSORS if each.noise])
def test_a_failing_compressor_looks_like_the_real_one(
    real: pd.DataFrame, compressors: pd.DataFrame, name: str
) -> None:
    """Levels and noise of young units, and what their sensors show at the end."""
    pair = (compressors, real)
    young, old = [each[each["time"] <= 30] for each in pair], [e[e["life"] < 3] for e in pair]
    noise = next(sensor.noise for sensor in SENSORS if sensor.name == name)
    starts, ends = ([each[name].mean() for each in part] for part in (young, old))
    assert starts[0] == pytest.approx(starts[1], abs=noise)
    assert ends[0] == pytest.approx(ends[1], abs=1.5 * noise)
    within = [each.groupby("asset")[name].std().mean() for each in young]
    assert within[0] == pytest.approx(within[1], rel=0.25 if name != "s6" else 1)


def test_a_file_of_a_fleet_is_read_as_its_dataset_says(tmp_path: Path) -> None:
    """Without what no file can say in columns."""
    flown = fly(units=4, test_units=2).readings
    text = (Path(__file__).parents[2] / "conf/base/parameters/dataset_turbofan.yml").read_text()
    file = tmp_path / "turbofan.csv"
    settings = SourceSettings(**{**yaml.safe_load(text)["source"], "path": str(file)})
    flown.drop(columns=["known", "life"]).to_csv(file, index=False)
    found = get_readings(read(settings), settings)
    assert found.source == "real"
    assert {*found.readings} == {*flown} - {"known", "life"}
    flown.to_csv(file, index=False)
    with pytest.raises(BadInputError, match="needs no sensor called known"):
        get_readings(read(settings), settings)
