from dataclasses import replace

import numpy as np
import pytest

from matts.detect.one_sensor import OneSensorDetector, OneSensorSettings
from matts.domain import BadInputError, Bools, Floats, Windows
from matts.features import ages


def windows_of(rows: Floats, faulty: Bools, segments: Floats | None = None) -> Windows:
    names = ("drifting", "telling", "still")
    last = np.arange(1, len(rows))
    own = None if segments is None else segments.astype(np.int64)
    return Windows(rows, faulty[:, None], last, 2, names, ("Broken",), segments=own)


@pytest.fixture(scope="module")
def machine() -> Windows:
    """The first sensor drifts with age, the second moves in a fault, the third never does."""
    rng = np.random.default_rng(0)
    faulty = np.arange(200) % 50 > 44
    rows = np.column_stack(
        [
            np.arange(200) / 50 + rng.normal(size=200),
            rng.normal(size=200) + 9 * faulty,
            np.ones(200),
        ]
    )
    return windows_of(rows, faulty)


def test_validation_windows_choose_the_sensor(machine: Windows) -> None:
    assert OneSensorDetector().fit(machine, machine).chosen == 1


def test_without_a_fault_it_is_the_one_that_drifts_most(machine: Windows) -> None:
    assert OneSensorDetector().fit(machine, machine.healthy).chosen == 0


def test_a_sensor_can_be_named(machine: Windows) -> None:
    settings = OneSensorSettings(sensor="drifting")
    assert OneSensorDetector(settings).fit(machine, machine).chosen == 0
    with pytest.raises(BadInputError, match="needs one of drifting, telling, still, got 'heat'"):
        OneSensorDetector(OneSensorSettings(sensor="heat")).fit(machine, machine)


def test_the_score_is_its_distance_from_the_healthy_mean(machine: Windows) -> None:
    detector = OneSensorDetector().fit(machine, machine)
    healthy = machine.healthy.last_rows[:, 1]
    mean = machine.values[7, :, 1].mean()
    wanted = abs(mean - healthy.mean()) / healthy.std()
    assert detector.score(machine)[7] == pytest.approx(wanted, rel=1e-5)
    parts = detector.contributions(machine)
    assert np.count_nonzero(parts[:, [0, 2]]) == 0


def test_age_begins_anew_with_each_segment() -> None:
    segments = np.array([4, 4, 4, 7, 7, 2, 2, 2])
    rows, none = np.zeros((8, 3)), np.zeros(8, np.bool_)
    assert ages(windows_of(rows, none, segments)).tolist() == [1, 2, 3, 1, 2, 1, 2, 3]
    assert ages(windows_of(rows, none)).tolist() == [1, 2, 3, 4, 5, 6, 7, 8]


def test_drift_within_segments_counts_not_between_them() -> None:
    """Units that differ from each other do not drift; one that ages in every unit does."""
    unit, age = np.divmod(np.arange(400), 40)
    rng = np.random.default_rng(1)
    rows = rng.normal(size=(400, 3)) + np.column_stack([5 * (unit % 2), 0.05 * age, 0 * age])
    windows = windows_of(rows, np.zeros(400, np.bool_), unit)
    inside = replace(windows, last=windows.last[age[1:] > 0])
    assert OneSensorDetector().fit(inside, inside).chosen == 1
