"""The faults of the tandem mill act, last and recur as in the published rows; the truth is told."""

import numpy as np
import pandas as pd
import pytest

from matts.domain import Bools, Floats
from matts.simulate.mill_faults import list_episodes
from matts.simulate.tandem_mill import (
    LABELS,
    SENSORS,
    MillRun,
    MillSettings,
    simulate_tandem_mill,
)


def stands(readings: pd.DataFrame, name: str) -> Floats:
    """[N, 5]: one quantity at every stand."""
    return readings[[f"{name}_{stand}" for stand in range(1, 6)]].to_numpy()


def labels(readings: pd.DataFrame, fault: str) -> Bools:
    """[N, 5]: where one fault is on."""
    return readings[[f"Anomaly_{fault}_{stand}" for stand in range(1, 6)]].to_numpy()


def efficiency(readings: pd.DataFrame) -> Floats:
    speed = stands(readings, "roll_speed") / (stands(readings, "work_roll_diam") / 2)
    return np.asarray(stands(readings, "torque") * speed / stands(readings, "motor_power"))


@pytest.fixture(scope="module")
def run() -> MillRun:
    return simulate_tandem_mill(MillSettings(dataset=4))


@pytest.fixture(scope="module")
def twin() -> MillRun:
    """The same run with faults that have no effect."""
    return simulate_tandem_mill(MillSettings(dataset=4, severity=0))


def same_rolls(run: MillRun, twin: MillRun) -> Bools:
    """[N, 5]: where both runs roll with the same rolls; a Reduction can shift a roll change."""
    diameter = stands(run.readings, "work_roll_diam") == stands(twin.readings, "work_roll_diam")
    mileage = stands(run.readings, "work_roll_mileage") - stands(twin.readings, "work_roll_mileage")
    return np.asarray(diameter & (np.abs(mileage) < 4))


def only(run: MillRun, fault: str) -> Bools:
    """[N, 5]: where this fault is on, in coils without another."""
    alone = run.readings[list(LABELS)].sum(axis=1).to_numpy() == 1
    return np.asarray(labels(run.readings, fault) & alone[:, None])


def test_an_electric_fault_raises_power_alone(run: MillRun, twin: MillRun) -> None:
    where = only(run, "Electric") & same_rolls(run, twin)
    power = (stands(run.readings, "motor_power") / stands(twin.readings, "motor_power"))[where]
    assert (power.min(), power.max()) == pytest.approx((1.5, 1.74), abs=0.02)
    for name in ("force", "torque", "gap", "roll_speed"):
        np.testing.assert_allclose(
            stands(run.readings, name)[where], stands(twin.readings, name)[where], rtol=0.01
        )


def test_a_bearing_fault_raises_torque_and_power_but_not_force(run: MillRun, twin: MillRun) -> None:
    where = only(run, "Bearing") & same_rolls(run, twin)
    torque = (stands(run.readings, "torque") / stands(twin.readings, "torque"))[where]
    power = (stands(run.readings, "motor_power") / stands(twin.readings, "motor_power"))[where]
    force = (stands(run.readings, "force") / stands(twin.readings, "force"))[where]
    assert (torque.min(), torque.max()) == pytest.approx((1.13, 1.33), abs=0.02)
    np.testing.assert_allclose(power, torque, rtol=1e-3)
    np.testing.assert_allclose(force, 1, rtol=0.01)


def test_a_rough_roll_raises_force_much_and_torque_little(run: MillRun, twin: MillRun) -> None:
    where = only(run, "WorkRoll") & same_rolls(run, twin)
    force = (stands(run.readings, "force") / stands(twin.readings, "force"))[where]
    torque = (stands(run.readings, "torque") / stands(twin.readings, "torque"))[where]
    assert (force.min(), force.max()) == pytest.approx((1.14, 1.22), abs=0.02)
    assert 1.01 < torque.min() < torque.max() < 1.07


def test_a_rough_roll_lasts_seven_coils_between_two_roll_changes(run: MillRun) -> None:
    rough = run.episodes[run.episodes["fault"] == "WorkRoll"]
    mileage = stands(run.readings, "work_roll_mileage")
    whole = rough[rough["last_coil"] < len(mileage) - 1]
    assert set(whole["last_coil"] - whole["first_coil"] + 1) == {7}
    assert (mileage[whole["first_coil"], whole["stand"] - 1] == 0).all()
    assert (mileage[whole["last_coil"] + 1, whole["stand"] - 1] == 0).all()


