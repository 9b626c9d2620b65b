"""The factory's faults build up and are mended; the published mode keeps its table's rules."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from pydantic import ValidationError
from scipy.stats import ks_2samp

from matts.simulate.factory_faults import FAULTS, NAMES, guilty
from matts.simulate.smart_factory import FactoryRun, SmartFactorySettings, simulate_smart_factory

SHARED = Path(__file__).parents[3] / "shared/data/smart_manufacturing"
SAMPLE = SHARED / "smart_manufacturing_sample_2k.csv"
TARGETS = ["anomaly", "maintenance", "downtime", "remaining_life"]
CALM: dict[str, Any] = {"noise": 0, "variety": 0}


def run(**settings: Any) -> FactoryRun:
    return simulate_smart_factory(SmartFactorySettings(**settings))


@pytest.fixture(scope="module")
def factory() -> FactoryRun:
    return run()


@pytest.fixture(scope="module")
def readings(factory: FactoryRun) -> pd.DataFrame:
    return factory.readings


@pytest.fixture(scope="module")
def published() -> pd.DataFrame:
    return run(mode="published").readings


def failing(readings: pd.DataFrame) -> pd.Series:
    """The last reading before each failure."""
    return readings["Target_remaining_life"] == 0


def test_the_table_has_the_sensors_of_the_public_one_history_and_truth(
    readings: pd.DataFrame, published: pd.DataFrame
) -> None:
    truth = [*(f"Anomaly_{name}" for name in FAULTS), *(f"Target_{name}" for name in TARGETS)]
    history = ["machine_age", "since_maintenance"]
    assert [*readings] == ["asset", "time", *NAMES, *history, *truth]
    assert [*published] == ["asset", "time", *NAMES, *truth]
    for table in (readings, published):
        assert len(table) == 100_000
        assert table["asset"].nunique() == 50
        assert (table.dtypes.filter(like="Target_") == np.float64).all()
        assert (table.dtypes.filter(like="Anomaly_") == np.bool_).all()
        assert table.groupby("asset")["time"].is_monotonic_increasing.all()


@pytest.mark.parametrize("mode", ["physical", "published"])
def test_equal_settings_give_equal_runs(mode: str) -> None:
    small: dict[str, Any] = {"mode": mode, "machines": 3, "readings": 200}
    pd.testing.assert_frame_equal(run(**small, seed=1).readings, run(**small, seed=1).readings)
    assert not run(**small, seed=1).readings.equals(run(**small, seed=2).readings)


def test_a_fault_builds_up_for_hours_before_it_is_called_one(readings: pd.DataFrame) -> None:
    ends = np.flatnonzero(failing(readings) & readings["Anomaly_Vibration Issue"])
    ends = ends[ends % 2000 >= 480]
    assert len(ends) > 10
    paths = np.stack([readings["vibration"].to_numpy()[e - 479 : e + 1] for e in ends])
    hourly = np.nanmean(paths.reshape(len(ends), 8, 60), axis=(0, 2))
    assert (np.diff(hourly) > 0).all()
    assert np.diff(hourly)[-1] > 2 * np.diff(hourly)[1]
    called = readings["Anomaly_Vibration Issue"].to_numpy()
    shown = np.array([called[e - 479 : e + 1].sum() for e in ends])
    assert ((shown > 45) & (shown < 240)).all()


@pytest.mark.parametrize("fault", [*FAULTS])
def test_only_the_sensors_concerned_move(fault: str) -> None:
    """Against the same factory, minute by minute, with faults that move nothing."""
    sick = run(machines=20, **CALM).readings
    sound = run(machines=20, **CALM, severity=0).readings
    late = failing(sick) & sick[f"Anomaly_{fault}"]
    assert late.sum() > 3
    moved = (sick[[*NAMES]] - sound[[*NAMES]])[late].mean().abs()
    assert [name for name in NAMES if moved[name] > 0.2] == guilty(fault)
    full = pd.Series(FAULTS[fault].moved).abs()
    assert (moved[guilty(fault)] > 0.75 * full[guilty(fault)]).all()


def test_the_remaining_life_is_a_countdown_to_the_stop(readings: pd.DataFrame) -> None:
    life = readings["Target_remaining_life"]
    same = readings["asset"] == readings["asset"].shift(-1)
    inside = same & life.between(1, 479)
    assert (life.shift(-1)[inside] == life[inside] - 1).all()
    after = same & failing(readings)
    assert (readings["Target_downtime"].shift(-1)[after] == 1).all()
    assert life.max() == 480
    assert life.isna().mean() < 0.25
    assert failing(readings).sum() > 60


def test_nobody_knows_a_life_that_service_or_the_end_of_the_record_cut(
    readings: pd.DataFrame,
) -> None:
    last = readings.groupby("asset").tail(100)
    silent = last["Target_remaining_life"].isna()
    assert silent.any()
    assert not silent[last["Target_remaining_life"] == 480].any()
    serviced = readings["since_maintenance"] == 1200
    assert serviced.any()
    assert readings.loc[serviced & ~failing(readings), "Target_remaining_life"].isna().all()
    assert readings.loc[serviced, "Target_maintenance"].notna().all()


def test_a_stop_mends_and_the_machine_stands_still(readings: pd.DataFrame) -> None:
    stands = readings["Target_downtime"] == 1
    assert (readings.loc[stands, "since_maintenance"] == 0).all()
    assert (readings.loc[stands, "Target_anomaly"] == 0).all()
    fresh = readings["since_maintenance"].between(1, 60)
    assert (readings.loc[fresh, "Target_anomaly"] == 0).mean() > 0.99
    assert readings.loc[stands, "vibration"].median() < 5
    long = readings[stands].groupby([readings["asset"], (~stands).cumsum()]).size()
    assert long.max() <= 90
    assert long.median() >= 20


def test_an_anomaly_is_a_fault_that_shows_and_maintenance_is_needed_soon_after(
    readings: pd.DataFrame,
) -> None:
    faults = readings.filter(like="Anomaly_")
    assert (faults.sum(axis=1) == readings["Target_anomaly"]).all()  # one at a time
    soon = readings["Target_remaining_life"] < 120
    assert (
        readings.loc[soon & (readings["Target_downtime"] == 0), "Target_maintenance"] == 1
    ).all()


def test_shares_are_within_bounds(readings: pd.DataFrame) -> None:
    assert 0.05 < readings["Target_anomaly"].mean() < 0.25
    assert 0.03 < readings["Target_downtime"].mean() < 0.15
    assert readings.filter(like="Anomaly_").mean().between(0.01, 0.08).all()
    assert readings[[*NAMES]].isna().to_numpy().mean() == pytest.approx(0.002, rel=0.2)


def test_episodes_name_the_sensors_to_blame(factory: FactoryRun) -> None:
    readings = factory.readings
    for row in factory.episodes.itertuples():
        own = readings.loc[row.first_coil : row.last_coil]
        assert own[f"Anomaly_{row.fault}"].all()
        assert len(set(own["asset"])) == 1
        assert row.sensors == guilty(str(row.fault))
    assert len(factory.episodes) > 60


SPREADS = {"noise": 3, "variety": 4, "severity": 2}


@pytest.mark.parametrize("setting", [*SPREADS])
def test_spreads_take_effect(setting: str, readings: pd.DataFrame) -> None:
    def spread(table: pd.DataFrame) -> float:
        sound = table[table["since_maintenance"].between(1, 100)].groupby("asset")["pressure"]
        worn = table[failing(table) & table["Anomaly_Overheating"]]["temperature"].mean()
        ways = {
            "noise": lambda: (
                table.groupby("asset")["vibration"].apply(lambda x: x.diff().abs().median()).mean()
            ),
            "variety": lambda: sound.median().std(),
            "severity": lambda: worn - 75,
        }
        return float(ways[setting]())

    assert spread(run(**{setting: SPREADS[setting]}).readings) > 1.5 * spread(readings)


def test_times_take_effect(readings: pd.DataFrame) -> None:
    quick = run(machines=10, calm=60, growth=[100, 120], service=300, cap=90).readings
    assert quick["Target_remaining_life"].max() == 90
    assert quick["since_maintenance"].max() <= 300
    rates = [failing(each).mean() for each in (quick, readings)]
    assert rates[0] > 3 * rates[1]
    early = run(machines=10, shows=0.3).readings["Target_anomaly"].mean()
    assert early > 1.3 * run(machines=10).readings["Target_anomaly"].mean()


@pytest.mark.parametrize("wrong", [{"growth": [90, 20]}, {"growth": [0, 20]}, {"mode": "real"}])
def test_impossible_factories_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError, match=r"growth needs two numbers|physical"):
        SmartFactorySettings(**wrong)


def test_the_published_rules_hold_to_the_row(published: pd.DataFrame) -> None:
    rule = (published["temperature"] > 90) | (published["vibration"] > 80)
    anomaly, life = published["Target_anomaly"] == 1, published["Target_remaining_life"]
    assert anomaly.equals(rule)
    assert published["Target_downtime"].equals(published["Target_anomaly"])
    assert life[anomaly].between(1, 49).all()
    assert life[~anomaly].between(10, 499).all()
    named = published.filter(like="Anomaly_").any(axis=1)
    needed = published["Target_maintenance"] == 1
    assert needed[anomaly | (life < 20) | named].all()
    rest = needed & ~(anomaly | (life < 20) | named)  # failing, and called normal
    assert rest.mean() == pytest.approx(0.1 * 0.2 * 0.88, rel=0.15)
    minutes = published["time"].sort_values().diff().dropna()
    assert (minutes == pd.Timedelta("1min")).all()


@pytest.fixture(scope="module")
def sample() -> pd.DataFrame:
    return pd.read_csv(SAMPLE)


@pytest.mark.skipif(not SAMPLE.exists(), reason="needs the sample of the public table")
def test_published_readings_are_like_the_sample(
    published: pd.DataFrame, sample: pd.DataFrame
) -> None:
    for name in NAMES:
        assert ks_2samp(sample[name].dropna(), published[name]).pvalue > 0.01
    anomaly, drawn = sample["anomaly_flag"] == "Yes", published["Target_anomaly"] == 1
    for own, other in ((anomaly, drawn), (~anomaly, ~drawn)):
        lives = sample["predicted_remaining_life"][own], published["Target_remaining_life"][other]
        assert ks_2samp(*lives).pvalue > 0.01
    shares = {
        "Target_anomaly": anomaly.mean(),
        "Target_maintenance": (sample["maintenance_required"] == "Yes").mean(),
        **{f"Anomaly_{name}": (sample["failure_type"] == name).mean() for name in FAULTS},
    }
    for name, share in shares.items():
        error = 3 * np.sqrt(share * (1 - share) / len(sample))
        assert published[name].mean() == pytest.approx(share, abs=error), name
