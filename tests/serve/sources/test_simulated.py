"""Simulated machines: as many as asked for, as in training, with faults when told to."""

from threading import Event, Timer

import numpy as np
import pytest

from matts.serve.sources.settings import SimulatedSettings
from matts.serve.sources.simulated import Simulated, injections, machines
from matts.simulate.machines import MachineSettings
from matts.simulate.mill_injection import Injection, simulate_with
from matts.simulate.smart_factory import SmartFactorySettings
from matts.simulate.tandem_mill import SENSORS, MillSettings, simulate_tandem_mill
from matts.simulate.turbofan import TurbofanSettings
from tests.serve.sources.conftest import Keeper

MILL = MillSettings(coils=1000, faults=False)


@pytest.mark.parametrize("fault", ["Electric", "Bearing", "WorkRoll"])
def test_a_fault_that_is_put_in_moves_its_sensors_and_no_coil_beside(fault: str) -> None:
    healthy = simulate_tandem_mill(MILL).readings[list(SENSORS)].to_numpy()
    run = simulate_with(MILL, [Injection(fault, 2, 700, 9)])
    moved = (run.readings[list(SENSORS)].to_numpy() != healthy).any(axis=1)
    assert np.flatnonzero(moved).tolist() == list(range(700, 709))
    assert run.episodes[["fault", "first_coil", "last_coil"]].to_numpy().tolist() == [
        [fault, 700, 708]
    ]
    changed = {
        SENSORS[k]
        for k in np.flatnonzero((run.readings[list(SENSORS)].to_numpy() != healthy).any(axis=0))
    }
    assert set(run.episodes["sensors"].iloc[0]) <= changed


def test_a_misdraft_is_of_the_whole_mill() -> None:
    episodes = simulate_with(MILL, [Injection("Reduction", 1, 700, 2)]).episodes
    assert episodes[["fault", "stand", "first_coil", "last_coil"]].to_numpy().tolist() == [
        ["Reduction", 0, 700, 701]
    ]


def test_every_mill_has_its_faults_where_its_own_readings_say() -> None:
    settings = SimulatedSettings(machines=2, calm=30, apart=40, every=100, lasts=12)
    table = machines(MILL, settings)
    healthy = machines(MILL, SimulatedSettings(machines=2, calm=10_000))
    for mill, name in enumerate(["mill_1", "mill_2"]):
        ours, theirs = (
            each[each["asset"] == name][list(SENSORS)].to_numpy() for each in (table, healthy)
        )
        moved = (ours != theirs).any(axis=1)
        expected = [
            row
            for each in injections(mill, 200, settings)
            for row in range(each.first, each.first + 12)
        ]
        assert set(np.flatnonzero(moved)) == set(expected)


@pytest.mark.parametrize(
    ("machine", "sensors"),
    [
        (TurbofanSettings(units=2, test_units=3), 24),
        (SmartFactorySettings(machines=3, readings=50), 7),
    ],
)
def test_other_machines_run_as_well(machine: MachineSettings, sensors: int) -> None:
    table = machines(machine, SimulatedSettings(machines=2))
    assert table["asset"].nunique() == 2
    assert table.shape[1] == sensors + 2


def test_readings_are_of_now_and_no_two_of_one_time(keeper: Keeper) -> None:
    stop = Event()
    Timer(0.6, stop.set).start()
    source = Simulated(MILL, SimulatedSettings(machines=2), speed=400.0)
    source.run(keeper, stop)
    times = keeper.kept("mill_1")
    assert len(times) > 20
    assert times == sorted(set(times))
    assert source.tally.accepted == len(times) + len(keeper.kept("mill_2"))