def test_a_reduction_fault_moves_draft_from_the_first_stand_to_the_others() -> None:
    quiet = MillSettings(dataset=4, noise=0)
    faulty = simulate_tandem_mill(quiet).readings
    sound = simulate_tandem_mill(quiet.model_copy(update={"severity": 0.0})).readings
    struck = faulty["Anomaly_Reduction"].to_numpy()
    ratio = stands(faulty, "reduction") / stands(sound, "reduction")
    np.testing.assert_array_equal(ratio[~struck], 1)
    assert (ratio[struck, 0].min(), ratio[struck, 0].max()) == pytest.approx((0.81, 0.93), abs=0.01)
    assert (ratio[struck, 1:] > 1).all()
    assert ratio[struck, 1:].max() < 1.27


def test_severity_works_in_the_logarithm(run: MillRun) -> None:
    double = simulate_tandem_mill(MillSettings(dataset=4, severity=2))
    where = only(run, "Electric") & only(double, "Electric")
    once, twice = efficiency(run.readings)[where], efficiency(double.readings)[where]
    assert np.log(twice / 0.951).mean() == pytest.approx(2 * np.log(once / 0.951).mean(), rel=0.01)


def test_spells_last_as_long_as_published(run: MillRun) -> None:
    inner = run.episodes[run.episodes["last_coil"] < len(run.readings) - 1]
    length = inner["last_coil"] - inner["first_coil"] + 1
    span = {fault: (part.min(), part.max()) for fault, part in length.groupby(inner["fault"])}
    assert span["Electric"] == (3, 9)
    assert span["Bearing"] == (3, 5)


def test_rates_are_near_the_published_ones() -> None:
    readings = simulate_tandem_mill(MillSettings(coils=120_000)).readings
    per_20_000 = {
        fault: labels(readings, fault).any(axis=1).mean() * 20_000
        for fault in ("Electric", "Bearing", "WorkRoll")
    }
    published = {"Electric": 280, "Bearing": 190, "WorkRoll": 260}
    assert per_20_000 == pytest.approx(published, rel=0.12)
    assert readings["Anomaly_Reduction"].mean() == pytest.approx(0.0117, rel=0.1)
    count = readings[list(LABELS)].sum(axis=1)
    assert (count > 0).mean() == pytest.approx(0.0497, rel=0.1)
    assert 0.0003 < (count > 1).mean() < 0.002


def test_episodes_tell_what_the_labels_tell(run: MillRun) -> None:
    painted = pd.DataFrame(np.zeros((len(run.readings), len(LABELS)), bool), columns=list(LABELS))
    for episode in run.episodes.itertuples():
        name = f"Anomaly_{episode.fault}_{episode.stand}".removesuffix("_0")
        assert not painted.loc[episode.first_coil : episode.last_coil, name].any()
        painted.loc[episode.first_coil : episode.last_coil, name] = True
    pd.testing.assert_frame_equal(painted, run.readings[list(LABELS)])
    assert run.episodes["episode"].tolist() == list(range(len(run.episodes)))
    assert run.episodes["first_coil"].is_monotonic_increasing


def test_overlapping_and_cut_episodes_are_told_apart() -> None:
    present = np.zeros((4, len(LABELS)), bool)
    present[0:2, LABELS.index("Anomaly_Bearing_2")] = True
    present[1:4, LABELS.index("Anomaly_Electric_3")] = True
    present[1, 0] = True
    told = list_episodes(present).drop(columns="episode").to_numpy().tolist()
    assert told == [
        ["Bearing", 2, 0, 1, ["torque_2", "motor_power_2"]],
        ["Reduction", 0, 1, 1, [f"reduction_{stand}" for stand in range(1, 6)]],
        ["Electric", 3, 1, 3, ["motor_power_3"]],
    ]


def test_true_sensors_are_sensors(run: MillRun) -> None:
    assert {name for names in run.episodes["sensors"] for name in names} <= set(SENSORS)
